"""Closing a kernel: reverse order, everything, once, in the right loop."""

import asyncio
import gc
import weakref

import pytest

from jackfield.errors import JackfieldError, StateError
from jackfield.kernel.kernel import Kernel

TABLE = {
    "agents": {"default": {"model": "echo:m", "tools": ["web"], "sinks": ["count"]}},
    "providers": {"echo": {"auth": "badge", "transport": "wire"}},
}


async def test_everything_is_closed_in_reverse_order_of_opening(panel):
    kernel = Kernel.from_config(TABLE)
    await kernel.agent().prompt("x")
    await kernel.aclose()
    assert panel.diary[-4:] == [
        "close sink count",
        "close provider echo",
        "close transport wire",
        "close auth badge",
    ]
    await kernel.aclose()
    assert len([line for line in panel.diary if line.startswith("close")]) == 4


async def test_failing_closes_do_not_stop_the_others(panel, caplog):
    kernel = Kernel.from_config(
        {
            "providers": {
                "one": {"use": "echo"},
                "broken-a": {"use": "echo"},
                "two": {"use": "echo"},
                "broken-b": {"use": "echo"},
            }
        }
    )
    for name in ("one", "broken-a", "two", "broken-b"):
        kernel.provider(name)
    with pytest.raises(JackfieldError) as caught:
        await kernel.aclose()
    assert panel.diary[4:] == [
        "close provider broken-b",
        "close provider two",
        "close provider broken-a",
        "close provider one",
    ]
    assert "provider 'broken-b': broken-b is stuck; provider 'broken-a'" in str(caught.value)
    assert len(caught.value.__cause__.exceptions) == 2
    assert caplog.text.count("failed to close") == 2
    await kernel.aclose()


async def test_one_failing_close_is_the_cause(panel):
    kernel = Kernel.from_config({"auth": {"broken": {"use": "badge"}}})
    kernel.auth("broken")
    with pytest.raises(JackfieldError, match="auth 'broken': broken is stuck") as caught:
        await kernel.aclose()
    assert isinstance(caught.value.__cause__, RuntimeError)


async def test_error_in_the_body_is_not_hidden_by_a_failing_close(panel):
    async def body():
        async with Kernel.from_config({"auth": {"broken": {"use": "badge"}}}) as kernel:
            kernel.auth("broken")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await body()
    assert panel.diary[-1] == "close auth broken"


async def test_hanging_close_is_given_up(panel, monkeypatch):
    monkeypatch.setattr("jackfield.kernel.opened.CLOSE_TIMEOUT_S", 0.05)
    kernel = Kernel.from_config({})

    async def hang():
        await asyncio.Event().wait()

    kernel.provider("echo")
    kernel.auth("badge").aclose = hang
    kernel.opened._closers[2] = ("auth 'badge'", hang)
    with pytest.raises(JackfieldError, match=r"auth 'badge': no answer within 0\.05 seconds"):
        await kernel.aclose()
    assert panel.diary[-1] == "close provider echo"


async def test_cancelled_close_still_closes_the_rest(panel):
    kernel = Kernel.from_config({})
    entered = asyncio.Event()

    async def wait():
        entered.set()
        await asyncio.Event().wait()

    kernel.provider("echo")
    kernel.opened.close_later("a slow one", type("Slow", (), {"aclose": staticmethod(wait)}))
    closing = asyncio.create_task(kernel.aclose())
    await entered.wait()
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert panel.diary[-1] == "close provider echo"


async def test_agent_closes_its_own_sinks(panel):
    async with Kernel.from_config(TABLE) as kernel:
        agent = kernel.agent()
        await agent.prompt("x")
        await agent.aclose()
        assert panel.diary[-1] == "close sink count"
        assert [report.delivered for report in kernel.close_reports] == [11]
        await kernel.agent().prompt("x")
    assert panel.diary.count("close sink count") == 2
    assert [report.delivered for report in kernel.close_reports] == [11, 11]
    assert all(report.complete for report in kernel.close_reports)


async def test_closed_agents_are_forgotten(panel):
    async with Kernel.from_config(TABLE) as kernel:
        kernel.provider("echo")
        held = len(kernel.opened._closers)
        agent = kernel.agent()
        await agent.aclose()
        dead = weakref.ref(agent)
        del agent
        gc.collect()
        assert dead() is None
        assert len(kernel.opened._closers) == held


async def test_sinks_of_a_lost_agent_are_closed_with_the_kernel(panel):
    async with Kernel.from_config(TABLE) as kernel:
        await kernel.agent().prompt("x")
        gc.collect()
    assert panel.diary.count("close sink count") == 1
    assert [report.delivered for report in kernel.close_reports] == [11]


async def test_active_run_is_aborted_and_its_last_events_reach_the_sink(panel):
    from jackfield.testing.script import Text, Wait

    kernel = Kernel.from_config(TABLE)
    agent = kernel.agent()
    kernel.provider("echo").add([Text("begun"), Wait(asyncio.Event())])
    started = asyncio.Event()
    agent.subscribe(lambda event: started.set() if event.type == "message_update" else None)
    run = asyncio.create_task(agent.prompt("x"))
    await started.wait()
    await kernel.aclose()
    assert (await run).stop_reason == "aborted"
    (sink,) = [thing for thing in panel.made if thing.kind == "sink"]
    assert sink.events[-1].reason == "aborted"


def test_kernel_in_a_second_loop_is_refused(panel):
    kernel = Kernel.from_config(TABLE)
    agent = kernel.agent()
    assert asyncio.run(agent.prompt_text("x")) == "hello"
    message = asyncio.run(agent.prompt("x"))
    assert "belongs to another event loop" in message.error_message
    asyncio.run(kernel.aclose())
    assert panel.diary[-1] == "close auth badge"


def test_plain_code_uses_and_closes_a_kernel(panel):
    with Kernel.from_config(TABLE) as kernel:
        assert kernel.agent().prompt_text_sync("x") == "hello"
    assert panel.diary[-1] == "close auth badge"
    assert kernel.close_reports[0].complete
    with pytest.raises(StateError), kernel:
        pass


async def test_kernel_of_the_background_loop_is_closed_there(panel):
    kernel = Kernel.from_config(TABLE)
    assert kernel.agent().prompt_text_sync("x") == "hello"
    await kernel.aclose()
    assert panel.diary[-1] == "close auth badge"
    assert [report.delivered for report in kernel.close_reports] == [11]


async def test_closed_kernel_cannot_be_entered():
    kernel = Kernel.from_config({})
    await kernel.aclose()
    with pytest.raises(StateError):
        async with kernel:
            pass
