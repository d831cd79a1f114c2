"""The acceptance checks of spec/openrouter.md, 18, that bytes alone do not show.

Checks 1 to 24 and 34 are the streams of tests/fixtures/streams: see test_streams.py.
"""

import asyncio
import json

import pytest

from jackfield import (
    AgentTool,
    AssistantMessage,
    Context,
    ImageContent,
    StreamOptions,
    TextContent,
    ThinkingLevel,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
)
from jackfield.caching import add_cache_breakpoints
from jackfield.testing import Hold, Reply, json_reply, sse, sse_reply
from jackfield_openrouter import OpenRouterModel

GOOD = sse_reply(sse.chat_stream("Hello"))
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def d(delta):
    """Return `D{...}` of the spec."""
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return sse.sse({"id": "g1", "model": "m", "choices": [choice]})


def f(reason):
    """Return `F"..."` of the spec."""
    choice = {"index": 0, "delta": {}, "finish_reason": reason}
    return sse.sse({"id": "g1", "model": "m", "choices": [choice]})


Z = sse.DONE


async def answer_of(provider, context, options=None, model=None):
    model = model or OpenRouterModel(id="m")
    async with provider.stream(model, context, options or StreamOptions()) as stream:
        kinds = [event.type async for event in stream]
        return kinds, await stream.result()


REPLAYS = {
    13: (
        [
            d(
                {
                    "reasoning": "th",
                    "reasoning_details": [
                        {
                            "type": "reasoning.text",
                            "text": "th",
                            "index": 0,
                            "format": "anthropic-claude-v1",
                        }
                    ],
                }
            ),
            d(
                {
                    "reasoning": "ink",
                    "reasoning_details": [{"type": "reasoning.text", "text": "ink", "index": 0}],
                }
            ),
            d({"reasoning_details": [{"type": "reasoning.text", "signature": "SIG", "index": 0}]}),
            d({"content": "ok"}),
            f("stop"),
            Z,
        ],
        b'{"role":"assistant","content":"ok","reasoning_details":[{"type":"reasoning.text",'
        b'"text":"think","index":0,"format":"anthropic-claude-v1","signature":"SIG"}]}',
    ),
    14: (
        [d({"reasoning_content": "t"}), d({"content": "ok"}), f("stop"), Z],
        b'{"role":"assistant","content":"ok","reasoning_content":"t"}',
    ),
    15: (
        [
            d(
                {
                    "reasoning_details": [
                        {
                            "type": "reasoning.encrypted",
                            "data": "XX",
                            "id": "c1",
                            "index": 0,
                            "format": "google-gemini-v1",
                        }
                    ],
                    "tool_calls": [
                        {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}
                    ],
                }
            ),
            f("tool_calls"),
            Z,
        ],
        b'{"role":"assistant","content":null,"reasoning_details":[{"type":"reasoning.encrypted",'
        b'"data":"XX","id":"c1","index":0,"format":"google-gemini-v1"}],"tool_calls":[{"id":"c1",'
        b'"type":"function","function":{"name":"f","arguments":"{}"}}]}',
    ),
}


@pytest.mark.parametrize("check", sorted(REPLAYS))
async def test_13_14_15_thinking_goes_back_as_it_came(check, loopback, provider_at, ask):
    events, expected = REPLAYS[check]
    loopback.add(sse_reply(events), GOOD)
    provider = provider_at()
    _, message = await answer_of(provider, ask)
    history = [*ask.messages, message]
    history += [
        ToolResultMessage(tool_call_id=call.id, tool_name=call.name)
        for call in message.tool_calls()
    ]
    await answer_of(provider, Context(messages=history))
    assert expected in loopback.requests[1].body


async def test_23_connection_is_closed_after_data_that_is_no_chunk(loopback, provider_at, ask):
    loopback.add(sse_reply([d({"content": "x"}), b"data: {oops\n\n", Hold()]))
    kinds, message = await answer_of(provider_at(), ask)
    assert kinds == ["start", "text_start", "text_delta", "error"]
    assert message.error.kind == "protocol"
    await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"


