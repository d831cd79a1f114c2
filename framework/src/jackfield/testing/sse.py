"""Builders for the bytes of OpenAI-compatible answers: chunks, events, whole streams."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from jackfield.errors import OptionError
from jackfield.testing.script import Call, Finish, Interleaved, Text, Thinking, split
from jackfield.usage import Usage

DONE = b"data: [DONE]\n\n"
"""The last event of a stream."""


def sse(data: Any, *, event: str = "", id: str = "", end: str = "\n") -> bytes:  # noqa: A002 - the field's name
    r"""Return one server-sent event; `data` that is no text is written as JSON.

    Args:
        data: The data; a text of several lines becomes several `data` lines.
        event: Value of the field `event`; empty for none.
        id: Value of the field `id`; empty for none.
        end: The line ending: `\n`, `\r\n` or `\r`.
    """
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    lines = [f"event: {event}"] if event else []
    lines += [f"id: {id}"] if id else []
    lines += [f"data: {line}" for line in text.split("\n")]
    return "".join(f"{line}{end}" for line in [*lines, ""]).encode()


def comment(text: str = "keep-alive") -> bytes:
    """Return a comment, which clients ignore."""
    return f": {text}\n\n".encode()


def chunk(
    delta: dict[str, Any] | None = None, *, finish_reason: str | None = None, **fields: Any
) -> bytes:
    """Return a chat completion chunk as an event; `fields` replace or add top-level fields."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish_reason}
    return sse(_object("chat.completion.chunk") | {"choices": [choice]} | fields)


def text_chunk(text: str, **fields: Any) -> bytes:
    """Return the chunk of a text delta."""
    return chunk({"content": text}, **fields)


def thinking_chunk(text: str, *, key: str = "reasoning_content", **fields: Any) -> bytes:
    """Return the chunk of a thinking delta; providers differ in the `key`."""
    return chunk({key: text}, **fields)


def call_chunk(
    index: int,
    *,
    id: str = "",  # noqa: A002 - the field's name
    name: str = "",
    arguments: str | None = None,
    **fields: Any,
) -> bytes:
    """Return the chunk of a tool call delta; fields that are empty are left out."""
    function = {"name": name} if name else {}
    function |= {"arguments": arguments} if arguments is not None else {}
    call: dict[str, Any] = {"index": index, "function": function}
    call |= {"id": id, "type": "function"} if id else {}
    return chunk({"tool_calls": [call]}, **fields)


def finish_chunk(reason: str = "stop", **fields: Any) -> bytes:
    """Return the chunk with the finish reason."""
    return chunk(finish_reason=reason, **fields)


def usage_chunk(usage: Usage | None = None, **fields: Any) -> bytes:
    """Return the last chunk: usage and no choices."""
    counts = usage_object(usage or Usage(input=10, output=5, total_tokens=15))
    return sse(_object("chat.completion.chunk") | {"choices": [], "usage": counts} | fields)


def usage_object(usage: Usage) -> dict[str, Any]:
    """Return a usage in the words of the API."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total_tokens or usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def chat_stream(*steps: str | Text | Thinking | Call | Interleaved | Usage | Finish) -> list[bytes]:
    """Return a whole answer as events, the steps being those of `ScriptedProvider`."""
    events = [chunk({"role": "assistant", "content": ""})]
    usage, reason, calls = Usage(input=10, output=5, total_tokens=15), "", 0
    for step in steps:
        if isinstance(step, Usage):
            usage = step
        elif isinstance(step, Finish):
            reason = step.reason or ""
        elif isinstance(step, Call | Interleaved):
            group = step.calls if isinstance(step, Interleaved) else (step,)
            events += _call_events(group, calls)
            calls += len(group)
        else:
            events += _text_events(step)
    reason = reason or ("tool_calls" if calls else "stop")
    return [*events, finish_chunk(reason), usage_chunk(usage), DONE]


def completion(text: str = "", *, usage: Usage | None = None, **message: Any) -> dict[str, Any]:
    """Return a chat completion that is not streamed; `message` adds to the message's fields."""
    answer = {"role": "assistant", "content": text} | message
    choice = {"index": 0, "message": answer, "finish_reason": "stop"}
    counts = usage_object(usage or Usage(input=10, output=5))
    return _object("chat.completion") | {"choices": [choice], "usage": counts}


def model_list(*ids: str) -> dict[str, Any]:
    """Return the body of `GET /models`."""
    models = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in ids]
    return {"object": "list", "data": models}


def recut(data: bytes | Iterable[bytes], sizes: int | Iterable[int]) -> list[bytes]:
    """Cut bytes anew, also within characters; the last piece takes what is left.

    Args:
        data: The bytes; pieces are joined first.
        sizes: One size in bytes for all pieces, or one after another.
    """
    rest = data if isinstance(data, bytes) else b"".join(data)
    if isinstance(sizes, int) and sizes < 1:
        raise OptionError(f"`sizes` must be 1 or more, not {sizes}.")
    steps = iter(lambda: sizes, None) if isinstance(sizes, int) else iter(sizes)
    return list(_cuts(rest, steps))


def _cuts(rest: bytes, sizes: Iterator[Any]) -> Iterator[bytes]:
    for size in sizes:
        if not rest:
            return
        if size:
            yield rest[:size]
            rest = rest[size:]
    if rest:
        yield rest


def _object(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "test"}


def _text_events(step: str | Text | Thinking) -> list[bytes]:
    step = Text(step) if isinstance(step, str) else step
    build = thinking_chunk if isinstance(step, Thinking) else text_chunk
    return [build(piece) for piece in split(step.text, step.chunks)]


def _call_events(calls: Iterable[Call], first: int) -> list[bytes]:
    opened: list[bytes] = []
    waiting: list[tuple[int, list[str]]] = []
    for index, call in enumerate(calls, first):
        name = call.id or f"call_{index + 1}"
        opened.append(call_chunk(index, id=name, name=call.name, arguments=""))
        waiting.append((index, call.pieces()))
    while waiting := [(index, pieces) for index, pieces in waiting if pieces]:
        opened += [call_chunk(index, arguments=pieces.pop(0)) for index, pieces in waiting]
    return opened
