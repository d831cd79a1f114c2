"""Endpoints 14-18: users."""

import math
import re
from typing import Any

from jackfield_lumnis.testing.asked import Asked, invalid, missing
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.state import Entity, State, cut

routes = Routes()


@routes("POST /v1/users")
def create(state: State, asked: Asked) -> Any:
    """Add a user; who is there already is returned."""
    email = asked.needed("email")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise invalid("body.email", "is no e-mail address")
    known = next((user for user in state.users.values() if user["email"] == email), None)
    if known is not None:
        return known
    moment = state.now()
    user = {
        "id": state.new_id("u"),
        "email": email,
        "first_name": asked.body.get("first_name"),
        "last_name": asked.body.get("last_name"),
        "tenant_id": state.tenant_id,
        "is_active": True,
        "created_at": moment,
        "updated_at": moment,
    }
    state.users[user["id"]] = user
    return user


@routes("GET /v1/users")
def list_users(state: State, asked: Asked) -> Any:
    """List the users."""
    page, size = asked.number("page", 1, least=1), asked.number("page_size", 20, least=1, most=100)
    total = len(state.users)
    pages = math.ceil(total / size)
    return {
        "users": cut(state.users.values(), (page - 1) * size, size),
        "pagination": {
            "page": page,
            "page_size": size,
            "total": total,
            "total_pages": pages,
            "has_next": page < pages,
            "has_prev": page > 1,
        },
    }


@routes("GET /v1/users/{}")
def get(state: State, asked: Asked) -> Any:
    """Return a user, by id or e-mail."""
    return _user(state, asked.ids[0])


@routes("PUT /v1/users/{}")
def update(state: State, asked: Asked) -> Any:
    """Change the names of a user."""
    user = _user(state, asked.ids[0])
    names = ("first_name", "last_name")
    user |= {name: asked.body[name] for name in names if name in asked.body}
    user["updated_at"] = state.now()
    return user


@routes("DELETE /v1/users/{}")
def delete(state: State, asked: Asked) -> Any:
    """Delete a user and all that belongs to them."""
    user = _user(state, asked.ids[0])
    names = (user["id"], user["email"])
    for thread in list(state.threads.values()):
        if thread["user_id"] in names:
            state.forget_thread(thread["thread_id"])
    for entities in (state.files, state.keys, state.skills, state.mcp_servers):
        for name, entity in list(entities.items()):
            if entity.get("user_id") in names:
                del entities[name]
    for owner, app in list(state.connections):
        if owner in names:
            del state.connections[owner, app]
    del state.users[user["id"]]
    return {"message": "User deleted"}


def _user(state: State, name: str) -> Entity:
    for user in state.users.values():
        if name in (user["id"], user["email"]):
            return user
    raise missing("user", name)
