"""API keys, webhooks and health. Source: spec/infinity.md, 1, 2.7 and 2.8."""

from urllib.parse import urlsplit

from jackfield_infinity.testing.asked import Asked, Refused, error_reply
from jackfield_infinity.testing.routes import Routes
from jackfield_infinity.testing.state import Entity, State
from jackfield_infinity.webhooks import WEBHOOK_EVENTS

routes = Routes()

_SHOWN_ONCE = ("key", "secret")


@routes("GET /api-keys")
def list_keys(state: State, asked: Asked) -> Entity:
    """List the keys, the newest first."""
    _let_in(state, asked)
    return {"success": True, "apiKeys": [_shown(key) for key in reversed(state.keys.values())]}


@routes("POST /api-keys")
def create_key(state: State, asked: Asked) -> Entity:
    """Make a key."""
    _let_in(state, asked)
    name = asked.text("name")
    number = state.new_id("k")
    key = f"ia_{number:A<43}"
    made: Entity = {"id": _uuid(number), "name": name, "key": key, "prefix": key[:12]}
    made["createdAt"] = state.now()
    state.keys[made["id"]] = made | {"isActive": True}
    return {"success": True, "apiKey": made, "message": "Save this key: it is shown only once."}


@routes("DELETE /api-keys")
def delete_key(state: State, asked: Asked) -> Entity:
    """Revoke a key; it stays listed."""
    _let_in(state, asked)
    _found(state.keys, asked, "API key")["isActive"] = False
    return {"success": True, "message": "API key revoked"}


@routes("GET /webhooks")
def list_webhooks(state: State, asked: Asked) -> Entity:
    """List the webhooks."""
    _let_in(state, asked)
    return {"success": True, "webhooks": [_shown(hook) for hook in state.webhooks.values()]}


@routes("POST /webhooks")
def create_webhook(state: State, asked: Asked) -> Entity:
    """Register a webhook."""
    _let_in(state, asked)
    url = urlsplit(asked.text("url"))
    if url.scheme not in ("http", "https") or not url.netloc:
        raise Refused(error_reply("A", 400, "Invalid URL"))
    events = asked.body.get("events")
    if not isinstance(events, list) or not events or set(events) - set(WEBHOOK_EVENTS):
        raise Refused(error_reply("A", 400, "Invalid events"))
    number = state.new_id("h")
    made: Entity = {"id": _uuid(number), "url": asked.body["url"], "events": events}
    made |= {"secret": f"{number:s<43}", "createdAt": state.now()}
    state.webhooks[made["id"]] = made | {"isActive": True, "failureCount": 0}
    message = "Save this secret: it is shown only once."
    return {"success": True, "webhook": made, "message": message}


@routes("DELETE /webhooks")
def delete_webhook(state: State, asked: Asked) -> Entity:
    """Remove a webhook."""
    _let_in(state, asked)
    hook = _found(state.webhooks, asked, "Webhook")
    del state.webhooks[hook["id"]]
    return {"success": True, "message": "Webhook deleted"}


@routes("GET /health")
def health(state: State, asked: Asked) -> Entity:
    """Tell how the service is."""
    del asked
    checks = {"supabase": {"status": "healthy", "latency": 12}, "ollama": {"status": "degraded"}}
    told = {"status": "degraded", "timestamp": state.now(), "version": "1.0.0"}
    return told | {"service": "infinityassistant", "checks": checks}


def _let_in(state: State, asked: Asked) -> None:
    if not state.manner.lets_manage or state.tier_of(asked.key) is None:
        raise Refused(error_reply("A", 401, "Authentication required"))


def _found(entities: dict[str, Entity], asked: Asked, kind: str) -> Entity:
    name = asked.query.get("id")
    if not name:
        raise Refused(error_reply("A", 400, f"{kind} ID is required"))
    if name not in entities:
        raise Refused(error_reply("A", 404, f"{kind} not found"))
    return entities[name]


def _shown(entity: Entity) -> Entity:
    return {name: value for name, value in entity.items() if name not in _SHOWN_ONCE}


def _uuid(number: str) -> str:
    digits = "".join(f"{ord(letter):02x}" for letter in number)[:12]
    return f"00000000-0000-4000-8000-{digits:0>12}"
