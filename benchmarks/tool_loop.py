"""The cost of a turn with a tool, and the memory of an idle agent."""

import asyncio
import tracemalloc
from collections.abc import AsyncGenerator, Iterator

from benchmarks.measure import Row, Work, median_cpu_us
from jackfield import Agent, AgentTool, AnswerStream, Context, Model, StreamOptions, tool
from jackfield.answer import Answer

IDLE_AGENTS = 200


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def looping_agent(turns: int, calls: int = 1) -> Agent:
    """Return an agent whose model asks for `calls` tool calls in each of `turns` turns."""
    asked = 0

    async def source(answer: Answer) -> AsyncGenerator[None, None]:
        nonlocal asked
        asked += 1
        if asked <= turns:
            for number in range(calls):
                answer.open_call(number, name="add")
                answer.arguments(number, '{"a": 1, "b": 2}')
        else:
            answer.text("done")
        yield
        answer.finish("tool_calls" if asked <= turns else "stop")

    def stream(model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        return AnswerStream(model, source)

    made = Agent(model=Model(provider="floor", id="m"), tools=[add])
    made.stream_fn = stream
    return made


def rows(*, rounds: int) -> Iterator[Row]:
    """Measure CPU per model call of a run, and the memory that an idle agent holds."""
    lengths = (1, 10, 50, 200)
    measured = median_cpu_us([_work(turns) for turns in lengths], rounds=rounds)
    per_call = dict(zip(lengths, measured, strict=True))
    for turns, value in per_call.items():
        yield Row(f"tool loop of {turns} turns, per model call", value, "us")
    yield Row("... growth: 200 turns / 10 turns", per_call[200] / per_call[10], "x")
    parallel = Work(lambda: asyncio.run(_go(looping_agent(1, calls=32))), per=32)
    [per_parallel] = median_cpu_us([parallel], rounds=rounds)
    yield Row("32 parallel calls, per call", per_parallel, "us")
    yield Row("memory of an idle agent", _idle_kib(add), "KiB", 10)


def _work(turns: int) -> Work:
    return Work(lambda: asyncio.run(_go(looping_agent(turns))), per=turns + 1)


async def _go(made: Agent) -> None:
    await made.prompt("go")


def _idle_kib(shared: AgentTool) -> float:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    agents = [Agent(model=Model(id="m"), tools=[shared]) for _ in range(IDLE_AGENTS)]
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held / len(agents) / 1024
