"""Agents in plain code: a background event loop behind blocking calls."""

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from jackfield.agent.agent import Agent
from jackfield.agent.sync import BackgroundLoop, background, iterate_sync, run_sync
from jackfield.errors import AgentBusyError, AgentRunError, StateError
from jackfield.models import Model
from jackfield.testing import Call, Error, ScriptedProvider, Wait
from jackfield.tools import AgentTool

MODEL = Model(provider="p", id="m", api="x")


def agent_of(*scripts, **options):
    return Agent(stream_fn=ScriptedProvider(*scripts).stream, model=MODEL, **options)


def run_script(code):
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_blocking_forms_give_what_the_async_forms_give():
    agent = agent_of("one", "two", "three four", "five")
    assert agent.prompt_sync("hi").content[0].text == "one"
    assert agent.prompt_text_sync("hi") == "two"
    assert list(agent.stream_text_sync("hi")) == ["three", " four"]
    kinds = [event.type for event in agent.stream_sync("hi")]
    assert (kinds[0], kinds[-1]) == ("agent_start", "agent_end")


async def test_blocking_forms_work_inside_a_running_loop():
    assert agent_of("one").prompt_text_sync("hi") == "one"


def test_failures_come_through():
    agent = agent_of(Error("down"), Error("down"))
    with pytest.raises(AgentRunError, match="down"):
        agent.prompt_text_sync("hi")
    with pytest.raises(AgentRunError, match="down"):
        list(agent.stream_text_sync("hi"))


def test_agent_may_go_from_plain_to_async_code_and_back():
    agent = agent_of("one", "two", "three")
    assert agent.prompt_text_sync("hi") == "one"
    assert asyncio.run(agent.prompt_text("hi")) == "two"
    assert agent.prompt_text_sync("hi") == "three"


def test_second_run_from_another_thread_is_refused():
    wait = Wait()
    agent = agent_of([wait, "done"])
    thread = threading.Thread(target=agent.prompt_sync, args=("hi",))
    thread.start()
    run_sync(wait.reached.wait)
    with pytest.raises(AgentBusyError):
        agent.prompt_sync("hi")
    wait.release()
    thread.join()


def test_context_variables_of_the_caller_are_seen():
    variable = contextvars.ContextVar("variable", default="unset")

    async def read():
        return variable.get()

    variable.set("set")
    assert run_sync(read) == "set"


def test_blocking_call_on_the_background_loop_is_refused():
    async def wrong():
        return agent_of("never").prompt_text_sync("hi")

    with pytest.raises(StateError, match="it would wait for itself"):
        run_sync(wrong)


def test_plain_tool_may_use_another_agent():
    inner = agent_of("inner")

    def ask(*_):
        return inner.prompt_text_sync("hi")

    outer = agent_of([Call("ask", id="t1")], "outer", tools=[AgentTool(name="ask", execute=ask)])
    assert outer.prompt_text_sync("hi") == "outer"
    assert outer.state.messages[2].content[0].text == "inner"


def test_leaving_a_text_stream_early_aborts_the_run():
    agent = agent_of(["one", Wait()])
    texts = agent.stream_text_sync("hi")
    assert next(texts) == "one"
    texts.close()
    assert not agent.state.is_streaming
    assert agent.state.messages[-1].stop_reason == "aborted"


def test_dropping_a_stream_aborts_the_run():
    agent = agent_of(["one", Wait()])
    for _ in agent.stream_sync("hi"):
        break
    assert not agent.state.is_streaming


def test_event_stream_waits_for_its_consumer():
    provider = ScriptedProvider([Call("none")], "two")
    agent = Agent(stream_fn=provider.stream, model=MODEL)
    for event in agent.stream_sync("hi"):
        if event.type == "turn_end":
            time.sleep(0.01)  # the loop could run ahead meanwhile, and must not
            assert len(provider.requests) == 1 + (not event.tool_results)


def test_iteration_is_ahead_by_the_limit_at_most():
    made = []

    async def numbers():
        for number in range(100):
            made.append(number)
            yield number

    behind = [len(made) - number for number in iterate_sync(numbers, ahead=8)]
    assert len(behind) == 100
    assert max(behind) <= 8


