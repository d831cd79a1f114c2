"""How streams end early: close, cancel, exit, fork, Ctrl-C. Source: spec/alchemy.md, 4 and 8.6."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import alchemy_llm_py
import pytest
from support.binding import all_events, all_records, types

from jackfield.testing import Hold, LoopbackServer, sse, sse_reply

TEXT = [sse.text_chunk("Hel"), sse.text_chunk("lo"), sse.finish_chunk("stop"), sse.DONE]

ENDS = {
    "close": lambda stream: stream.close(),
    "cancel": lambda stream: stream.cancel(),
    "exit of with": lambda stream: stream.__exit__(None, None, None),
}


@pytest.fixture
def held(server):
    """Give the hold of an answer that stops after its first delta."""
    hold = Hold()
    server.default = sse_reply([TEXT[0], hold, *TEXT[1:]])
    yield hold
    hold.release()


def begun(model, context, **options):
    """Return a stream whose first delta was read."""
    stream = alchemy_llm_py.openai_completions_stream(model, context, options)
    while stream.next_event(partial=False)["type"] != "text_delta":
        pass
    return stream


def assert_closed(server):
    assert server.requests[0].over.wait_blocking()
    assert server.requests[0].outcome == "client closed"


@pytest.mark.parametrize("engine", ["own", "crate"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
@pytest.mark.usefixtures("held")
def test_ended_stream_closes_its_connection(server, model, context, end, engine):
    stream = begun(model, context, engine=engine)
    end(stream)
    assert_closed(server)
    end(stream)
    end(stream)


@pytest.mark.parametrize("engine", ["own", "crate"])
@pytest.mark.usefixtures("held")
def test_forgotten_stream_closes_its_connection(server, model, context, engine):
    stream = begun(model, context, engine=engine)
    del stream
    assert_closed(server)


@pytest.mark.parametrize("engine", ["own", "crate"])
def test_close_before_the_head_of_the_answer_ends_the_request(server, model, context, engine):
    hold = Hold()
    server.default = sse_reply([hold], framing="raw")
    stream = alchemy_llm_py.openai_completions_stream(model, context, {"engine": engine})
    assert hold.reached.wait_blocking()
    stream.close()
    assert_closed(server)


@pytest.mark.usefixtures("held")
def test_cancelled_stream_ends_with_what_it_has(model, context):
    stream = begun(model, context)
    stream.cancel()
    [event] = all_events(stream)
    assert (event["type"], event["reason"]) == ("error", "aborted")
    assert event["error"]["stop_reason"] == "aborted"
    assert event["error"]["error_message"]
    assert event["error"]["content"][0]["text"] == "Hel"
    assert stream.result() == event["error"]


@pytest.mark.usefixtures("held")
def test_closed_stream_gives_nothing_more(model, context):
    stream = begun(model, context)
    stream.close()
    assert stream.next_event() is None
    assert stream.drain() is None
    assert stream.next_batch() is None
    with pytest.raises(OSError, match="over"):
        stream.fileno()
    with pytest.raises(RuntimeError, match="closed"):
        stream.result()


@pytest.mark.parametrize("engine", ["own", "crate"])
@pytest.mark.usefixtures("held")
def test_cancel_wakes_whoever_waits(model, context, engine):
    stream, found = begun(model, context, engine=engine), []
    waiting = threading.Thread(target=lambda: found.append(stream.next_event()))
    waiting.start()
    stream.cancel()
    waiting.join(timeout=10)
    assert found[0]["reason"] == "aborted"


@pytest.mark.usefixtures("held")
def test_cancel_makes_the_descriptor_readable(open_stream):
    stream = open_stream()
    stream.fileno()
    while stream.next_batch()[-1][0] != alchemy_llm_py.TEXT_DELTA:
        pass
    stream.cancel()
    [record] = stream.drain()
    assert record[:2] == (alchemy_llm_py.ERROR, "aborted")


def test_cancel_after_the_end_changes_nothing(server, open_stream):
    server.add(sse_reply([b"".join(TEXT)], framing="length"))
    stream = open_stream()
    result = stream.result()
    stream.cancel()
    assert all_records(stream)[-1][0] == alchemy_llm_py.DONE
    assert stream.result() == result


@pytest.mark.parametrize("reply", [sse_reply(TEXT), sse_reply([b"".join(TEXT)], framing="length")])
def test_stream_that_was_read_to_its_end_leaves_its_connection(server, open_stream, reply):
    server.default = reply
    for _ in range(20):
        all_records(open_stream())
    assert server.connections <= 2  # one, unless the server is slow to end its answer


def run(code, *arguments, **options):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=30, check=False, **options
    )


OPEN = """
import sys, threading, os, signal, time
import alchemy_llm_py
model = {"id": "m", "base_url": sys.argv[1]}
context = {"messages": [{"role": "user", "content": "hi"}]}
"""
WAITING = """
stream = alchemy_llm_py.openai_completions_stream(model, context)
for _ in range(3):
    stream.next_event()
