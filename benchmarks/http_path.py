"""The whole path of a token, from the socket to the caller, against the floors.

Each figure is a ratio of CPU times that were measured in turn in one process; the server is
another process. Budgets: the columns `openai` and `alchemy` of the design; `alchemy` is measured
where its Rust binding is installed, and the CPU of all threads counts.
"""

import asyncio
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec

from benchmarks.floors import Raw, Socket
from benchmarks.measure import Row
from benchmarks.server import running
from jackfield import Agent, AgentEvent, Kernel, tool
from jackfield.kernel.feed import SinkFeed

Scenario = Callable[[], Awaitable[object]]
Maker = Callable[[str], Agent]
"""Makes an agent for a model of the server."""

BUDGETS: dict[str, dict[str, float]] = {
    "openai": {"batched": 3.0, "framed": 1.6, "paced": 1.6, "many": 1.5},
    "alchemy": {"batched": 2.0, "framed": 1.0, "paced": 1.0, "many": 1.0},
}


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Nothing:
    """A sink that only takes what it is given."""

    async def handle(self, events: Sequence[AgentEvent]) -> None:
        """Take the events."""

    async def aclose(self) -> None:
        """Do nothing."""


def rows(*, rounds: int) -> Iterator[Row]:
    """Measure streams, concurrent streams, tool loops and short calls over HTTP."""
    with running() as url:
        yield from asyncio.run(_all(url, rounds))


def providers() -> list[str]:
    """Return the providers that can be measured here."""
    has_binding = find_spec("alchemy_llm_py") and find_spec("jackfield_alchemy")
    return ["openai", "alchemy"] if has_binding else ["openai"]


async def _all(url: str, rounds: int) -> list[Row]:
    names = providers()
    config = {
        "providers": {name: {"base_url": url, "auth": "key"} for name in names},
        "auth": {"key": {"use": "static", "value": "x"}},
    }
    async with Raw(url) as raw, Socket(url) as bare, Kernel.from_config(config) as kernel:

        def agent(name: str, model: str) -> Agent:
            provider, named = kernel.resolve_model(f"{name}:{model}")
            return Agent(model=named, stream_fn=provider.stream, tools=[add])

        makers = {name: partial(agent, name) for name in names}
        found = await _streams(raw, bare, makers, rounds)
        for name, maker in makers.items():
            found += await _growth(name, maker, rounds)
            found += await _loops(name, raw, maker, rounds)
            found += await _short(name, raw, maker, rounds)
            found += await _sinks(name, maker, rounds)
            found.append(await _memory(name, maker))
        # Last: each request looks at all idle connections of its pool, and these leave many.
        return found + await _many(raw, makers, rounds)


async def _streams(raw: Raw, bare: Socket, makers: Mapping[str, Maker], rounds: int) -> list[Row]:
    found = []
    for form in ("batched", "framed", "paced"):
        count = 2_000 if form == "paced" else 20_000
        model = f"{form}-{count}"
        scenarios: dict[str, Scenario] = {"raw": partial(raw.text, model)}
        scenarios |= {name: partial(_said, maker, model) for name, maker in makers.items()}
        if form == "batched":
            scenarios["socket"] = partial(bare.text, model)
        cpu = await _in_turn(scenarios, rounds)
        if "socket" in cpu:
            found.append(Row("socket floor, batched, per delta", cpu["socket"] / count, "us"))
        found.append(Row(f"raw floor, {form}, per delta", cpu["raw"] / count, "us"))
        for name in makers:
            found += [
                Row(f"`{name}`, {form}, per delta", cpu[name] / count, "us"),
                Row("... / raw", cpu[name] / cpu["raw"], "x", BUDGETS[name][form]),
            ]
    return found