async def test_24_error_with_status_200(loopback, provider_at, ask):
    loopback.add(json_reply({"error": {"code": 400, "message": "bad"}}))
    kinds, message = await answer_of(provider_at(), ask)
    assert kinds == ["error"]
    assert message.error.kind == "invalid_request"
    assert "bad" in message.error_message


async def test_25_limited_request_is_sent_again_after_the_wait(loopback, provider_at, ask, clock):
    loopback.add(json_reply({}, status=429, headers={"retry-after": "1"}), GOOD)
    kinds, message = await answer_of(provider_at(), ask)
    assert kinds[0] == "start"
    assert extract_text(message) == "Hello"
    assert len(loopback.requests) == 2
    assert clock.slept == [1.0]


async def test_26_long_wait_is_an_error_at_once(loopback, provider_at, ask, clock):
    loopback.add(json_reply({}, status=429, headers={"retry-after": "7200"}))
    kinds, message = await answer_of(provider_at(), ask)
    assert kinds == ["error"]
    assert message.error.retry_after == 7200
    assert (len(loopback.requests), clock.slept) == (1, [])


async def test_27_upstreams_reason_is_told(loopback, provider_at, ask):
    metadata = {"provider_name": "P", "raw": '{"error":{"message":"too many images"}}'}
    body = {"error": {"code": 400, "message": "Provider returned error", "metadata": metadata}}
    loopback.add(json_reply(body, status=400))
    _, message = await answer_of(provider_at(), ask)
    told = "OpenRouter 400: Provider returned error (P: too many images)"
    assert message.error_message == told
    assert len(loopback.requests) == 1


async def test_28_key_that_the_server_echoes_is_not_shown(loopback, provider_at, ask, caplog):
    caplog.set_level("DEBUG")
    key = "sk-or-v1-secret"
    loopback.default = json_reply({"error": {"code": 401, "message": f"No {key}"}}, status=401)
    _, message = await answer_of(provider_at(), ask)
    assert message.error.kind == "authentication"
    assert loopback.requests[0].headers["authorization"] == f"Bearer {key}"
    assert key not in repr(message) + message.error_message + caplog.text


def test_29_request_with_everything(body_of):
    turns = []
    for number in range(6):
        turns.append(UserMessage(content=[TextContent(text=f"question {number}")]))
        answer = AssistantMessage(content=[TextContent(text=f"answer {number}")])
        turns.append(answer)
    tools = [AgentTool(name="one"), AgentTool(name="two")]
    context = Context(system_prompt="Be brief.", messages=turns[:-1], tools=tools)
    options = StreamOptions(session_id="s", temperature=0.0, reasoning=ThinkingLevel.HIGH)
    model = OpenRouterModel(id="anthropic/claude-sonnet-4.5")
    body = body_of(model, add_cache_breakpoints(context), options)
    assert json.dumps(body).count('"cache_control"') == 4
    assert body["session_id"] == "s"
    assert body["reasoning"] == {"effort": "high"}
    assert body["temperature"] == 0.0
    assert "stream_options" not in body
    assert body["messages"][0]["content"][0]["cache_control"] == {"type": "ephemeral"}
    assert body["tools"][-1]["cache_control"] == {"type": "ephemeral"}


def test_30_images_in_questions_and_results(body_of):
    call = ToolCallContent(id="c1", name="look", arguments={})
    context = Context(
        messages=[
            UserMessage(content=[TextContent(text="What?"), ImageContent(url=PIXEL)]),
            AssistantMessage(content=[call]),
            ToolResultMessage(
                tool_call_id="c1",
                tool_name="look",
                content=[TextContent(text="seen"), ImageContent(url=PIXEL)],
            ),
        ]
    )
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    question, answer, result, shown = body_of(OpenRouterModel(), context, StreamOptions())[
        "messages"
    ]
    assert question["content"] == [{"type": "text", "text": "What?"}, image]
    assert answer["content"] is None
    assert result == {"role": "tool", "tool_call_id": "c1", "content": "seen"}
    assert shown["role"] == "user"
    assert shown["content"][1:] == [image]
    assert "look" in shown["content"][0]["text"]


