"""Endpoints 39-47: apps and the connections of users to them."""

from typing import Any

from jackfield_lumnis.testing.asked import Asked, Refused, error_reply, invalid
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.state import Entity, State, found

routes = Routes()


@routes("POST /v1/integrations/connections/initiate")
def initiate(state: State, asked: Asked) -> Any:
    """Begin to connect a user to an app; the second look finds it connected."""
    user, app = asked.needed("user_id"), asked.needed("app_name")
    found(state.apps, app, "app")
    connection_id = state.new_id("c")
    state.connections[user, app] = {
        "connection_id": connection_id,
        "app_name": app,
        "status": "pending",
        "connected_at": None,
        "error_message": None,
        "asked": 0,
    }
    url = f"https://oauth.example.com/{app}?state={connection_id}"
    told = {"redirect_url": url, "status": "pending", "message": None}
    return told | {"connection_id": connection_id}


@routes("GET /v1/integrations/connections/{}/{}")
def get_status(state: State, asked: Asked) -> Any:
    """Tell whether a user is connected to an app."""
    user, app = asked.ids
    connection = state.connections.get((user, app))
    if connection is None:
        return {"app_name": app, "status": "not_connected"}
    connection["asked"] += 1
    if connection["status"] == "pending" and connection["asked"] > 1:
        connection |= {"status": "active", "connected_at": state.now()}
    return _told(connection)


@routes("GET /v1/integrations/connections/{}")
def list_connections(state: State, asked: Asked) -> Any:
    """List the connections of a user."""
    user, wanted = asked.ids[0], asked.query.get("app_filter")
    apps = None if wanted is None else wanted.split(",")
    every = [
        _told(connection)
        for (owner, app), connection in state.connections.items()
        if owner == user and (apps is None or app in apps)
    ]
    return {"user_id": user, "connections": every}


@routes("POST /v1/integrations/connections/callback")
def callback(state: State, asked: Asked) -> Any:
    """Take what the app says after the user agreed."""
    wanted = asked.needed("connection_id")
    asked.needed("code")
    for connection in state.connections.values():
        if connection["connection_id"] == wanted:
            connection["status"] = "failed" if asked.body.get("error") else "active"
            is_good = connection["status"] == "active"
            return {"success": is_good, "status": connection["status"], "message": "Done"}
    raise invalid("body.connection_id", "is unknown")


@routes("POST /v1/integrations/tools")
def get_tools(state: State, asked: Asked) -> Any:
    """List the tools of the apps that a user is connected to."""
    user, wanted = asked.needed("user_id"), asked.body.get("app_filter")
    tools = [
        {"name": f"{app}_SEARCH", "description": f"Search {app}.", "app_name": app}
        for (owner, app), connection in state.connections.items()
        if owner == user and connection["status"] == "active" and (not wanted or app in wanted)
    ]
    return {"user_id": user, "tools": tools, "tool_count": len(tools)}


@routes("GET /v1/integrations/non-oauth/required-fields/{}")
def get_required_fields(state: State, asked: Asked) -> Any:  # noqa: ARG001 - as all endpoints
    """Answer that this comes later."""
    raise Refused(error_reply(501, "NOT_IMPLEMENTED", "This comes later."))


@routes("GET /v1/integrations/apps")
def list_apps(state: State, asked: Asked) -> Any:
    """List the apps."""
    enabled = [app for app, is_on in state.apps.items() if is_on]
    told: Entity = {"enabled_apps": enabled, "total_enabled": len(enabled)}
    if asked.flag("include_available", default=False):
        told |= {"available_apps": list(state.apps), "total_available": len(state.apps)}
    return told


@routes("GET /v1/integrations/apps/{}/enabled")
def is_enabled(state: State, asked: Asked) -> Any:
    """Tell whether an app is enabled."""
    is_on = found(state.apps, asked.ids[0], "app")
    return {"app_name": asked.ids[0], "enabled": is_on, "message": "ok"}


@routes("PUT /v1/integrations/apps/{}")
def set_enabled(state: State, asked: Asked) -> Any:
    """Enable or disable an app."""
    found(state.apps, asked.ids[0], "app")
    is_on = asked.flag("enabled", default=True)
    state.apps[asked.ids[0]] = is_on
    told = {"app_name": asked.ids[0], "enabled": is_on, "message": "ok"}
    return told | {"updated_at": state.now()}


def _told(connection: Entity) -> Entity:
    names = ("app_name", "status", "connected_at", "error_message")
    return {name: connection[name] for name in names}
