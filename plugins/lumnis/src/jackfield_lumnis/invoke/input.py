"""What a run is asked: one of several ways to say it. Source: spec/lumnis.md, 3.1."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel

from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.models.message import Message

Messages: TypeAlias = str | Mapping[str, Any] | Message | Sequence[Mapping[str, Any] | Message]
"""A text, a message, or several messages."""

_ROLES = ("system", "user", "assistant")


def chosen_input(
    messages: Messages | None, prompt: str | None, task: Messages | None, *, stacklevel: int
) -> Messages:
    """Return the one of the three that was given.

    Args:
        messages: The usual way.
        prompt: Another name.
        task: A deprecated name.
        stacklevel: How far above is who is warned of it: 1 for the caller of this function.

    Raises:
        ValueError: None or several were given.
    """
    given = [each for each in (messages, prompt, task) if each is not None]
    if len(given) != 1:
        raise ValueError("Give exactly one of messages, prompt and task.")
    if task is not None:
        warnings.warn(
            "task= is deprecated: use messages= or prompt=.",
            DeprecationWarning,
            stacklevel=stacklevel + 1,
        )
    return given[0]


def messages_of(given: Messages) -> list[dict[str, Any]]:
    """Return the messages as they are sent.

    Raises:
        ValidationError: There is none, a role is unknown, a content is no text.
    """
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if isinstance(given, Mapping | BaseModel):
        return [_message(given, 0)]
    if not isinstance(given, Sequence):
        raise ValidationError(
            f"messages must be a text, a message or a list of messages, not {_kind(given)}."
        )
    if not given:
        raise ValidationError("messages is empty: give at least one message.")
    return [_message(each, index) for index, each in enumerate(given)]


def _message(given: object, index: int) -> dict[str, Any]:
    if isinstance(given, BaseModel):
        given = given.model_dump(mode="json", exclude_none=True)
    if not isinstance(given, Mapping):
        raise ValidationError(f"messages[{index}] must be a dict or a Message, not {_kind(given)}.")
    if given.get("role") not in _ROLES:
        raise ValidationError(
            f"messages[{index}].role is {given.get('role')!r}: use {', '.join(_ROLES)}."
        )
    if not isinstance(given.get("content"), str):
        raise ValidationError(
            f"messages[{index}].content must be a text, not {_kind(given.get('content'))}."
        )
    return dict(given)


def _kind(value: object) -> str:
    return type(value).__name__
