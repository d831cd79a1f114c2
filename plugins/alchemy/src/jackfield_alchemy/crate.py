"""The dictionaries for the APIs that the crate speaks. Pure: no I/O.

The crate drops what it cannot send, without a word; here that is an error.
Source: spec/alchemy.md, 2.2 to 2.4 and 5.
"""

from collections.abc import Iterator
from typing import Any

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import UnsupportedError
from jackfield.http import Request
from jackfield.messages import (
    AssistantMessage,
    CustomAgentMessage,
    ImageContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.models import Model, ThinkingLevel
from jackfield.thinking import clamp_level, effective_level
from jackfield_alchemy.binding import timeouts_of
from jackfield_alchemy.model import OpenAICompatModel

_ANTHROPIC = "anthropic-messages"
_EFFORTS = frozenset(ThinkingLevel) - {ThinkingLevel.OFF, ThinkingLevel.MAX}


def crate_model(model: Model, url: str, options: StreamOptions) -> dict[str, Any]:
    """Return the dictionary of a model.

    Args:
        model: With the API that is to be spoken.
        url: The endpoint.
        options: Say whether it is to think.
    """
    told: dict[str, Any] = {
        "id": model.id,
        "base_url": url,
        "provider": model.provider,
        "api": model.api,
        "input": ["text", "image"],
        "reasoning": effective_level(options.reasoning, model) is not ThinkingLevel.OFF,
    }
    if isinstance(model, OpenAICompatModel):
        told |= {"context_window": model.context_window, "max_tokens": model.max_tokens}
    return told


def crate_context(context: Context, api: str) -> dict[str, Any]:
    """Return the dictionary of a context.

    Raises:
        UnsupportedError: The crate could not send all of it.
    """
    messages = [each for each in context.messages if not isinstance(each, CustomAgentMessage)]
    for place, part, is_result in _images(messages):
        _check_image(place, part, is_result=is_result, api=api)
    tools = [
        {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
        for tool in context.tools or ()
    ]
    return {
        "system_prompt": context.system_prompt,
        "messages": [message.to_dict() for message in messages],
        "tools": tools or None,
    }


def crate_options(model: Model, options: StreamOptions) -> dict[str, Any]:
    """Return the dictionary of the options, without what `request_options` says.

    Args:
        model: With the API that is to be spoken, and its level of thinking.
        options: How it is to be called.

    Raises:
        UnsupportedError: The crate could not do as they say.
    """
    _check_options(options, model.api)
    told: dict[str, Any] = {"engine": "crate"}
    for name in ("temperature", "max_tokens", "tool_choice"):
        if (value := getattr(options, name)) is not None:
            told[name] = value
    level = effective_level(options.reasoning, model)
    if level is not ThinkingLevel.OFF:
        told["reasoning_effort"] = clamp_level(level, _EFFORTS).value
    return told


def request_options(request: Request) -> dict[str, Any]:
    """Return what a request says: headers, timeouts, and the key that the auth added to it."""
    headers = dict(request.headers)
    key = headers.pop("authorization", "").removeprefix("Bearer ") or headers.pop("x-api-key", "")
    told = {"headers": headers, "timeouts": timeouts_of(request)}
    return told | ({"api_key": key} if key else {})


def _check_options(options: StreamOptions, api: str) -> None:
    """Say no to what the crate would leave out."""
    if options.response_schema is not None:
        raise _unsupported(api, "`response_schema`")
    choice = options.tool_choice
    known = ("auto",) if api == _ANTHROPIC else ("auto", "none", "required")
    if choice is not None and choice not in known:
        raise _unsupported(api, f"the tool choice {choice!r}")


def _images(messages: list[Any]) -> Iterator[tuple[str, ImageContent, bool]]:
    for at, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            continue
        assert isinstance(message, UserMessage | ToolResultMessage)  # noqa: S101 - the rest
        for index, part in enumerate(message.content):
            if isinstance(part, ImageContent):
                is_result = isinstance(message, ToolResultMessage)
                yield f"messages[{at}].content[{index}]", part, is_result


def _check_image(place: str, part: ImageContent, *, is_result: bool, api: str) -> None:
    if is_result and api != _ANTHROPIC:
        raise _unsupported(api, f"the image of a tool result ({place})")
    if not part.url.startswith("data:"):
        raise _unsupported(
            api, f"the address of an image ({place})", "Send it as data:<mime type>;base64,<data>."
        )


def _unsupported(api: str, what: str, hint: str = "") -> UnsupportedError:
    return UnsupportedError(f"{api} cannot be sent {what}.", hint=hint)
