"""Endpoints 57-61: skills."""

from typing import Any

from jackfield.testing import Reply
from jackfield_lumnis.testing.asked import Asked
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.state import State, cut, found

routes = Routes()

FIELDS = ("name", "description", "content", "category", "version", "is_active")


@routes("POST /v1/skills")
def create(state: State, asked: Asked) -> Any:
    """Add a skill."""
    for name in ("name", "description", "content"):
        asked.needed(name)
    skill_id, moment = state.new_id("s"), state.now()
    state.skills[skill_id] = {
        "id": skill_id,
        "name": asked.body["name"],
        "description": asked.body["description"],
        "content": asked.body["content"],
        "category": asked.body.get("category"),
        "version": asked.body.get("version", "1.0.0"),
        "tenant_id": state.tenant_id,
        "user_id": asked.query.get("user_id"),
        "is_active": True,
        "created_at": moment,
        "updated_at": moment,
    }
    return state.skills[skill_id]


@routes("GET /v1/skills")
def list_skills(state: State, asked: Asked) -> Any:
    """List the skills."""
    page, size = asked.number("page", 1, least=1), asked.number("page_size", 50, least=1, most=100)
    every = list(state.skills.values())
    if "category" in asked.query:
        every = [each for each in every if each["category"] == asked.query["category"]]
    if "is_active" in asked.query:
        is_active = asked.flag("is_active", default=True)
        every = [each for each in every if each["is_active"] == is_active]
    told = {"total": len(every), "page": page, "page_size": size}
    return {"skills": cut(every, (page - 1) * size, size)} | told


@routes("GET /v1/skills/{}")
def get(state: State, asked: Asked) -> Any:
    """Return a skill."""
    return found(state.skills, asked.ids[0], "skill")


@routes("PUT /v1/skills/{}")
def update(state: State, asked: Asked) -> Any:
    """Change a skill."""
    skill = found(state.skills, asked.ids[0], "skill")
    skill |= {name: asked.body[name] for name in FIELDS if name in asked.body}
    skill["updated_at"] = state.now()
    return skill


@routes("DELETE /v1/skills/{}")
def delete(state: State, asked: Asked) -> Any:
    """Delete a skill."""
    del state.skills[found(state.skills, asked.ids[0], "skill")["id"]]
    return Reply(status=204)
