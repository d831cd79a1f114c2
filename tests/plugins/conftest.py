"""The streams of tests/fixtures/streams, for every provider that decodes chat completions."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jackfield import AssistantMessage, extract_text
from jackfield.messages import ThinkingContent
from jackfield.run.grammar import EventOrder

STREAMS = Path(__file__).parents[1] / "fixtures/streams"


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test with the argument `stream_case` every case of its folder's provider."""
    if "stream_case" in metafunc.fixturenames:
        cases = stream_cases(metafunc.definition.path.parent.name)
        metafunc.parametrize("stream_case", cases, ids=[case.name for case in cases])
