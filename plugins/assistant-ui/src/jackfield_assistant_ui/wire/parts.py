"""Reading what several protocols write alike."""

from typing import Any

import orjson

from jackfield_assistant_ui.wire import fields
from jackfield_assistant_ui.wire.events import File, Source, StepFinish, StreamError


def json_text(value: Any) -> str:
    """Return a value as compact JSON."""
    return orjson.dumps(value).decode()


def source_of(value: Any) -> Source:
    """Return the source that a frame tells of."""
    value = fields.mapping(value)
    return Source(
        fields.text(value, "id"),
        fields.text(value, "url"),
        fields.optional_text(value, "title"),
        fields.optional_text(value, "parentId"),
    )


def file_of(value: Any) -> File:
    """Return the file that a frame tells of."""
    value = fields.mapping(value)
    parent = fields.optional_text(value, "parentId")
    return File(fields.text(value, "data"), fields.text(value, "mimeType"), parent)


def step_finish_of(value: Any) -> StepFinish:
    """Return the end of a step that a frame tells of."""
    value = fields.mapping(value)
    return StepFinish(fields.reason(value), fields.usage(value), value.get("isContinued") is True)


def error_of(value: Any) -> StreamError:
    """Return the error that a frame tells of in the form of an object."""
    value = fields.mapping(value)
    message = value.get("error") or value.get("message")
    return StreamError(
        message if isinstance(message, str) else "The server failed and does not say why.",
        fields.optional_text(value, "code"),
        fields.optional_text(value, "severity"),
    )