async def test_31_abort_closes_the_connection(loopback, provider_at, ask):
    loopback.add(sse_reply([d({"content": "x"}), Hold()]))
    stream = provider_at().stream(OpenRouterModel(id="m"), ask, StreamOptions())
    async for event in stream:
        if event.type == "text_delta":
            break
    async with asyncio.timeout(5):  # the server holds on; only we can end it
        await stream.aclose()
        await loopback.requests[0].over.wait()
    assert loopback.requests[0].outcome == "client closed"
    message = await stream.result()
    assert message.stop_reason == "aborted"
    assert extract_text(message) == "x"


async def test_32_comments_give_no_event_and_no_timeout(loopback, provider_at, ask):
    comments = [sse.comment("OPENROUTER PROCESSING")] * 50
    loopback.add(sse_reply([*comments, *sse.chat_stream("Hello")]))
    kinds, _ = await answer_of(provider_at(), ask)
    assert kinds == ["start", "text_start", "text_delta", "text_end", "done"]


async def test_32_comments_alone_end_at_the_stall_timeout(loopback, provider_at, ask):
    comments = [sse.comment()] * 2
    loopback.add(sse_reply([comments[0], hold := Hold(), comments[1], Hold()]))
    provider = provider_at(timeouts={"stall_s": 1e-9}, max_retries=0)
    hold.release()
    kinds, message = await answer_of(provider, ask)
    assert kinds == ["error"]
    assert message.error.kind == "timeout"


DETAIL = {"type": "reasoning.text", "text": "word ", "index": 0}


@pytest.mark.parametrize(
    "delta",
    [{"content": "word "}, {"reasoning": "word ", "reasoning_details": [DETAIL]}],
    ids=["text", "thinking with details"],
)
def test_33_work_per_chunk_stays_the_same(decode, calls_in, delta):
    """In calls; benchmarks/growth.py has the rows in CPU time."""
    few, many = ([*[d(delta)] * count, f("stop"), Z] for count in (1_000, 10_000))
    assert calls_in(lambda: decode(many)) <= 10 * calls_in(lambda: decode(few))


async def test_35_twenty_requests_need_one_connection(loopback, provider_at, ask):
    loopback.default = GOOD
    provider = provider_at()
    for _ in range(20):
        await answer_of(provider, ask)
    assert (len(loopback.requests), loopback.connections) == (20, 1)


async def test_missing_key_is_named_and_nothing_is_sent(loopback, provider_at, ask, monkeypatch):
    monkeypatch.delenv("OPENROUTER_API_KEY")
    kinds, message = await answer_of(provider_at(), ask)
    assert kinds == ["error"]
    assert message.error.kind == "authentication"
    assert "OPENROUTER_API_KEY" in message.error_message
    assert loopback.requests == []


@pytest.mark.parametrize("key", ["sk-\x01bad", "sk-schlüssel"])
async def test_key_that_cannot_be_sent_is_refused_unseen(loopback, provider_at, ask, key):
    _, message = await answer_of(provider_at(), ask, StreamOptions(api_key=key))
    assert message.error.kind == "authentication"
    assert key not in repr(message)
    assert loopback.requests == []


async def test_options_key_wins_and_is_stripped(loopback, provider_at, ask):
    loopback.default = GOOD
    await answer_of(provider_at(), ask, StreamOptions(api_key=" mine\n"))
    assert loopback.requests[0].headers["authorization"] == "Bearer mine"


async def test_html_instead_of_an_answer(loopback, provider_at, ask):
    page = "<html><head><title>Bad gateway</title></head><body>x</body></html>"
    loopback.add(Reply(status=404, headers={"content-type": "text/html"}, body=page))
    _, message = await answer_of(provider_at(), ask)
    assert message.error_message == "OpenRouter 404: Bad gateway"


async def test_model_without_tools_gets_a_hint(loopback, provider_at, ask):
    text = "No endpoints found that support tool use."
    loopback.add(json_reply({"error": {"code": 404, "message": text}}, status=404))
    stream = provider_at().stream(OpenRouterModel(id="m"), ask, StreamOptions())
    async with stream:
        message = await stream.result()
    assert message.error.kind == "not_found"
    assert "supported_parameters" in message.error_message
