"""The chat streams of tests/fixtures/streams, and the tests of a decoder with each of them.

Source: spec/openrouter.md, 18.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackfield import AssistantMessage, extract_text
from jackfield.messages import ThinkingContent
from jackfield.run.grammar import EventOrder

STREAMS = Path(__file__).parents[1] / "fixtures/streams"
# The fixtures keep nothing between examples, and the subclasses nothing between each other.
UNCHECKED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
SIZES = st.lists(st.integers(1, 60), max_size=40)


@dataclass
class StreamCase:
    """A body and what must become of it."""

    name: str
    body: bytes
    content_type: str
    events: list[Any]
    message: dict[str, Any]

    def check(self, events: list[Any], message: AssistantMessage) -> None:
        """Compare with the events and the final message of an answer."""
        order = EventOrder("test")
        for event in events:
            order.check(event)
        assert masked([compact(event) for event in events], self.events) == self.events
        for key, expected in self.message.items():
            assert told(message, key, expected) == expected, key


def compact(event: Any) -> list[Any]:
    """Return an event in the words of the fixtures."""
    if event.type in ("done", "error"):
        return [event.type, event.reason]
    if event.type == "start":
        return ["start"]
    found = [event.type, event.content_index]
    if event.type == "tool_call_end":
        call = event.tool_call
        fields = {"id": call.id, "name": call.name, "arguments": call.arguments}
        return [
            *found,
            fields | ({} if call.partial_json is None else {"partial_json": call.partial_json}),
        ]
    if event.type.endswith("_start"):
        return found
    return [*found, event.delta if event.type.endswith("_delta") else event.content]


def masked(found: list[Any], expected: list[Any]) -> list[Any]:
    """Put `call_*` for ids that were generated, where one is expected."""
    generated = [event[2] for event in expected if event[0] == "tool_call_end"]
    ends = [event[2] for event in found if event[0] == "tool_call_end"]
    for call, wanted in zip(ends, generated, strict=False):
        if wanted["id"] == "call_*" and re.fullmatch(r"call_[A-Za-z0-9]{24}", call["id"]):
            call["id"] = "call_*"
    return found


def told(message: AssistantMessage, key: str, expected: Any) -> Any:
    """Return what a message says under a key of the fixtures."""
    if key == "text":
        return extract_text(message)
    if key in ("usage", "error"):
        record = getattr(message, key)
        return {name: record.get(name) for name in expected}
    if key == "metadata":
        return {name: message.metadata.get(name) for name in expected}
    if key == "error_has":
        return expected if expected in (message.error_message or "") else message.error_message
    if key == "cost_total":
        return message.usage.cost.total
    if key == "thinking_signatures":
        parts = [part for part in message.content if isinstance(part, ThinkingContent)]
        return [signature(part) for part in parts]
    return getattr(message, key)


def signature(part: ThinkingContent) -> Any:
    text = part.thinking_signature
    return json.loads(text) if text and text.startswith("[") else text


def stream_cases(provider: str) -> list[StreamCase]:
    """Return the cases as they are for one provider."""
    cases = []
    for path in sorted(STREAMS.glob("*.sse")):
        case = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        own = case.get(provider, {})
        if own is None:
            continue
        cases.append(
            StreamCase(
                name=path.stem,
                body=path.read_bytes(),
                content_type=own.get("content_type", case["content_type"]),
                events=own.get("events", case["events"]),
                message=case["message"] | own.get("message", {}),
            )
        )
    return cases


class ChatStreamTests:
    """Every stream, however its bytes are cut.

    A provider's folder has a subclass and a fixture `decode`; see `stream_case` in
    tests/plugins/conftest.py.
    """

    def test_body_in_one_piece(self, stream_case, decode):
        answer = decode([stream_case.body])
        stream_case.check(answer.events, answer.message)

    def test_body_byte_by_byte(self, stream_case, decode):
        answer = decode(bytes([byte]) for byte in stream_case.body)
        stream_case.check(answer.events, answer.message)

    def test_body_cut_once_anywhere(self, stream_case, decode):
        for at in range(len(stream_case.body)):
            answer = decode([stream_case.body[:at], stream_case.body[at:]])
            stream_case.check(answer.events, answer.message)

    @settings(max_examples=20, deadline=None, suppress_health_check=UNCHECKED)
    @given(sizes=SIZES)
    def test_body_in_any_pieces(self, stream_case, decode, sizes):
        answer = decode(pieces(stream_case.body, sizes))
        stream_case.check(answer.events, answer.message)


def pieces(body, sizes):
    for size in sizes:
        yield body[:size]
        body = body[size:]
    yield body
