"""Streams that emit exactly what they are given, and moments."""

import asyncio
import threading

import pytest

from jackfield.contracts import AssistantStream
from jackfield.errors import ProviderError
from jackfield.events import DoneEvent, StartEvent
from jackfield.messages import AssistantMessage
from jackfield.testing import Moment, raw_stream


async def test_events_come_out_as_they_are_legal_or_not():
    message = AssistantMessage()
    done = DoneEvent("stop", message)
    stream = raw_stream([done, "nonsense", None, StartEvent(message), done])
    assert isinstance(stream, AssistantStream)
    assert [event async for event in stream] == [done, "nonsense", None, StartEvent(message), done]
    assert await stream.result() is message
    assert stream.closed


async def test_lists_are_batches():
    batches = [batch async for batch in raw_stream([["a", "b"], "c", []]).batches()]
    assert batches == [["a", "b"], ["c"], []]


async def test_exceptions_are_raised_in_their_place():
    stream = raw_stream(["a", ProviderError("broken")])
    assert await anext(stream) == "a"
    with pytest.raises(ProviderError, match="broken"):
        await anext(stream)


async def test_the_result_may_be_given_missing_or_an_error():
    message = AssistantMessage()
    assert await raw_stream([], result=message).result() is message
    with pytest.raises(RuntimeError, match="no final message"):
        await raw_stream(["a"]).result()
    with pytest.raises(ProviderError):
        await raw_stream([], result=ProviderError("no")).result()


async def test_leaving_closes():
    async with raw_stream(["a", "b"]) as stream:
        assert await anext(stream) == "a"
    assert stream.closed
    assert [event async for event in stream] == []


async def test_a_moment_wakes_every_loop_and_thread():
    moment, woken = Moment(), []

    def elsewhere():
        asyncio.run(moment.wait())
        woken.append(True)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    waiting = asyncio.gather(moment.wait(), moment.wait())
    await asyncio.sleep(0)
    moment.set()
    moment.set()
    await waiting
    await asyncio.to_thread(thread.join)
    assert woken == [True]
    assert moment.is_set()
    assert moment.wait_blocking(0)
    await moment.wait()


async def test_a_moment_may_be_given_up():
    moment = Moment()
    waiting = asyncio.ensure_future(moment.wait())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    moment.set()
    assert not Moment().wait_blocking(0.001)