async def _growth(name: str, agent: Maker, rounds: int) -> list[Row]:
    cpu = await _in_turn(
        {
            "few": lambda: _text(agent("batched-2000")),
            "many": lambda: _text(agent("batched-100000")),
        },
        max(3, rounds // 3),
    )
    growth = (cpu["many"] / 100_000) / (cpu["few"] / 2_000)
    return [Row(f"`{name}`, growth: per delta at 100,000 / at 2,000", growth, "x", 1.15)]


async def _many(raw: Raw, makers: Mapping[str, Maker], rounds: int) -> list[Row]:
    async def floor() -> None:
        await asyncio.gather(*(raw.text("batched-500") for _ in range(100)))

    async def ours(agent: Maker) -> None:
        await asyncio.gather(*(_text(agent("batched-500")) for _ in range(100)))

    scenarios: dict[str, Scenario] = {"raw": floor}
    scenarios |= {name: partial(ours, maker) for name, maker in makers.items()}
    cpu = await _in_turn(scenarios, max(3, rounds // 3))
    return [
        Row(
            f"`{name}`, 100 streams of 500 deltas / raw",
            cpu[name] / cpu["raw"],
            "x",
            BUDGETS[name]["many"],
        )
        for name in makers
    ]


async def _loops(name: str, raw: Raw, agent: Maker, rounds: int) -> list[Row]:
    found = []
    for turns in (1, 10, 50, 200):
        model = f"tools-{turns}"
        cpu = await _in_turn(
            {
                "raw": partial(raw.tool_loop, model),
                "ours": partial(_turns, agent, model),
            },
            max(3, rounds // 3),
        )
        found += [
            Row(f"`{name}`, tool loop of {turns} turns, per call", cpu["ours"] / (turns + 1), "us"),
            Row(
                "... / raw",
                cpu["ours"] / cpu["raw"],
                "x",
                1.0 if turns >= 50 else None,
            ),
        ]
    cpu = await _in_turn(
        {
            "raw": lambda: raw.tool_loop("parallel-32"),
            "ours": lambda: agent("parallel-32").prompt("go"),
        },
        rounds,
    )
    found.append(Row(f"`{name}`, 32 parallel calls / raw", cpu["ours"] / cpu["raw"], "x"))
    return found


async def _short(name: str, raw: Raw, agent: Maker, rounds: int) -> list[Row]:
    warm = agent("batched-10")

    async def ours() -> None:
        for _ in range(20):
            warm.clear_messages()
            await warm.prompt("go")

    async def floor() -> None:
        for _ in range(20):
            await raw.text("batched-10")

    cpu = await _in_turn({"raw": floor, "ours": ours}, rounds)
    return [
        Row(f"`{name}`, short warm call", cpu["ours"] / 20, "us"),
        Row("... / raw", cpu["ours"] / cpu["raw"], "x", 1.3),
    ]


async def _sinks(name: str, agent: Maker, rounds: int) -> list[Row]:
    async def sunk() -> None:
        made = agent("batched-20000")
        feeds = [SinkFeed(Nothing(), name=f"sink{number}") for number in range(3)]
        for feed in feeds:
            made.subscribe_batches(feed.push_all)
        await _text(made)
        for feed in feeds:
            await feed.aclose()

    cpu = await _in_turn(
        {"with": sunk, "without": lambda: _text(agent("batched-20000"))}, max(3, rounds // 3)
    )
    return [Row(f"`{name}`, three sinks attached / none", cpu["with"] / cpu["without"], "x", 1.5)]


async def _memory(name: str, agent: Maker) -> Row:
    made = agent("batched-20000")
    await _text(agent("batched-20000"))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    held = 0
    async for event in made.stream("go"):
        if event.type == "message_end":
            held = max(held, tracemalloc.get_traced_memory()[0] - before)
    tracemalloc.stop()
    return Row(f"`{name}`, memory held at the end / the text itself", held / (20_000 * 4), "x", 2)


async def _said(agent: Maker, model: str) -> None:
    await _text(agent(model))


async def _turns(agent: Maker, model: str) -> None:
    await agent(model).prompt("go")


async def _text(agent: Agent) -> None:
    async for _ in agent.stream_text("go"):
        pass


async def _in_turn(scenarios: Mapping[str, Scenario], rounds: int) -> dict[str, float]:
    """Return each scenario's median CPU in microseconds; they take turns."""
    seen: dict[str, list[float]] = {name: [] for name in scenarios}
    for scenario in scenarios.values():
        await scenario()
    for _ in range(rounds):
        for name, scenario in scenarios.items():
            started = time.process_time_ns()
            await scenario()
            seen[name].append((time.process_time_ns() - started) / 1000)
    return {name: statistics.median(values) for name, values in seen.items()}