def test_abort_from_another_thread_ends_a_blocking_call():
    wait = Wait()
    agent = agent_of([wait, "never"])

    def abort():
        run_sync(wait.reached.wait)
        agent.abort()

    thread = threading.Thread(target=abort)
    thread.start()
    assert agent.prompt_sync("hi").stop_reason == "aborted"
    thread.join()


def test_agent_is_a_plain_context_manager():
    closed = []

    async def close():
        closed.append(threading.current_thread().name)

    with agent_of("one") as agent:
        agent.on_close(close)
        assert agent.prompt_text_sync("hi") == "one"
    assert closed == ["jackfield sync"]


def interrupt_when(wait):
    """Press Ctrl-C as soon as the answer has come so far."""

    def press():
        run_sync(wait.reached.wait)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def test_ctrl_c_cleans_up_and_goes_through():
    wait = Wait()
    agent = agent_of(["one", wait, "never"])
    thread = interrupt_when(wait)
    with pytest.raises(KeyboardInterrupt):
        agent.prompt_sync("hi")
    thread.join()
    assert not agent.state.is_streaming
    assert agent.state.messages[-1].stop_reason == "aborted"
    assert agent.state.messages[-1].content[0].text == "one"


def test_ctrl_c_that_does_not_end_the_wait_is_noticed():
    """As when it comes right before the wait begins; here another thread gets the signal."""
    wait = Wait()
    agent = agent_of(["one", wait, "never"])
    thread = interrupt_when(wait)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with pytest.raises(KeyboardInterrupt):
            agent.prompt_sync("hi")
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    thread.join()
    assert not agent.state.is_streaming


def test_ctrl_c_in_a_text_stream_cleans_up_and_goes_through():
    wait = Wait()
    agent = agent_of(["one", wait, "never"])
    thread = interrupt_when(wait)
    with pytest.raises(KeyboardInterrupt):
        list(agent.stream_text_sync("hi"))
    thread.join()
    assert not agent.state.is_streaming


def test_exit_request_of_a_tool_does_not_end_the_background_loop():
    async def leaves(*_):
        raise SystemExit(3)

    agent = agent_of(
        [Call("leaves", id="t1")], "on", tools=[AgentTool(name="leaves", execute=leaves)]
    )
    agent.prompt_sync("hi")
    assert agent_of("still here").prompt_text_sync("hi") == "still here"


def test_loop_can_be_closed_and_started_again():
    loop = BackgroundLoop()
    first = loop.running()
    loop.close()
    loop.close()
    assert first.is_closed()
    assert loop.running() is not first
    loop.close()


def test_program_ends_quietly_with_work_under_way():
    out = run_script(
        """
        import asyncio, contextlib, threading
        from jackfield.agent.agent import Agent
        from jackfield.testing import ScriptedProvider, Wait
        from jackfield.agent.sync import run_sync
        wait = Wait()
        agent = Agent(stream_fn=ScriptedProvider(["one", wait]).stream, model="p:m")

        def ask():
            with contextlib.suppress(asyncio.CancelledError):
                agent.prompt_sync("hi")

        threading.Thread(target=ask, daemon=True).start()
        run_sync(wait.reached.wait)
        texts = Agent(stream_fn=ScriptedProvider("a b c").stream, model="p:m").stream_text_sync("x")
        print(next(texts))
        """
    )
    assert out == "a\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_has_a_loop_of_its_own():
    out = run_script(
        """
        import os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking a process with threads
        from jackfield.agent.agent import Agent
        from jackfield.testing import ScriptedProvider
        agent = Agent(stream_fn=ScriptedProvider("parent", "child").stream, model="p:m")
        print(agent.prompt_text_sync("hi"), flush=True)
        child = os.fork()
        if child == 0:
            print(agent.prompt_text_sync("hi"), flush=True)
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        """
    )
    assert out == "parent\nchild\n"


def test_one_loop_serves_the_whole_process():
    assert background.running() is background.running()
