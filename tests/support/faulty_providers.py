"""Faulty providers. Each is the scripted one with one thing wrong."""

import asyncio
from copy import copy

from jackfield.answer import Answer
from jackfield.errors import ProviderError
from jackfield.events import (
    DoneEvent,
    ErrorEvent,
    StartEvent,
    TextDeltaEvent,
    TextEndEvent,
    TextStartEvent,
    ThinkingStartEvent,
    ToolCallEndEvent,
)
from jackfield.messages import TextContent
from jackfield.models import ModelInfo
from jackfield.testing import (
    Call,
    Error,
    Interleaved,
    ScriptedProvider,
    Thinking,
    raw_stream,
)
from jackfield.usage import Usage

EVERYTHING = [
    Thinking("Let me think.", signature="sig"),
    "First this, ",
    Interleaved(Call("add", {"a": 1}, chunks=3), Call("add", {"b": 2}, chunks=4)),
    Usage(input=5, output=7),
]


class Faulty(ScriptedProvider):
    def __init__(self):
        super().__init__(default=EVERYTHING)


class WrongEvents(Faulty):
    """Emits the events of a right answer, changed by `change`."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def stream(self, model, context, options):
        answer = Answer(self._complete(model))
        answer.thinking("hm")
        answer.text("Hello ")
        answer.text("world")
        for key in "ab":
            answer.open_call(key, id=f"id_{key}", name="add")
            answer.arguments(key, '{"x": 1}')
        answer.finish("tool_calls")
        return raw_stream(self.change(answer.take()))


def without(*kinds):
    return lambda events: [event for event in events if event.type not in kinds]


def swap(one, other):
    def change(events):
        at = {event.type: index for index, event in enumerate(events)}
        events[at[one]], events[at[other]] = events[at[other]], events[at[one]]
        return events

    return change


def shifted_indexes(events):
    for event in events:
        if hasattr(event, "content_index"):
            event.content_index += 1
    return events


def indexes_in_the_wrong_order(events):
    for event in events:
        if getattr(event, "content_index", None) in (0, 1):
            event.content_index = 1 - event.content_index
    return events


def text_inside_thinking(events):
    partial = events[0].partial
    partial.content.insert(0, TextContent(text=""))
    return [events[0], TextStartEvent(0, partial), ThinkingStartEvent(1, partial), *events[2:]]


def calls_ended_backwards(events):
    ends = [index for index, event in enumerate(events) if isinstance(event, ToolCallEndEvent)]
    events[ends[0]], events[ends[1]] = events[ends[1]], events[ends[0]]
    return events


def delta_after_the_end(events):
    late = TextDeltaEvent(1, "more", events[0].partial)
    return [*events[:-1], late, events[-1]]


def copies_as_partial(events):
    for event in events[1:-1]:
        event.partial = copy(event.partial)
    return events


def empty_deltas(events):
    at = next(index for index, event in enumerate(events) if event.type == "text_delta")
    return [*events[:at], TextDeltaEvent(1, "", events[0].partial), *events[at:]]


def short_text_end(events):
    for event in events:
        if isinstance(event, TextEndEvent):
            event.content = "Hello"
    return events


def other_reason(events):
    return [*events[:-1], DoneEvent("stop", events[-1].message)]


def error_without_text(events):
    message = events[-1].message
    message.stop_reason = "error"
    return [*events[:-1], ErrorEvent("error", message)]


def second_terminal(events):
    return [*events, events[-1]]


def dictionaries(events):
    return [event.to_dict() for event in events]


def final(**fields):
    def change(events):
        for name, value in fields.items():
            setattr(events[-1].message, name, value)
        return events

    return change


def repeated_call_ids(events):
    for part in events[-1].message.tool_calls():
        part.id = "same"
    return events


def lost_arguments(events):
    for part in events[-1].message.tool_calls():
        part.arguments = {}
    return events


def raises_in_the_middle(events):
    return [*events[:3], ProviderError("broken pipe")]


EVENT_FAULTS = {
    "no-start": without("start"),
    "two-starts": lambda events: [StartEvent(events[0].partial), *events],
    "no-terminal": without("done"),
    "two-terminals": second_terminal,
    "no-text-end": without("text_end"),
    "no-call-end": without("tool_call_end"),
    "no-text-start": without("text_start"),
    "end-before-delta": swap("text_start", "text_end"),
    "shifted-indexes": shifted_indexes,
    "indexes-in-the-wrong-order": indexes_in_the_wrong_order,
    "nested-blocks": text_inside_thinking,
    "calls-ended-backwards": calls_ended_backwards,
    "delta-after-end": delta_after_the_end,
    "copies-as-partial": copies_as_partial,
    "empty-delta": empty_deltas,
    "short-text-end": short_text_end,
    "other-reason": other_reason,
    "error-without-text": error_without_text,
    "dictionaries": dictionaries,
    "no-usage": final(usage=None),
    "usage-as-text": final(usage=Usage(input="5")),
    "no-provider": final(provider=""),
    "no-api": final(api=""),
    "no-model": final(model=""),
    "seconds-as-timestamp": final(timestamp=1_700_000_000),
    "repeated-call-ids": repeated_call_ids,
    "lost-arguments": lost_arguments,
    "raises": raises_in_the_middle,
}


class Later:
    """Like a coroutine, but without a warning that it was never awaited."""

    def __await__(self):
        yield


class AsyncStreamMethod(Faulty):
    def stream(self, model, context, options):
        return Later()


class StartsAtOnce(Faulty):
    def stream(self, model, context, options):
        self.task = asyncio.ensure_future(asyncio.sleep(30))
        return super().stream(model, context, options)


class RaisesInStream(Faulty):
    def stream(self, model, context, options):
        raise ProviderError("no such model")


class EmptyBatches(Faulty):
    def stream(self, model, context, options):
        stream = super().stream(model, context, options)
        batches = stream.batches()

        async def padded():
            yield []
            async for batch in batches:
                yield batch

        stream.batches = lambda: padded()
        return stream


class FreshResults(Faulty):
    def stream(self, model, context, options):
        stream = super().stream(model, context, options)
        result = stream.result

        async def copied():
            return copy(await result())

        stream.result = copied
        return stream


class UndrainedResult(Faulty):
    def stream(self, model, context, options):
        stream = super().stream(model, context, options)

        async def early():
            return stream.answer.message

        stream.result = early
        return stream


class ClosesOnce(Faulty):
    def stream(self, model, context, options):
        stream = super().stream(model, context, options)
        close = stream.aclose

        async def once():
            if stream.answer.message.metadata.pop("closed", False):
                raise RuntimeError("already closed")
            stream.answer.message.metadata["closed"] = True
            await close()

        stream.aclose = once
        return stream


class GoesOnAfterClosing(Faulty):
    def stream(self, model, context, options):
        stream = super().stream(model, context, options)

        async def nothing():
            pass

        stream.aclose = nothing
        return stream


class LeavesTasks(Faulty):
    def _play(self, *args):
        self.task = asyncio.ensure_future(asyncio.sleep(30))
        return super()._play(*args)


class SwallowsCancellation(Faulty):
    async def _play(self, number, answer, context, options):
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            answer.text("never mind")
            yield
        async for _ in super()._play(number, answer, context, options):
            yield


class MixesAnswers(Faulty):
    """All streams share one answer."""

    def stream(self, model, context, options):
        if not self.streams or self.streams[-1].answer.finished:
            return super().stream(model, context, options)
        return self.streams[-1]


class ChangesTheHistory(Faulty):
    def stream(self, model, context, options):
        context.messages.pop()
        return super().stream(model, context, options)


class ChangesTheOptions(Faulty):
    def stream(self, model, context, options):
        options.temperature = 1.0
        return super().stream(model, context, options)


class ModelsAsText(Faulty):
    async def models(self):
        return ["a", "b"]


class RepeatedModels(Faulty):
    async def models(self):
        return [ModelInfo(id="a"), ModelInfo(id="a")]


class NoName(Faulty):
    def __init__(self):
        super().__init__()
        self.name = ""


class ClosesProviderOnce(Faulty):
    async def aclose(self):
        if self.closed:
            raise RuntimeError("already closed")
        self.closed = True


class Hangs(Faulty):
    async def _play(self, *args):
        await asyncio.Event().wait()
        yield


class RefusesTools(Faulty):
    def stream(self, model, context, options):
        if context.tools:
            return ScriptedProvider(Error("no tools, please")).stream(model, context, options)
        return super().stream(model, context, options)


BEHAVIOUR_FAULTS = [
    AsyncStreamMethod,
    StartsAtOnce,
    RaisesInStream,
    EmptyBatches,
    FreshResults,
    UndrainedResult,
    ClosesOnce,
    GoesOnAfterClosing,
    LeavesTasks,
    SwallowsCancellation,
    MixesAnswers,
    ChangesTheHistory,
    ChangesTheOptions,
    ModelsAsText,
    RepeatedModels,
    NoName,
    ClosesProviderOnce,
    Hangs,
    RefusesTools,
]
