"""What the service refuses, breaks off or garbles: the provider says so, nothing stays open."""

import asyncio

import pytest

from jackfield import Agent, AgentOptions
from jackfield.contracts import StreamOptions
from jackfield.messages import extract_text
from jackfield.models import Model
from jackfield.testing import Cut, Hold, Pause, Reply, Reset, json_reply, sse_reply
from jackfield.testing.rules import no_tasks_left
from jackfield_infinity.testing import Turn, error_reply

MODEL = Model(provider="infinity", id="default")
STREAM = "POST /chat/stream"


@pytest.fixture
def agent(opened):
    agent = Agent(AgentOptions(stream_fn=opened().stream))
    agent.set_model(MODEL)
    return agent


@pytest.mark.parametrize("form", ["A", "B", "C", "E"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request"),
        (401, "authentication"),
        (403, "permission"),
        (500, "server"),
        (402, "payment"),
    ],
)
async def test_refusal_in_any_form_is_an_error_that_says_why(server, ask, form, status, kind):
    server.fail(STREAM, error_reply(form, status, "The reason.", code="SOME_CODE"))
    message = await ask()
    assert message.stop_reason == "error"
    assert "The reason." in message.error_message
    assert (message.error.kind, message.error.status) == (kind, status)
    assert message.content == []


async def test_page_of_html_is_an_error_that_shows_no_html(server, ask, opened):
    server.fail(STREAM, error_reply("D", 502))
    message = await ask(provider=opened(max_retries=0))
    assert message.error.status == 502
    assert "<html" not in message.error_message


async def test_spent_quota_is_told_at_once_with_its_wait(server, ask, opened):
    server.state.spent["u"] = 50
    message = await ask(provider=opened(user_id="u", stream=False), api_key=None)
    assert message.stop_reason == "stop"  # the key has a quota of its own
    server.state.spent["key ia_the-key-of-the-test"] = 100
    message = await ask()
    assert message.error.kind == "rate_limit"
    assert message.error.retry_after > 0
    assert len(server.received(STREAM)) == 1


async def test_wait_that_is_short_is_kept_and_told(server, opened, ask):
    notices = []
    server.fail(STREAM, error_reply("A", 429, "Slow down.", headers={"retry-after": "0"}))
    message = await ask(notify=notices.append)
    assert message.stop_reason == "stop"
    assert [notice.kind for notice in notices] == ["retry"]
    assert len(server.received(STREAM)) == 2


async def test_message_that_is_too_long_overflows_the_context(server, opened, ask):
    message = await ask("x" * 5001, provider=opened(stream=False))
    assert message.error.status == 400
    server.fail("POST /chat", error_reply("B", 400, "Too long", code="MESSAGE_TOO_LONG"))
    message = await ask("x", provider=opened(stream=False))
    assert message.error.kind == "context_overflow"


async def test_failure_in_the_middle_keeps_what_was_said(server, ask):
    server.plan(Turn(text="One two", error="The agent gave up."))
    message = await ask()
    assert message.stop_reason == "error"
    assert "The agent gave up." in message.error_message
    assert extract_text(message) == "One two"


@pytest.mark.parametrize(
    "turn",
    [
        Turn(pieces=["One", Cut()]),
        Turn(pieces=["One", Reset()]),
        Turn(text="One", is_cut=True),
    ],
)
async def test_stream_that_breaks_off_is_no_success(server, ask, turn):
    server.plan(turn)
    message = await ask()
    assert (message.stop_reason, message.error.kind) == ("error", "connection")
    assert extract_text(message) == "One"
    assert len(server.requests) == 1  # it is not asked for again


async def test_stream_of_nothing_at_all_is_no_success(server, ask):
    server.fail(STREAM, sse_reply([]))
    message = await ask()
    assert message.stop_reason == "error"


async def test_garbled_frames_are_passed_over(server, ask):
    frames = [
        ": keep-alive\n\n",
        "event: chunk\ndata: {no json\n\n",
        "event: what\ndata: {}\n\n",
        'event: chunk\ndata: {"text": "7"}\n\n',
        'event: done\ndata: {"conversationId": "c"}\n\n',
    ]
    server.fail(STREAM, sse_reply(frames))
    message = await ask()
    assert (extract_text(message), message.stop_reason) == ("7", "stop")


