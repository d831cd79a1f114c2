"""Prompt caching: where the breakpoints go, at most four of them in a request.

Parts of messages carry theirs as `cache_control`. The system prompt and the tools have no
place for one: a provider asks `prefix_control` what to put there. Source: spec/agent.md, 10.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from jackfield.contracts import Context
from jackfield.messages import CacheControl, TextContent, UserMessage

MAX_BREAKPOINTS = 4
"""The most that Anthropic accepts in a request; more is a 400."""


def add_cache_breakpoints(
    context: Context, *, retention: Literal["none", "short", "long"] | None = "short"
) -> Context:
    """Return a context with cache breakpoints; the one given is not changed.

    Marked are the last message with text and the last user message before it. The system
    prompt and the last tool count too, since providers mark them as well (`prefix_control`).
    Breakpoints that the user set come first; what is over four is dropped, oldest first.

    Args:
        context: What the model will be given, already normalised.
        retention: `long` asks for an hour instead of five minutes; `none` adds nothing and
            only bounds the breakpoints that are there. None is `short`.
    """
    room = MAX_BREAKPOINTS - bool(context.system_prompt.strip()) - bool(context.tools)
    own = list(_marked(context.messages))
    wanted = [] if retention == "none" else _automatic(context.messages)
    kept = own[len(own) - room :] if len(own) > room else own
    places = [message for message, _ in kept]
    fresh = [place for place in wanted if place[0] not in places][: room - len(kept)]
    if not fresh and len(kept) == len(own):
        return context
    messages = list(context.messages)
    control = CacheControl(ttl="1h" if retention == "long" else None)
    for place in own:
        if place not in kept:
            _mark(messages, place, None)
    for place in fresh:
        _mark(messages, place, control)
    return replace(context, messages=messages)


def prefix_control(context: Context) -> CacheControl | None:
    """Return the breakpoint for the system prompt and the last tool; None for no caching.

    They are marked when a part of any message is: the prefix of what is cached is cached too.
    """
    messages: list[Any] = context.messages
    found = [messages[at].content[index].cache_control for at, index in _marked(messages)]
    long = [control for control in found if control.ttl == "1h"]
    return next(iter(long or found), None)


_Place = tuple[int, int]  # of a message, and of a part in it


def _marked(messages: list[Any]) -> Iterator[_Place]:
    for at, message in enumerate(messages):
        content = message.content
        for index, part in enumerate(content if isinstance(content, list) else ()):
            if getattr(part, "cache_control", None) is not None:
                yield at, index


def _automatic(messages: list[Any]) -> list[_Place]:
    """Return the last text of the history, and that of the last user message before it."""
    places: list[_Place] = []
    for at in range(len(messages) - 1, -1, -1):
        if places and not isinstance(messages[at], UserMessage):
            continue
        index = _last_text(messages[at])
        if index is not None:
            places.append((at, index))
            if len(places) > 1:
                break
    return places


def _last_text(message: Any) -> int | None:
    content = message.content if isinstance(message.content, list) else []
    for index in range(len(content) - 1, -1, -1):
        part = content[index]
        if isinstance(part, TextContent) and part.text.strip():
            return index
    return None


def _mark(messages: list[Any], place: _Place, control: CacheControl | None) -> None:
    """Replace a message by a copy with another breakpoint."""
    at, index = place
    content = list(messages[at].content)
    content[index] = replace(content[index], cache_control=control)
    messages[at] = replace(messages[at], content=content)
