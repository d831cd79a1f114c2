"""`jackfield serve` under load: concurrent pages that stream, from a scripted model to the socket.

The server is another process; its CPU, memory and the delay of the first delta are what counts. The
clients are bare sockets in this process, so the wall-clock times have its share, too.
"""

import asyncio
import json
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Row

CLIENTS = 200
DELTAS = 200
PAUSE_S = 0.01
"""Between two deltas: a fast model, read by read."""

SHOUT = "Shout."
"""Has the model say more than the buffers of a connection hold."""

FORMS = {
    "data stream": "/api/chat",
    "assistant transport": "/assistant",
    "AI SDK": "/api/chat",
}


def rows(*, rounds: int) -> Iterator[Row]:
    """Measure each protocol with 200 clients, and what a slow reader does to the others."""
    short = rounds <= 3
    forms = ["data stream"] if short else list(FORMS)
    yield from asyncio.run(_all(forms, 20 if short else CLIENTS))


async def _all(forms: list[str], clients: int) -> list[Row]:
    found: list[Row] = []
    for form in forms:
        async with _server() as (port, pid):
            idle = _Seen.of(pid)
            await _crowd(port, form, clients)  # warms up
            before = _Seen.of(pid)
            crowd = await _crowd(port, form, clients)
            after = _Seen.of(pid)
        deltas = clients * DELTAS
        name = f"{form}, {clients} clients"
        found += [
            Row(
                f"{name}: CPU of the server per delta",
                (after.cpu_us - before.cpu_us) / deltas,
                "us",
            ),
            Row("... first delta, p50", statistics.median(crowd) * 1000, "ms"),
            Row("... first delta, p99", _p99(crowd) * 1000, "ms"),
            Row("... memory per client", (after.peak_kib - idle.peak_kib) / clients, "KiB"),
        ]
    async with _server() as (port, _):
        alone = await _crowd(port, "data stream", clients // 2)
        beside = await _crowd(port, "data stream", clients // 2, stuck=20)
    found.append(
        Row(
            "20 readers that take nothing: first delta of the others, p99",
            _p99(beside) * 1000,
            "ms",
        )
    )
    found.append(Row("... / without them", _p99(beside) / _p99(alone), "x"))
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a process has used: CPU in microseconds, most memory in KiB."""

    cpu_us: float
    peak_kib: int

    @classmethod
    def of(cls, pid: int) -> "_Seen":
        folder = Path("/proc") / str(pid)
        fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        status = (folder / "status").read_text(encoding="utf-8")
        peak = re.search(r"VmHWM:\s+(\d+)", status)
        cpu = ticks * 1_000_000 / os.sysconf("SC_CLK_TCK")
        return cls(cpu, int(peak[1]) if peak else 0)


async def _crowd(port: int, form: str, clients: int, *, stuck: int = 0) -> list[float]:
    """Have clients ask at once; return the seconds until each saw its first delta."""
    begun, writers = time.perf_counter(), []
    for number in range(stuck):
        _, writer = await _asked(port, form, f"stuck-{number}", SHOUT)
        writers.append(writer)
    try:
        return await asyncio.gather(
            *(_client(port, form, f"t{number}-{begun}") for number in range(clients))
        )
    finally:
        for writer in writers:
            writer.transport.abort()


async def _client(port: int, form: str, thread: str) -> float:
    started = time.perf_counter()
    reader, writer = await _asked(port, form, thread)
    first = 0.0
    tail = b""
    while data := await reader.read(65536):
        if not first and b"word" in tail + data:
            first = time.perf_counter() - started
        tail = (tail + data)[-16:]
        if tail.endswith(b"0\r\n\r\n"):
            break
    writer.close()
    if not first:
        raise RuntimeError(f"No delta came: {tail!r}")
    return first


async def _asked(
    port: int, form: str, thread: str, prompt: str = "Tell me a story."
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    body = json.dumps(_body(form, thread, prompt)).encode()
    head = (
        f"POST {FORMS[form]} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


def _body(form: str, thread: str, prompt: str) -> dict[str, object]:
    part = {"type": "text", "text": prompt}
    if form == "data stream":
        return {"threadId": thread, "messages": [{"role": "user", "content": [part]}]}
    if form == "AI SDK":
        message = {"id": "m", "role": "user", "parts": [part]}
        return {"id": thread, "trigger": "submit-message", "messages": [message]}
    said = {"role": "user", "parts": [part]}
    command = {"type": "add-message", "message": said, "parentId": None, "sourceId": None}
    return {"threadId": thread, "commands": [command], "state": {"messages": []}}


def _p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99) - 1]


@asynccontextmanager
async def _server() -> AsyncIterator[tuple[int, int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.serve", stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline()), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _serve() -> None:
    """Serve a model that says a word every 10 ms."""
    from collections.abc import AsyncGenerator, Callable  # noqa: PLC0415 - of the other process
    from typing import Any  # noqa: PLC0415

    from jackfield import AnswerStream, Context, Kernel, Model, extract_text  # noqa: PLC0415
    from jackfield.answer import Answer  # noqa: PLC0415
    from jackfield_assistant_ui.serve.app import Application  # noqa: PLC0415
    from jackfield_assistant_ui.serve.page import Page  # noqa: PLC0415
    from jackfield_assistant_ui.serve.server import Server  # noqa: PLC0415
    from jackfield_assistant_ui.serve.settings import ServeSettings  # noqa: PLC0415
    from jackfield_assistant_ui.serve.store import ThreadStore  # noqa: PLC0415
    from jackfield_assistant_ui.serve.users import Users  # noqa: PLC0415

    def say(word: str) -> Callable[[Answer], AsyncGenerator[None, None]]:
        async def source(answer: Answer) -> AsyncGenerator[None, None]:
            for _ in range(DELTAS):
                answer.text(word)
                yield
                await asyncio.sleep(PAUSE_S)
            answer.finish()
            yield

        return source

    def stream(model: Model, context: Context, _options: object) -> AnswerStream:
        shouts = extract_text(context.messages[-1]) == SHOUT
        return AnswerStream(model, say("word " * (10_000 if shouts else 1)))

    class Words(Kernel):
        def agent(self, name: str = "default", **options: Any) -> Any:
            agent = super().agent(name, **options)
            agent.stream_fn = stream
            return agent

    settings = ServeSettings(
        port=0, requests_per_minute=1_000_000, max_runs=10_000, max_runs_per_user=10_000
    )
    config = {
        "agents": {"default": {"model": "openai:words"}},
        "providers": {"openai": {"base_url": "http://127.0.0.1:9/v1", "auth": "key"}},
        "auth": {"key": {"use": "static", "value": "x"}},
    }
    async with Words.from_config(config) as kernel:
        application = Application(kernel, settings, Users({}), ThreadStore(), Page())
        server = Server(
            application,
            settings,
            on_start=lambda url: print(url.rpartition(":")[2], flush=True),
        )
        await server.serve()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(_serve())
