"""Chats, at once and streamed. Source: spec/infinity.md, 1, 2.2 and 6.2."""

from dataclasses import dataclass
from typing import Any

from jackfield.testing import Reply, json_reply
from jackfield_infinity.testing.answers import Turn, stream_reply
from jackfield_infinity.testing.asked import Asked, Refused, error_reply
from jackfield_infinity.testing.routes import Routes
from jackfield_infinity.testing.state import Entity, State

routes = Routes()

ANONYMOUS_COOKIE = "infinity_anon_user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who chats.

    Attributes:
        name: The user.
        tier: Decides about the quota.
        headers: Of the reply: the cookie, for those without a name.
    """

    name: str
    tier: str
    headers: dict[str, str]


@routes("POST /chat")
def chat(state: State, asked: Asked) -> Reply:
    """Answer a message; the published service streams where that is asked for."""
    manner = state.manner
    streams = asked.body.get("stream") is True and manner.routes != "deployed"
    if streams and manner.dialect != "json":
        return _stream(state, asked, key=asked.key)
    caller, message, limits = _begun(state, asked, key=asked.key)
    turn = state.next_turn(message)
    if turn.error is not None:
        raise Refused(error_reply("B", 500, turn.error, code="AGENT_ERROR"))
    conversation_id = _said(state, asked, message, turn.spoken())
    body = _SHAPES[manner.shape](turn, conversation_id, limits)
    return json_reply(body, headers=caller.headers)


@routes("POST /chat/stream", "deployed")
def stream(state: State, asked: Asked) -> Reply:
    """Stream an answer; the deployed service does not even look at the key here."""
    key = asked.key if state.manner.checks_stream_keys else None
    if state.manner.dialect == "json":
        caller, message, limits = _begun(state, asked, key=key)
        turn = state.next_turn(message)
        conversation_id = _said(state, asked, message, turn.spoken())
        body = _SHAPES[state.manner.shape](turn, conversation_id, limits)
        return json_reply(body, headers=caller.headers)
    return _stream(state, asked, key=key)


@routes("GET /chat", "deployed")
def history(state: State, asked: Asked) -> Entity:
    """Return the messages of a conversation."""
    conversation_id = asked.query.get("conversationId")
    if not conversation_id:
        missing = "conversationId is required"
        raise Refused(error_reply("B", 400, missing, code="MISSING_REQUIRED_FIELD"))
    rows = state.conversations.get(conversation_id, [])
    return {"conversationId": conversation_id, "messages": rows}


def _stream(state: State, asked: Asked, *, key: str | None) -> Reply:
    caller, message, _ = _begun(state, asked, key=key)
    turn = state.next_turn(message)
    conversation_id = _said(state, asked, message, turn.spoken())
    dialect = state.manner.dialect
    return stream_reply(turn, conversation_id, dialect, caller.headers)


def _begun(state: State, asked: Asked, *, key: str | None) -> tuple[Caller, str, Entity]:
    """Return who asks what, and what they may still ask.

    Raises:
        Refused: There is no message, or the quota is spent.
    """
    message = asked.text("message", form="B" if state.manner.routes == "published" else "A")
    caller = _caller(state, asked, key)
    limits = state.spend(caller.name, caller.tier)
    if not limits["allowed"]:
        told = {"message": limits["reason"], "rateLimit": limits}
        reply = error_reply("A", 429, "Rate limit exceeded", headers=caller.headers, **told)
        raise Refused(reply)
    return caller, message, limits


def _caller(state: State, asked: Asked, key: str | None) -> Caller:
    user, headers = asked.body.get("userId"), {}
    named = str(user or asked.cookies.get(ANONYMOUS_COOKIE) or state.new_id("anon"))
    tier = state.tier_of(key)
    # The deployed service hands out its cookie without asking whether it knows the caller.
    if not user and (tier is None or state.manner.routes == "deployed"):
        cookie = f"{ANONYMOUS_COOKIE}={named}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict"
        headers = {"set-cookie": cookie}
    if tier is not None:
        return Caller(name=f"key {key}", tier=tier, headers=headers)
    return Caller(name=named, tier=str(asked.body.get("userTier", "anonymous")), headers=headers)


def _said(state: State, asked: Asked, message: str, answer: str) -> str:
    """Note a question and its answer; return the conversation's id."""
    conversation_id = str(asked.body.get("conversationId") or state.new_id("conv"))
    rows = state.conversations.setdefault(conversation_id, [])
    rows.append({"role": "user", "content": message, "timestamp": state.now()})
    rows.append({"role": "assistant", "content": answer, "timestamp": state.now()})
    return conversation_id


def _sdk(turn: Turn, conversation_id: str, limits: Entity) -> Entity:
    del limits
    told = {"success": True, "response": turn.spoken(), "conversationId": conversation_id}
    return told | {"messageId": "msg_1", "metadata": turn.metadata()}


def _deployed(turn: Turn, conversation_id: str, limits: Entity) -> Entity:
    told: dict[str, Any] = {"response": turn.spoken(), "conversationId": conversation_id}
    return told | {"rateLimit": limits, "metadata": turn.metadata()}


def _page(turn: Turn, conversation_id: str, limits: Entity) -> Entity:
    del limits
    data = {
        "message_id": "msg_1",
        "conversation_id": conversation_id,
        "response": turn.spoken(),
        "timestamp": "2026-01-02T03:04:05Z",
        "tokens_used": turn.tokens,
        "model": "infinity-agent",
    }
    return {"success": True, "data": data}


_SHAPES = {"sdk": _sdk, "deployed": _deployed, "page": _page}
