"""Endpoints 19-27 and 55-56: external keys, the tenant, its models."""

from typing import Any

from jackfield_lumnis.testing.asked import Asked, invalid, missing
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.state import State, found

routes = Routes()

SHORTEST_KEY = 3
MODEL_TYPES = ("CHEAP_MODEL", "FAST_MODEL", "SMART_MODEL", "REASONING_MODEL", "VISION_MODEL")


@routes("POST /v1/external-api-keys")
def store(state: State, asked: Asked) -> Any:
    """Store a key; its value is never told again."""
    provider, secret = asked.needed("provider"), asked.needed("api_key")
    if len(secret) < SHORTEST_KEY:
        raise invalid("body.api_key", f"has less than {SHORTEST_KEY} characters")
    key_id = state.new_id("k")
    names = ("key_name", "expires_at", "user_id", "mode")
    moment = state.now()
    told = {name: asked.body[name] for name in names if name in asked.body}
    key = {
        "key_id": key_id,
        "provider": provider,
        "is_active": True,
        "created_at": moment,
        "updated_at": moment,
    }
    state.keys[key_id] = key | told
    state.secrets[key_id] = secret
    return state.keys[key_id]


@routes("GET /v1/external-api-keys")
def list_keys(state: State, asked: Asked) -> Any:
    """Return the keys as a bare array."""
    wanted = asked.query.get("user_id")
    return [key for key in state.keys.values() if wanted in (None, key.get("user_id"))]


@routes("GET /v1/external-api-keys/{}")
def get_key(state: State, asked: Asked) -> Any:
    """Return what is known about a key."""
    return found(state.keys, asked.ids[0], "key")


@routes("DELETE /v1/external-api-keys/{}")
def delete_key(state: State, asked: Asked) -> Any:
    """Delete the keys of a provider, or the one of that name."""
    provider, name = asked.ids[0], asked.query.get("key_name")
    gone = [
        key_id
        for key_id, key in state.keys.items()
        if key["provider"] == provider and name in (None, key.get("key_name"))
    ]
    if not gone:
        raise missing("key of", provider)
    for key_id in gone:
        del state.keys[key_id], state.secrets[key_id]
    return {"message": "API key deleted"}


@routes("GET /v1/external-api-keys/mode")
def get_mode(state: State, asked: Asked) -> Any:  # noqa: ARG001 - as all endpoints
    """Return whose keys are used."""
    return {"api_key_mode": state.tenant["api_key_mode"]}


@routes("PATCH /v1/external-api-keys/mode")
def set_mode(state: State, asked: Asked) -> Any:
    """Say whose keys are used."""
    state.tenant["api_key_mode"] = asked.one_of("mode", ("byo_keys", "platform"))
    return {"api_key_mode": state.tenant["api_key_mode"]}


@routes("GET /v1/tenant")
def get_tenant(state: State, asked: Asked) -> Any:  # noqa: ARG001 - as all endpoints
    """Return the tenant of the key."""
    return state.tenant


@routes("GET /v1/tenants/{}")
def get_named_tenant(state: State, asked: Asked) -> Any:
    """Return a tenant by id; the server has one."""
    if asked.ids[0] != state.tenant_id:
        raise missing("tenant", asked.ids[0])
    return state.tenant


@routes("GET /v1/health")
def health(state: State, asked: Asked) -> Any:  # noqa: ARG001 - as all endpoints
    """Say that the service runs."""
    return {"status": "ok"}


@routes("GET /v1/model-preferences")
def list_preferences(state: State, asked: Asked) -> Any:
    """Return the models of the tenant; those of the service where it has none."""
    own = list(state.preferences.values())
    if not asked.flag("include_defaults", default=True):
        return {"tenant_id": state.tenant_id, "preferences": own, "defaults_applied": []}
    rest = [kind for kind in MODEL_TYPES if kind not in state.preferences]
    defaults = [_preference(state, kind, "openai", "gpt-4o-mini") for kind in rest]
    return {
        "tenant_id": state.tenant_id,
        "preferences": own + defaults,
        "defaults_applied": rest,
    }


@routes("PUT /v1/model-preferences")
def update_preferences(state: State, asked: Asked) -> Any:
    """Say which models the tenant wants."""
    for kind, wanted in asked.needed("preferences", dict).items():
        if kind not in MODEL_TYPES or wanted.get("model_type") != kind:
            raise invalid(f"body.preferences.{kind}", "names no model type, or not its own")
        made = _preference(state, kind, wanted["provider"], wanted["model_name"])
        state.preferences[kind] = made
    rest = [kind for kind in MODEL_TYPES if kind not in state.preferences]
    return {
        "tenant_id": state.tenant_id,
        "preferences": list(state.preferences.values()),
        "defaults_applied": rest,
    }


def _preference(state: State, kind: str, provider: str, model: str) -> dict[str, Any]:
    moment = state.now()
    return {
        "tenant_id": state.tenant_id,
        "model_type": kind,
        "provider": provider,
        "model_name": model,
        "is_active": True,
        "created_at": moment,
        "updated_at": moment,
    }
