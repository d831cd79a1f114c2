"""Flushing a kernel: the sinks have what happened while the loop may stand still."""

import asyncio

from jackfield.kernel.kernel import Kernel

TABLE = {"agents": {"default": {"model": "echo:m", "sinks": ["count", "slow"]}}}
SLOW = {"sinks": {"slow": {"use": "count"}}}


def _hold_back(sink, gate):
    """Let a sink wait for the gate before it takes its events."""
    take = sink.handle

    async def handle(events):
        await gate.wait()
        await take(events)

    sink.handle = handle


async def test_flush_waits_until_every_sink_has_its_events(panel):
    async with Kernel.from_config(TABLE | SLOW) as kernel:
        agent = kernel.agent()
        gate = asyncio.Event()
        sinks = [thing for thing in panel.made if thing.kind == "sink"]
        _hold_back(sinks[1], gate)
        await agent.prompt("x")
        asyncio.get_running_loop().call_soon(gate.set)
        assert await kernel.flush()
        assert [sink.events[-1].type for sink in sinks] == ["agent_end", "agent_end"]


async def test_flush_gives_up_on_a_stuck_sink_which_goes_on_later(panel):
    async with Kernel.from_config(TABLE | SLOW) as kernel:
        agent = kernel.agent()
        gate = asyncio.Event()
        sinks = [thing for thing in panel.made if thing.kind == "sink"]
        _hold_back(sinks[1], gate)
        await agent.prompt("x")
        assert not await kernel.flush(timeout_s=0.01)
        assert sinks[0].events[-1].type == "agent_end"
        assert sinks[1].events == []
        gate.set()
        assert await kernel.flush()
        assert sinks[1].events[-1].type == "agent_end"


async def test_flush_without_sinks_and_after_closing_has_nothing_to_wait_for(panel):
    kernel = Kernel.from_config(TABLE | SLOW)
    assert await kernel.flush()
    await kernel.agent().prompt("x")
    await kernel.aclose()
    assert await kernel.flush()
