"""The contract suite of providers: right ones pass, each faulty one is caught."""

import asyncio

import pytest
from support.faulty_providers import (
    BEHAVIOUR_FAULTS,
    EVENT_FAULTS,
    EVERYTHING,
    RaisesInStream,
    WrongEvents,
)

from jackfield.models import Model, ModelInfo
from jackfield.stream import AnswerStream
from jackfield.testing import (
    Error,
    Hold,
    LoopbackServer,
    ProviderContract,
    ScriptedProvider,
    run_suite,
    sse,
    sse_reply,
)


def scripted(**settings):
    return ScriptedProvider(default=EVERYTHING, **settings)


class TestScripted(ProviderContract):
    @pytest.fixture
    def provider(self):
        return scripted()

    @pytest.fixture
    def failing_provider(self):
        return ScriptedProvider(default=Error("no such host"))


class TestScriptedInBigBatches(ProviderContract):
    @pytest.fixture
    def provider(self):
        return scripted(batch=1000)

    @pytest.fixture
    def failing_provider(self):
        return ScriptedProvider(default=ValueError("odd"), batch=1000)


class Spoken:
    """A provider that reads from a loopback server, as real ones do."""

    name = "spoken"

    def __init__(self, url):
        self.address = url.removeprefix("http://").split(":")

    async def models(self):
        return [ModelInfo(id="a")]

    async def aclose(self):
        pass

    def stream(self, model, context, options):
        return AnswerStream(Model(provider="spoken", id=model.id, api="lines"), self._read)

    async def _read(self, answer):
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            writer.write(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            while line := await reader.readline():
                if line.startswith(b"data:"):
                    answer.text(line.decode().strip())
                    yield
            answer.finish()
        finally:
            writer.close()
            await writer.wait_closed()


class TestOverTheLoopbackServer(ProviderContract):
    @pytest.fixture
    async def server(self):
        async with LoopbackServer(default=sse_reply(sse.chat_stream("Hello world"))) as server:
            yield server

    @pytest.fixture
    def provider(self, server):
        return Spoken(server.url)

    @pytest.fixture
    async def failing_provider(self):
        async with LoopbackServer() as server:
            url = server.url
        return Spoken(url)


class Impatient(ProviderContract):
    limit_s = 0.05


async def failures(make, **fixtures):
    before = asyncio.all_tasks()
    report = await run_suite(Impatient, provider=make, **fixtures)
    for task in asyncio.all_tasks() - before:
        task.cancel()  # what the faulty provider left behind
    return report.failed


@pytest.mark.parametrize("fault", EVENT_FAULTS.values(), ids=EVENT_FAULTS)
async def test_wrong_events_are_caught(fault):
    assert await failures(lambda: WrongEvents(fault))


@pytest.mark.parametrize("faulty", BEHAVIOUR_FAULTS)
async def test_wrong_behaviour_is_caught(faulty):
    assert await failures(faulty)


async def test_a_failure_that_is_raised_is_caught():
    failed = await failures(scripted, failing_provider=RaisesInStream)
    assert list(failed) == ["test_failures_are_events"]


async def test_a_failure_with_a_start_is_caught():
    failed = await failures(
        scripted, failing_provider=lambda: ScriptedProvider(default=["x", Error()])
    )
    assert list(failed) == ["test_failures_are_events"]


async def test_a_connection_left_open_is_caught():
    kept = []

    class KeepsTheConnection(Spoken):
        async def _read(self, answer):
            reader, writer = await asyncio.open_connection(*self.address)
            kept.append(writer)
            writer.write(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            answer.text(str(await reader.read(10)))
            yield
            answer.finish()

    async with LoopbackServer(default=sse_reply(["data: a\n\n", Hold()])) as server:
        failed = await failures(lambda: KeepsTheConnection(server.url), server=lambda: server)
    assert "test_a_closed_stream_is_over" in failed
    for writer in kept:
        writer.close()
    await asyncio.gather(*[writer.wait_closed() for writer in kept], return_exceptions=True)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("indexes-in-the-wrong-order", "g1"),
        ("nested-blocks", "g2"),
        ("calls-ended-backwards", "g3"),
        ("delta-after-end", "g4"),
        ("no-text-end", "g2"),
        ("no-call-end", "g5"),
        ("no-start", "g6"),
        ("other-reason", "g7"),
        ("no-usage", "g8"),
    ],
)
async def test_the_failing_test_names_the_rule(fault, rule):
    failed = await failures(lambda: WrongEvents(EVENT_FAULTS[fault]))
    assert any(name.startswith(f"test_{rule}_") for name in failed), list(failed)


async def test_the_right_events_cause_no_alarm():
    report = await run_suite(ProviderContract, provider=lambda: WrongEvents(list))
    assert not report.failed
