"""The fields of a chat message: two ways to write their names. Source: spec/infinity.md, 2.2, 7."""

from collections.abc import Mapping
from typing import Any

_NAMES = {
    "conversation_id": "conversationId",
    "driving_mode": "drivingMode",
    "session_id": "sessionId",
    "user_context": "userContext",
    "user_id": "userId",
    "user_tier": "userTier",
}


def chat_body(message: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a chat request.

    Args:
        message: What the user says.
        given: Other fields, in snake_case or camelCase; unknown ones pass. None is left out.

    Raises:
        TypeError: The message is no text, or a field is given in both ways.
    """
    if not isinstance(message, str):
        raise TypeError(f"message must be a text, not {type(message).__name__}.")
    body: dict[str, Any] = {"message": message}
    for name, value in given.items():
        written = _NAMES.get(name, name)
        if written != name and written in given:
            raise TypeError(f"The field {written!r} is given twice, also as {name!r}.")
        if value is not None:
            body[written] = _driving(value) if written == "drivingMode" else value
    return body


def _driving(value: Any) -> Any:
    """Return an object, which is what the service understands, where the client promises a flag."""
    return {"enabled": value} if isinstance(value, bool) else value
