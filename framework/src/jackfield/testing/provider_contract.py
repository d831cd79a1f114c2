"""The contract suite of providers. Source: spec/agent.md, 4.2 to 4.4."""

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest

from jackfield.contracts import AssistantStream, Context, Provider, StreamOptions
from jackfield.messages import AssistantMessage
from jackfield.models import Model, ModelInfo
from jackfield.testing.context_samples import long_context, short_context
from jackfield.testing.loopback import LoopbackServer
from jackfield.testing.rules import broken, no_tasks_left, within
from jackfield.testing.stream_checks import StreamObserver
from jackfield.testing.stream_reading import read, read_batches, read_some


@pytest.mark.asyncio
class ProviderContract:
    """Checks any provider; subclass it and give the fixture `provider`.

        class TestMine(ProviderContract):
            @pytest.fixture
            async def provider(self):
                reply = sse_reply(sse.chat_stream(Thinking("hm"), "Hello", Call("clock")))
                async with LoopbackServer(default=reply) as server:
                    yield MyProvider(server.url)

    The more kinds of parts the answers have, the more is checked. Two fixtures are optional:
    `failing_provider`, whose every request fails, and `server`, the loopback server behind
    `provider`, to check that connections are closed.

    Class attributes:
        limit_s: Longest time that a single answer may take, in seconds.
    """

    limit_s: float = 30.0

    @pytest.fixture
    def provider(self) -> Provider:
        """Give the opened provider; it must answer any number of requests."""
        raise NotImplementedError("Give the fixture `provider`: see ProviderContract.")

    @pytest.fixture
    def failing_provider(self) -> Provider | None:
        """Give a provider whose every request fails before an answer begins."""
        return None

    @pytest.fixture
    def server(self) -> LoopbackServer | None:
        """Give the loopback server behind `provider`."""
        return None

    async def model(self, provider: Provider) -> Model:
        """Return the model to ask; the first of `models()` unless overridden."""
        infos = await within(self.limit_s, provider.models(), "models()")
        if not infos:
            broken("models() is empty: override `model` to say which model to ask.")
        return Model(provider=provider.name, id=infos[0].id)

    def contexts(self) -> list[Context]:
        """Return what to ask: a plain prompt, and a history with every kind of part."""
        return [short_context(), long_context()]

    async def streams(self, provider: Provider) -> AsyncIterator[AssistantStream]:
        """Yield a fresh stream for each context; each is closed afterwards."""
        model = await self.model(provider)
        for context in self.contexts():
            stream = provider.stream(model, context, StreamOptions())
            try:
                yield stream
            finally:
                await within(self.limit_s, stream.aclose(), "aclose()")

    async def observe(self, provider: Provider) -> list[StreamObserver]:
        """Read a stream for each context to its end."""
        observers = []
        async for stream in self.streams(provider):
            observer = StreamObserver(provider.name)
            await within(self.limit_s, read(stream, observer), "The stream")
            observers.append(observer)
        return observers

    async def check_rule(self, provider: Provider, *rules: str) -> None:
        """Fail if a stream breaks one of the rules."""
        for observer in await self.observe(provider):
            for rule in rules:
                if rule in observer.broken:
                    broken(f"{rule}: {observer.broken[rule]}. Events: {observer.kinds}")

    async def test_it_has_the_members_of_a_provider(self, provider: Provider) -> None:
        """A provider has `name`, `stream`, `models` and `aclose`; the name is not empty."""
        if not isinstance(provider, Provider):
            broken(f"{type(provider).__name__} lacks a member of `jackfield.contracts.Provider`.")
        name: Any = provider.name
        if not isinstance(name, str) or not name:
            broken(f"`name` is {name!r}.")

    async def test_models_are_listed(self, provider: Provider) -> None:
        """`models()` returns `ModelInfo` with ids that are not empty and unique."""
        infos: Any = await within(self.limit_s, provider.models(), "models()")
        if not isinstance(infos, list) or not all(isinstance(info, ModelInfo) for info in infos):
            broken(f"models() returned {infos!r}, not a list of ModelInfo.")
        ids = [info.id for info in infos]
        if not all(ids) or len(ids) != len(set(ids)):
            broken(f"Model ids must be unique and not empty: {ids}")

    async def test_a_stream_begins_without_work(self, provider: Provider) -> None:
        """`stream()` is a plain function; nothing runs before the first read."""
        model = await self.model(provider)
        async with no_tasks_left("stream() before the first read"):
            stream = provider.stream(model, self.contexts()[0], StreamOptions())
            if not isinstance(stream, AssistantStream):
                broken(f"stream() returned a {type(stream).__name__}, not an AssistantStream.")
        await stream.aclose()

    async def test_g1_indexes_are_positions(self, provider: Provider) -> None:
        """G1: `content_index` is the position in `content`; starts come as 0, 1, 2 ..."""
        await self.check_rule(provider, "G1")

    async def test_g2_one_text_block_at_a_time(self, provider: Provider) -> None:
        """G2: a text or thinking block ends before any other block starts."""
        await self.check_rule(provider, "G2")

    async def test_g3_calls_end_in_index_order(self, provider: Provider) -> None:
        """G3: several calls may be open; all end in index order before the terminal event."""
        await self.check_rule(provider, "G3")

    async def test_g4_nothing_after_an_end(self, provider: Provider) -> None:
        """G4: no event for a block after its end; one terminal event, and nothing after it."""
        await self.check_rule(provider, "G4")

    async def test_g5_done_means_all_blocks_ended(self, provider: Provider) -> None:
        """G5: with `done` every block has been ended, and no part is open."""
        await self.check_rule(provider, "G5")

    async def test_g6_blocks_need_a_start(self, provider: Provider) -> None:
        """G6: blocks come after `start`; an answer that never began is a bare `error`."""
        await self.check_rule(provider, "G6")

    async def test_g7_reasons_agree(self, provider: Provider) -> None:
        """G7: the terminal event's reason is the message's; errors say why."""
        await self.check_rule(provider, "G7")

    async def test_g8_final_messages_are_complete(self, provider: Provider) -> None:
        """G8: a final message has `usage`, `api`, `provider`, `model` and `timestamp`."""
        await self.check_rule(provider, "G8")

    async def test_events_have_their_fields(self, provider: Provider) -> None:
        """4.3: `partial` is one object; deltas are text, not empty; ends repeat them whole."""
        await self.check_rule(provider, "4.3")

    async def test_answers_succeed(self, provider: Provider) -> None:
        """The provider answers every context of the suite with `done`."""
        for observer in await self.observe(provider):
            if observer.final is not None and observer.final.stop_reason == "error":
                broken(f"The request failed: {observer.final.error_message}")

    async def test_result_drains_the_stream(self, provider: Provider) -> None:
        """`result()` before any iteration reads the answer; twice gives the same object."""
        async for stream in self.streams(provider):
            first: Any = await within(self.limit_s, stream.result(), "result()")
            if not isinstance(first, AssistantMessage) or first.stop_reason is None:
                broken(f"result() returned {first!r}, not a final message.")
            if await within(self.limit_s, stream.result(), "The second result()") is not first:
                broken("result() returned another object the second time.")

    async def test_result_during_iteration_is_the_final_message(self, provider: Provider) -> None:
        """`result()` in the middle of an iteration is the message that the stream ends with."""
        async for stream in self.streams(provider):
            await within(self.limit_s, anext(stream), "The first event")
            result = await within(self.limit_s, stream.result(), "result()")
            if result.stop_reason is None:
                broken("result() during the iteration returned an unfinished message.")
            if await within(self.limit_s, stream.result(), "result()") is not result:
                broken("result() returned another object the second time.")

    async def test_result_is_the_terminal_events_message(self, provider: Provider) -> None:
        """`result()` after the iteration is the object that `done` or `error` carried."""
        async for stream in self.streams(provider):
            observer = StreamObserver(provider.name)
            await within(self.limit_s, read(stream, observer), "The stream")
            if await within(self.limit_s, stream.result(), "result()") is not observer.final:
                broken("result() is another object than the message of the terminal event.")

    async def test_batches_are_the_events(self, provider: Provider) -> None:
        """`batches()` gives lists that are not empty; together they are a whole stream."""
        async for stream in self.streams(provider):
            observer = StreamObserver(provider.name)
            await within(self.limit_s, read_batches(stream, observer), "batches()")
            if observer.broken:
                broken(f"The events of batches(): {observer.broken}")

    async def test_reading_leaves_no_tasks(self, provider: Provider) -> None:
        """A stream that was read to its end leaves no task behind.

        One that reads the rest of the answer, so that its connection can be used again, may
        take 2 s.
        """
        async with no_tasks_left("A finished stream", grace_s=2):
            await self.observe(provider)

    async def test_closing_is_idempotent(self, provider: Provider) -> None:
        """`aclose()` may be called at any time and again: unread, half-read, at the end."""
        for events in (0, 1, 1_000_000):
            async for stream in self.streams(provider):
                await within(self.limit_s, read_some(stream, events), "The stream")
                await within(self.limit_s, stream.aclose(), "aclose()")
                await within(self.limit_s, stream.aclose(), "The second aclose()")

    async def test_a_closed_stream_is_over(
        self, provider: Provider, server: LoopbackServer | None
    ) -> None:
        """Leaving early closes the connection; the stream is over and has an aborted message."""
        async with no_tasks_left("A stream that was left early"):
            async for stream in self.streams(provider):
                async with stream:
                    await within(self.limit_s, anext(stream), "The first event")
                if [event async for event in stream]:
                    broken("A closed stream still gives events.")
                message = await within(self.limit_s, stream.result(), "result() after aclose()")
                if message.stop_reason is None:
                    broken("result() after aclose() is an unfinished message.")
                await self.check_closed(server)

    async def test_a_cancelled_read_can_be_closed(
        self, provider: Provider, server: LoopbackServer | None
    ) -> None:
        """An abort cancels the read at once: nothing swallows it, and nothing stays open."""
        async with no_tasks_left("A cancelled stream"):
            async for stream in self.streams(provider):
                reading = asyncio.ensure_future(anext(stream))
                await asyncio.sleep(0)
                await self.cancel(reading)
                await within(self.limit_s, stream.aclose(), "aclose() after a cancelled read")
                await self.check_closed(server)

    async def test_streams_run_side_by_side(self, provider: Provider) -> None:
        """Two answers at the same time don't disturb one another."""
        model = await self.model(provider)
        observers = [StreamObserver(provider.name) for _ in range(2)]
        streams = [provider.stream(model, self.contexts()[0], StreamOptions()) for _ in observers]
        both = asyncio.gather(*map(read, streams, observers))
        await within(self.limit_s, both, "Two streams at once")
        for observer in observers:
            if observer.broken:
                broken(f"Two streams at once: {observer.broken}")
        for stream in streams:
            await stream.aclose()

    async def test_what_it_is_given_stays_unchanged(self, provider: Provider) -> None:
        """Model, context and options are only read."""
        model, options = await self.model(provider), StreamOptions(temperature=0.0)
        for context in self.contexts():
            before = deepcopy((model, context.messages, options))
            names = [tool.name for tool in context.tools or []]
            stream = provider.stream(model, context, options)
            await within(self.limit_s, stream.result(), "result()")
            await stream.aclose()
            if (model, context.messages, options) != before:
                broken("The provider changed the model, the messages or the options.")
            if [tool.name for tool in context.tools or []] != names:
                broken("The provider changed the tools of the context.")

    async def test_failures_are_events(self, failing_provider: Provider | None) -> None:
        """4.1, G6: a request that fails is a bare `error` event, never an exception."""
        if failing_provider is None:
            pytest.skip("Give the fixture `failing_provider` to have failures checked.")
        model = Model(provider=failing_provider.name, id="test")
        stream = failing_provider.stream(model, self.contexts()[0], StreamOptions())
        observer = StreamObserver(failing_provider.name)
        await within(self.limit_s, read(stream, observer), "The failing stream")
        await stream.aclose()
        if observer.kinds != ["error"]:
            broken(f"A request that fails is a bare `error`; events: {observer.kinds}")
        if observer.broken:
            broken(f"The error event: {observer.broken}")

    async def test_closing_the_provider_is_idempotent(self, provider: Provider) -> None:
        """`aclose()` of the provider may be called twice."""
        async with no_tasks_left("A closed provider"):
            await within(self.limit_s, provider.aclose(), "aclose() of the provider")
            await within(self.limit_s, provider.aclose(), "The second aclose() of the provider")

    async def cancel(self, reading: "asyncio.Future[Any]") -> None:
        """Cancel a read and insist that it ends by that."""
        was_done = reading.done()
        reading.cancel()
        await asyncio.wait([reading], timeout=self.limit_s)
        if not reading.done():
            broken("A cancelled read went on: something swallows CancelledError.")
        if not was_done and not reading.cancelled():
            broken(f"A cancelled read ended otherwise: {reading.exception() or reading.result()!r}")

    async def check_closed(self, server: LoopbackServer | None) -> None:
        """Wait until the server has seen the end of every request."""
        for request in server.requests if server is not None else ():
            await within(self.limit_s, request.over.wait(), "The connection of a closed stream")
