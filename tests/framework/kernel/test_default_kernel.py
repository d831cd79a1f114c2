"""`Agent(model="provider:id")`: one default kernel per event loop, closed with it."""

import asyncio
import gc
import weakref

import pytest

from jackfield import Agent
from jackfield.contracts import resolver_slot
from jackfield.errors import PluginNotFoundError
from jackfield.kernel.default_kernel import DefaultResolver


@pytest.fixture(autouse=True)
def _fresh_resolver(monkeypatch):
    """The kernel of the background loop lasts as long as the process; each test has its own."""
    make_kernel = resolver_slot.default._make_kernel
    monkeypatch.setattr(resolver_slot, "default", DefaultResolver(make_kernel))


def closes(panel):
    return [line for line in panel.diary if line.startswith("close")]


def held_loops():
    """Return the loops that the resolver knows, without the running one of `*_sync` calls."""
    resolver = resolver_slot.default
    assert resolver._kernels.keys() == resolver._guards.keys()
    return [loop for loop in resolver._kernels if not loop.is_running()]


def test_successive_runs_work_and_leave_nothing(panel):
    loops = []

    async def main():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        agent = Agent(model="echo:x", tools=["web"])
        assert await agent.prompt_text("hi") == "hello"
        assert [tool.name for tool in agent.state.tools] == ["search", "fetch"]

    for number in (1, 2, 3):
        asyncio.run(main())
        assert closes(panel) == ["close provider echo"] * number
        assert not held_loops()
    panel.made.clear()  # the scripted provider keeps its streams, and they their loop
    gc.collect()
    assert [loop() for loop in loops] == [None, None, None]


def test_agents_of_one_loop_share_a_kernel(panel):
    async def main():
        await asyncio.gather(*[Agent(model="echo:x").prompt("hi") for _ in range(5)])

    asyncio.run(main())
    assert panel.diary.count("open provider echo") == 1
    assert closes(panel) == ["close provider echo"]


def test_kernel_is_closed_when_main_fails(panel):
    async def main():
        await Agent(model="echo:x").prompt("hi")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    assert closes(panel) == ["close provider echo"]


def test_loop_that_was_closed_rudely_is_forgotten(panel):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(Agent(model="echo:x").prompt("hi"))
    loop.close()
    assert held_loops() == [loop]

    async def main():
        await Agent(model="echo:x").prompt("hi")

    asyncio.run(main())
    assert not held_loops()


def test_same_agent_works_in_two_loops(panel):
    agent = Agent(model="echo:x")
    assert asyncio.run(agent.prompt_text("a")) == "hello"
    assert asyncio.run(agent.prompt_text("b")) == "hello"


async def test_sync_calls_inside_a_running_loop_have_their_own_kernel(panel):
    agent = Agent(model="echo:x")
    assert agent.prompt_text_sync("a") == "hello"
    assert await agent.prompt_text("b") == "hello"


def test_default_kernel_reads_the_files(panel, tmp_path, monkeypatch):
    (tmp_path / "jackfield.toml").write_text(
        '[providers.fast]\nuse = "echo"\nport = 9\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    asyncio.run(Agent(model="fast:x").prompt("a"))
    assert panel.made[0].settings.port == 9


def test_unknown_provider_is_told(panel):
    with pytest.raises(PluginNotFoundError, match="nobody"):
        asyncio.run(Agent(model="nobody:x").prompt("a"))
