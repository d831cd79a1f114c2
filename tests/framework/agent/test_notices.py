"""What a provider says while it is waited for. Source: events.NoticeEvent."""

import asyncio

from jackfield import Agent, AnswerStream, Model
from jackfield.events import NoticeEvent

MODEL = Model(provider="p", id="m")
RETRY = NoticeEvent("retry", "trying again in 1 s", {"attempt": 1})


def waiting_provider(go_on: asyncio.Event):
    def stream(model, context, options):
        async def source(answer):
            options.notify(RETRY)
            await go_on.wait()
            answer.text("late")
            yield
            answer.finish()

        return AnswerStream(model, source)

    return stream


async def test_listeners_hear_of_a_retry_while_it_waits():
    go_on, heard = asyncio.Event(), asyncio.Event()
    batches = []
    agent = Agent(model=MODEL, stream_fn=waiting_provider(go_on))
    agent.subscribe(lambda event: heard.set() if event is RETRY else None)
    agent.subscribe_batches(batches.extend)
    run = asyncio.create_task(agent.prompt_text("hi"))
    await heard.wait()
    assert RETRY in batches
    go_on.set()
    assert await run == "late"


async def test_async_listeners_are_done_with_a_notice_before_the_next_event():
    go_on, seen = asyncio.Event(), []

    async def listener(event):
        await asyncio.sleep(0)
        seen.append(event.type)
        if event is RETRY:
            go_on.set()

    agent = Agent(model=MODEL, stream_fn=waiting_provider(go_on))
    agent.subscribe(listener)
    await agent.prompt("hi")
    assert seen.count("notice") == 1
    assert seen.index("notice") < seen.index("message_update")


async def test_consumer_gets_the_notice_before_the_next_event():
    go_on = asyncio.Event()
    agent = Agent(model=MODEL, stream_fn=waiting_provider(go_on))
    agent.subscribe(lambda event: go_on.set() if event is RETRY else None)
    types = [event.type async for event in agent.stream("hi")]
    assert types[types.index("notice") + 1] == "message_start"
    assert types.count("notice") == 1


async def test_abort_after_a_notice_ends_the_wait():
    agent = Agent(model=MODEL, stream_fn=waiting_provider(asyncio.Event()))
    agent.subscribe(lambda event: agent.abort() if event is RETRY else None)
    message = await agent.prompt("hi")
    assert message.stop_reason == "aborted"
