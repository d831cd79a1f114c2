"""The path of a token inside the kernel: answer, loop, agent, caller; without a network."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import Any

from benchmarks.measure import Row, Work, median_cpu_us
from jackfield import Agent, AgentEvent, AnswerStream, Context, Model, StreamOptions
from jackfield.answer import Answer
from jackfield.kernel.feed import SinkFeed

PER_READ = 60
DELTA = "abcd"


class Nothing:
    """A sink that only takes what it is given."""

    async def handle(self, events: Sequence[AgentEvent]) -> None:
        """Take the events."""

    async def aclose(self) -> None:
        """Do nothing."""


def stream_fn(deltas: int) -> Callable[[Model, Context, StreamOptions], AnswerStream]:
    """Return a provider's function whose answers have so many deltas, 60 a read."""

    async def source(answer: Answer) -> AsyncGenerator[None, None]:
        for _ in range(deltas // PER_READ):
            for _ in range(PER_READ):
                answer.text(DELTA)
            await asyncio.sleep(0)  # as a read does: without it no sink would ever have a turn
            yield
        answer.finish()

    def stream(model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        return AnswerStream(model, source)

    return stream


def agent(deltas: int) -> Agent:
    """Return an agent on such a provider."""
    made = Agent(model=Model(provider="floor", id="m"))
    made.stream_fn = stream_fn(deltas)
    return made


def rows(*, rounds: int) -> Iterator[Row]:
    """Measure CPU per delta for each way to consume an answer, its growth, and with sinks."""
    few, many = 2_000 // PER_READ * PER_READ, 100_000 // PER_READ * PER_READ
    ways = [_work(way, few * 5) for way in (_drain, _prompt, _stream_text, _with_sinks)]
    builder, prompt, text, sinks = median_cpu_us(ways, rounds=rounds)
    yield Row("builder alone, per delta", builder, "us")
    yield Row("`agent.prompt`, per delta", prompt, "us")
    yield Row("`agent.stream_text`, per delta", text, "us")
    sizes = [_work(_prompt, few), _work(_prompt, many)]
    small, large = median_cpu_us(sizes, rounds=rounds)
    yield Row("growth: per delta at 100,000 / at 2,000", large / small, "x", 1.15)
    yield Row("three sinks attached / none", sinks / prompt, "x", 1.5)


def _work(scenario: Callable[[int], Any], deltas: int) -> Work:
    return Work(lambda: asyncio.run(scenario(deltas)), per=deltas)


async def _drain(deltas: int) -> None:
    stream = stream_fn(deltas)(Model(), Context(), StreamOptions())
    async for _ in stream.batches():
        pass


async def _prompt(deltas: int) -> None:
    await agent(deltas).prompt("go")


async def _stream_text(deltas: int) -> None:
    async for _ in agent(deltas).stream_text("go"):
        pass


async def _with_sinks(deltas: int) -> None:
    made = agent(deltas)
    feeds = [SinkFeed(Nothing(), name=f"sink{number}") for number in range(3)]
    for feed in feeds:
        made.subscribe_batches(feed.push_all)
    await made.prompt("go")
    for feed in feeds:
        await feed.aclose()