thread = threading.Thread(target=stream.next_event)
thread.start()
print("begun", flush=True)
"""
THREADS = """
def threads():
    tasks = [f"/proc/self/task/{task}/comm" for task in os.listdir("/proc/self/task")]
    names = [open(task, encoding="utf-8").read().strip() for task in tasks]
    return [name for name in names if name.startswith("alchemy-llm")]
"""
CROWD = """
import atexit
atexit.register(lambda: print([name for name in threads() if name.startswith("alchemy-llm-c")]))
streams = []
for _ in range(40):
    stream = alchemy_llm_py.openai_completions_stream(model, context, {"engine": "crate"})
    streams.append(stream)
streams[0].next_event()
"""
COUNTED = """
alchemy_llm_py.openai_completions_stream(model, context).result()
print(len(threads()))
"""
INTERRUPTED = """
begin = time.monotonic()
threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
try:
    alchemy_llm_py.collect_openai_completions(model, context)
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - begin < 5)
"""
FORKED = """
stream = alchemy_llm_py.openai_completions_stream(model, context)
for _ in range(3):
    stream.next_event()
child = os.fork()
if not child:
    event = stream.next_event()
    assert event["type"] == "error" and "fork" in event["error"]["error_message"], event
    assert stream.next_event() is None and stream.drain() is None
    assert stream.result()["stop_reason"] == "error"
    own = alchemy_llm_py.openai_completions_stream(model, context)
    assert own.next_event()["type"] == "start"
    own.close()
    del stream
    os._exit(0)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0
stream.cancel()
print([event["type"] for event in iter(stream.next_event, None)])
"""


@pytest.mark.usefixtures("held")
def test_thread_that_waits_does_not_delay_the_exit(server):
    found = run(OPEN + WAITING, server.url)
    assert (found.returncode, found.stdout, found.stderr) == (0, "begun\n", "")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="nobody lists threads")
@pytest.mark.usefixtures("held")
def test_threads_of_the_crate_are_over_before_the_exit(server):
    """Else one of them uses OpenSSL while the exit takes it away, and crashes."""
    found = run(OPEN + THREADS + CROWD, server.url)
    assert (found.returncode, found.stdout, found.stderr) == (0, "[]\n", "")


@pytest.mark.usefixtures("held")
def test_ctrl_c_ends_a_blocking_call(server):
    found = run(OPEN + INTERRUPTED, server.url)
    assert (found.stdout, found.stderr) == ("interrupted True\n", "")
    assert_closed(server)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
@pytest.mark.usefixtures("held")
def test_fork_leaves_parent_and_child_with_working_streams(server):
    found = run(OPEN + FORKED, server.url)
    assert (found.stdout, found.stderr) == ("['error']\n", "")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="nobody lists threads")
def test_number_of_threads_is_that_of_the_environment():
    code = OPEN + THREADS + COUNTED
    with LoopbackServer(default=sse_reply(TEXT)) as server:
        for number in ("1", "3"):
            environ = os.environ | {"ALCHEMY_LLM_PY_THREADS": number}
            assert run(code, server.url, env=environ).stdout == f"{number}\n"


@pytest.mark.usefixtures("held")
def test_events_end_with_the_with_block(server, model, context):
    with alchemy_llm_py.openai_completions_stream(model, context) as stream:
        assert types([stream.next_event()]) == ["start"]
    assert_closed(server)