@pytest.mark.parametrize(
    "about",
    [
        {"tokensUsed": "many"},
        {"tokensUsed": -1},
        {"tokensUsed": True},
        {"tokensUsed": None},
        {"model": 7, "conversationId": 8, "messageId": []},
    ],
)
async def test_strange_metadata_is_kept_and_does_no_harm(server, opened, ask, about):
    told = {"response": "7", "metadata": about, "rateLimit": "none"}
    server.fail("POST /chat", json_reply(told))
    message = await ask(provider=opened(stream=False))
    assert (extract_text(message), message.usage.total_tokens) == ("7", 0)
    assert "conversation_id" not in message.metadata


async def test_unsuccessful_success_is_an_error(server, opened, ask):
    server.fail("POST /chat", json_reply({"success": False, "error": "No."}))
    message = await ask(provider=opened(stream=False))
    assert message.stop_reason == "error"
    assert "No." in message.error_message


async def test_missing_key_says_where_it_was_sought(server, opened, ask):
    from jackfield_infinity.auth import env_key

    message = await ask(provider=opened(env_key("NOT_THERE")))
    assert message.error.kind == "authentication"
    assert "NOT_THERE" in message.error_message
    assert server.requests == []


async def test_service_that_cannot_be_reached_is_a_connection_error(opened, ask):
    message = await ask(provider=opened(base_url="http://127.0.0.1:9", max_retries=0))
    assert message.error.kind == "connection"


async def test_silence_ends_in_a_timeout(server, opened, ask):
    server.plan(Turn(pieces=["One", Hold(), "two"]))
    message = await ask(provider=opened(timeouts={"read_s": 0.1}))
    assert message.error.kind == "timeout"
    assert extract_text(message) == "One"


async def test_abort_closes_the_connection(server, agent):
    hold = Hold()
    server.plan(Turn(pieces=["One", hold]))
    async with no_tasks_left("The provider"):
        running = asyncio.ensure_future(agent.prompt("Name a prime."))
        await hold.reached.wait()
        agent.abort()
        message = await running
        await server.requests[0].over.wait()
    assert message.stop_reason == "aborted"
    assert server.requests[0].outcome == "client closed"
    # Nobody has answered the first question: it is asked again.
    assert await agent.prompt_text("Again") == "You said: Name a prime.\n\nAgain"


async def test_leaving_between_two_events_closes_the_connection(server, opened, asked):
    server.plan(Turn(pieces=["One", Hold()]))
    async with no_tasks_left("The provider"):
        stream = opened().stream(MODEL, asked(), StreamOptions())
        async for event in stream:
            if event.type == "text_delta":
                break
        await stream.aclose()
        await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"


async def test_cancelled_wait_for_a_whole_answer_closes_the_connection(server, opened, asked):
    hold = Hold()
    server.fail("POST /chat", Reply(headers={"content-length": "9"}, body=[hold]))
    stream = opened(stream=False).stream(MODEL, asked(), StreamOptions())
    async with no_tasks_left("The provider"):
        reading = asyncio.ensure_future(stream.result())
        await hold.reached.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await stream.aclose()
        await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"


async def test_answer_that_never_ends_is_given_up(server, opened, ask):
    endless = [piece for _ in range(200) for piece in ("word ", Pause(0.02))]
    server.plan(Turn(pieces=endless))
    async with no_tasks_left("The provider"):
        message = await ask(provider=opened(timeouts={"total_s": 0.1}))
        await server.requests[0].over.wait()
    assert message.error.kind == "timeout"
    assert "total_s" in message.error_message
    assert extract_text(message).startswith("word ")
    assert server.requests[0].outcome == "client closed"


@pytest.mark.parametrize("total_s", [30, float("inf")])
async def test_answer_in_time_is_not_given_up(opened, ask, total_s):
    message = await ask(provider=opened(timeouts={"total_s": total_s}))
    assert message.stop_reason == "stop"
