"""Memory: values by key, or facts of a conversation. Source: spec/infinity.md, 2.5."""

from jackfield_infinity.testing.asked import Asked, Refused, error_reply
from jackfield_infinity.testing.routes import Routes
from jackfield_infinity.testing.state import Entity, State

routes = Routes()

_TYPES = ("wisdom", "pattern", "gotcha", "fact")
_LONGEST_RECENT = 200


@routes("POST /memory/store", "published")
def store_value(state: State, asked: Asked) -> Entity:
    """Keep a value."""
    key = asked.text("key", form="C")
    if "value" not in asked.body:
        raise Refused(error_reply("C", 400, "value is required"))
    state.values[key] = (asked.body["value"], asked.body.get("ttl"))
    return {"success": True, "stored": True}


@routes("GET /memory/retrieve", "published")
def retrieve_value(state: State, asked: Asked) -> Entity:
    """Return a value."""
    key = asked.query.get("key", "")
    if key not in state.values:
        return {"success": True, "found": False, "value": None}
    return {"success": True, "found": True, "value": state.values[key][0]}


@routes("POST /memory", "deployed")
def store_fact(state: State, asked: Asked) -> Entity:
    """Note a fact of a conversation."""
    conversation_id = asked.text("conversationId", form="C")
    content = asked.text("content", most=10**6, form="C")
    kind = asked.body.get("type", "fact")
    if kind not in _TYPES:
        raise Refused(error_reply("C", 400, f"Invalid type: {kind}"))
    entry: Entity = {
        "id": state.new_id("mem"),
        "content": content,
        "type": "insight",
        "importance": 0.8,
        "createdAt": state.now(),
    }
    state.facts.setdefault(conversation_id, []).append(entry | {"tags": ["remembered", kind]})
    return {"success": True, "entry": entry}


@routes("GET /memory", "deployed")
def recall(state: State, asked: Asked) -> Entity:
    """Return what is known of a conversation; of an unknown one nothing."""
    conversation_id = asked.query.get("conversationId")
    if not conversation_id:
        raise Refused(error_reply("C", 400, "conversationId is required"))
    facts = state.facts.get(conversation_id, [])
    recent = [fact | {"content": _cut(fact["content"]), "timestamp": 1} for fact in facts]
    memory = {"recentMessages": recent, "compressedHistory": [], "criticalFacts": facts}
    return {"memory": memory}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_RECENT else f"{text[:_LONGEST_RECENT]}..."
