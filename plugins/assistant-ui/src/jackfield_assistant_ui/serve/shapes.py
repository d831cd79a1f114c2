"""Which runtime a request comes from. Source: spec/assistant-ui.md, c.0."""

from collections.abc import Mapping
from typing import Any

from jackfield_assistant_ui.serve.asked import Form
from jackfield_assistant_ui.serve.fields import Json
from jackfield_assistant_ui.serve.refusal import RefusalError

_UNKNOWN = (
    "This is no request of assistant-ui: "
    "it has neither commands nor messages with parts or content."
)


def form_of(body: Json) -> Form:
    """Return the form of a request.

    Raises:
        RefusalError: It has none that we know.
    """
    if isinstance(body.get("commands"), list):
        return "transport"
    messages = body.get("messages")
    if "trigger" in body or _any_has(messages, "parts"):
        return "ai-sdk"
    if _any_has(messages, "content"):
        return "data-stream"
    raise RefusalError(400, _UNKNOWN)


def _any_has(messages: Any, key: str) -> bool:
    if not isinstance(messages, list):
        return False
    return any(isinstance(message, Mapping) and key in message for message in messages)
