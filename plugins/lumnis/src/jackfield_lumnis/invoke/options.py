"""What a run may be given beside its messages. Source: spec/lumnis.md, 3.2, 3.6, 3.7."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from pydantic import BaseModel

from jackfield_httpx.service import fields
from jackfield_lumnis.agent_config import (
    AgentConfig,
    ModelOverrides,
    agent_config_body,
    model_overrides_body,
)
from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.invoke.files import file_references

ResponseFormat: TypeAlias = type[BaseModel] | Mapping[str, Any]
"""A pydantic model class, or a JSON schema."""

FileReference: TypeAlias = str | Mapping[str, Any]
"""An artifact's name, a URI, or `{name, uri, mime_type, size_bytes}`."""


class RunOptions(TypedDict, total=False):
    """What a run may be given; nothing is required.

    Attributes:
        response_format: The form of `structured_response`.
        response_format_instructions: How to fill it.
        model_overrides: Models for this run, `provider:model` by part.
        agent_config: How the agents work.
        files: References to files that the run may use.
        options: Whatever else the service takes; the options above may stand in it, too.
    """

    response_format: ResponseFormat | None
    response_format_instructions: str | None
    model_overrides: ModelOverrides | Mapping[str, Any] | None
    agent_config: AgentConfig | Mapping[str, Any] | None
    files: Sequence[FileReference] | None
    options: Mapping[str, Any] | None


OPTION_NAMES = frozenset(RunOptions.__annotations__)
_MOVABLE = OPTION_NAMES - {"options"}


def option_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as they are sent.

    Raises:
        ValidationError: One has a value that is not allowed.
        LocalFileNotSupported: A file is a path on the local disk.
    """
    given = dict(options)
    rest = dict(given.pop("options", None) or {})
    for name in _MOVABLE & rest.keys():
        value = rest.pop(name)
        if given.get(name) is None:
            given[name] = value
    writers: dict[str, Callable[[Any], Any]] = {
        "response_format": _schema,
        "model_overrides": model_overrides_body,
        "agent_config": agent_config_body,
        "files": file_references,
    }
    sent = {
        name: writers.get(name, _same)(value) for name, value in given.items() if value is not None
    }
    return fields(**sent, options=rest or None)


def _same(value: Any) -> Any:
    return value


def _schema(value: Any) -> dict[str, Any]:
    if isinstance(value, type) and issubclass(value, BaseModel):
        return value.model_json_schema()
    if isinstance(value, Mapping):
        return dict(value)
    raise ValidationError(
        "response_format must be a pydantic model class or a JSON schema, not "
        f"{type(value).__name__}."
    )
