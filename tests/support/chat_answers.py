"""A question for a chat provider before a loopback server, and how its answer is read."""

from jackfield import Context, Model, StreamOptions, UserMessage
from jackfield.testing import sse

GOOD = sse.chat_stream("Hello")
CONTEXT = Context(messages=[UserMessage(content="hi")])
KEY = "sk-very-secret-key"


async def events_of(provider, options=None, context=CONTEXT):
    stream = provider.stream(Model(id="m"), context, options or StreamOptions())
    async with stream:
        events = [event async for event in stream]
    return events, await stream.result()


async def answer_of(provider, options=None, context=CONTEXT):
    return (await events_of(provider, options, context))[1]


def kinds(events):
    return [event.type for event in events]
