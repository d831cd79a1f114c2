"""From an abort to the closed socket, at random points of a run, and what is left afterwards.

The one part that takes wall-clock time: how long somebody waits is what it asks. The server runs
in the same event loop, so its share and every other program on the machine are in the figures.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import psutil

from benchmarks.measure import Row
from jackfield import Agent, Kernel, tool
from jackfield.testing import LoopbackServer, Pause, sse, sse_reply

POINTS = 1_000
SEED = 20
LONGEST_S = 0.01
"""Latest abort after the prompt; connecting and the first pieces of an answer take less."""


@dataclass
class Aborts:
    """What many aborted runs gave: milliseconds to the closed socket, and what stayed open."""

    waits_ms: list[float] = field(default_factory=list)
    tasks: int = 0
    files: int = 0


@tool
async def wait_for_ever() -> str:
    """Wait for something that does not happen."""
    await asyncio.Event().wait()
    return ""


def rows(*, rounds: int) -> Iterator[Row]:
    """Measure aborts; the short form takes a fifth of the points."""
    points = POINTS if rounds > 3 else POINTS // 5
    found = asyncio.run(measured(points))
    yield Row(f"abort -> socket closed, p50 of {points}", statistics.median(found.waits_ms), "ms")
    last = statistics.quantiles(found.waits_ms, n=100)[-1]
    yield Row(f"abort -> socket closed, p99 of {points}", last, "ms", 50)
    yield Row("tasks left", found.tasks, "", 0)
    yield Row("open files and sockets left", found.files, "", 0)


async def measured(points: int) -> Aborts:
    """Abort `points` runs; each gets its answer in pieces, some end in a tool that waits."""
    found = Aborts()
    await _series(10, Aborts())  # what is opened once stays open: the event loop's own pipe
    tasks, files = _open_now()
    await _series(points, found)
    tasks_now, files_now = _open_now()
    found.tasks, found.files = tasks_now - tasks, files_now - files
    return found


async def _series(points: int, found: Aborts) -> None:
    chance = random.Random(SEED)
    texts = [piece for _ in range(40) for piece in (sse.text_chunk("abcd"), Pause(0.0005))]
    call = [sse.call_chunk(0, name="wait_for_ever", arguments="{}"), sse.finish_chunk("tool_calls")]
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(LoopbackServer())
        config = {"providers": {"openai": {"base_url": server.url, "auth": "key"}}}
        config["auth"] = {"key": {"use": "static", "value": "x"}}
        kernel = await stack.enter_async_context(Kernel.from_config(config))
        provider, model = kernel.resolve_model("openai:m")
        for _ in range(points):
            server.default = sse_reply(chance.choice([texts, [*texts[:4], *call, sse.DONE]]))
            agent = Agent(model=model, stream_fn=provider.stream, tools=[wait_for_ever])
            found.waits_ms.append(await _aborted(agent, server, chance.uniform(0, LONGEST_S)))
            server.requests.clear()


async def _aborted(agent: Agent, server: LoopbackServer, after_s: float) -> float:
    """Return the milliseconds from the abort to the end of the run and of its connection."""
    run = asyncio.create_task(agent.prompt("go"))
    await asyncio.sleep(after_s)
    began = time.perf_counter()
    agent.abort()
    async with asyncio.timeout(5):
        await run
        for request in server.requests:
            await request.over.wait()
    return (time.perf_counter() - began) * 1000


def _open_now() -> tuple[int, int]:
    return len(asyncio.all_tasks()), psutil.Process().num_fds()
