"""What the provider sends to a loopback server."""

import pytest
from support.chat_answers import CONTEXT, GOOD, KEY, answer_of, events_of, kinds

from jackfield import Context, StreamOptions, UserMessage, extract_text
from jackfield.testing import (
    Thinking,
    sse,
    sse_reply,
)
from jackfield_openai.settings import OpenAISettings


async def test_request_is_complete(loopback, provider_at):
    loopback.default = sse_reply(GOOD)
    options = StreamOptions(api_key=KEY, headers={"X-Mine": "1", "Accept": "text/plain"})
    provider = provider_at(headers={"x-mine": "0", "X-Site": "s"}, query={"v": "a b"})
    message = await answer_of(provider, options)
    assert extract_text(message) == "Hello"
    [request] = loopback.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions?v=a+b")
    assert request.json() == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    sent = {name: request.headers.get(name) for name in ("authorization", "content-type")}
    assert sent == {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    assert [request.headers[name] for name in ("x-mine", "x-site", "accept")] == [
        "1",
        "s",
        "text/plain",
    ]


async def test_headers_can_be_taken_away(loopback, provider_at):
    loopback.default = sse_reply(GOOD)
    await answer_of(provider_at(headers={"Accept": None}))
    assert "accept" not in loopback.requests[0].headers


async def test_header_with_a_line_break_is_refused_before_sending(loopback, provider_at):
    message = await answer_of(provider_at(), StreamOptions(headers={"X-A": "a\r\nb: c"}))
    assert message.error.kind == "invalid_request"
    assert loopback.requests == []


async def test_no_key_means_no_authorization(loopback, provider_at):
    loopback.default = sse_reply(GOOD)
    await answer_of(provider_at())
    assert "authorization" not in loopback.requests[0].headers


@pytest.mark.parametrize("key", ["a\nb", "schlüssel", " "])
async def test_unsendable_key_is_refused_and_not_shown(loopback, provider_at, key):
    events, message = await events_of(provider_at(), StreamOptions(api_key=key))
    assert kinds(events) == ["error"]
    assert message.error.kind == "authentication"
    assert loopback.requests == []
    assert key.strip() == "" or key not in repr(message)


async def test_short_call_ids_are_set(loopback, provider_at):
    from jackfield import AssistantMessage, ToolCallContent, ToolResultMessage

    loopback.default = sse_reply(GOOD)
    call = ToolCallContent(id="call_12345678901", name="f")
    result = ToolResultMessage(tool_call_id=call.id, tool_name="f")
    context = Context(messages=[AssistantMessage(content=[call]), result])
    await answer_of(provider_at(max_call_id_chars=9), context=context)
    first, second = loopback.requests[0].json()["messages"]
    assert first["tool_calls"][0]["id"] == second["tool_call_id"]
    assert len(second["tool_call_id"]) == 9
    assert second["tool_call_id"].isalnum()


async def test_thinking_is_sent_back_to_the_model_that_thought(loopback, provider_at):
    loopback.default = sse_reply(sse.chat_stream(Thinking("hm"), "Hello"))
    provider = provider_at()
    first = await answer_of(provider)
    context = Context(messages=[*CONTEXT.messages, first, UserMessage(content="more")])
    await answer_of(provider, context=context)
    sent = loopback.requests[1].json()["messages"][1]
    assert sent == {"role": "assistant", "content": "Hello", "reasoning_content": "hm"}


def test_own_key_goes_to_its_own_host_only():
    from jackfield_openai.provider import default_auth

    assert default_auth(OpenAISettings()) is not None
    assert default_auth(OpenAISettings(base_url="https://gateway.example/v1")) is None


async def test_missing_key_is_named_before_sending(provider_at, monkeypatch):
    from jackfield_openai.provider import default_auth

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    provider = provider_at(
        base_url="https://api.openai.com/v1", auth=default_auth(OpenAISettings())
    )
    events, message = await events_of(provider)
    assert kinds(events) == ["error"]
    assert message.error.kind == "authentication"
    assert "OPENAI_API_KEY" in message.error_message


async def test_key_in_the_environment_is_sent(loopback, provider_at, monkeypatch):
    from jackfield_openai.provider import env_auth

    monkeypatch.setenv("MY_KEY", KEY)
    loopback.default = sse_reply(GOOD)
    await answer_of(provider_at(auth=env_auth("MY_KEY")))
    assert loopback.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("base_url", "chat", "models"),
    [
        ("https://x/v1", "https://x/v1/chat/completions", "https://x/v1/models"),
        ("https://x/v1/", "https://x/v1/chat/completions", "https://x/v1/models"),
        ("https://x/chat/completions", "https://x/chat/completions", "https://x/models"),
    ],
)
def test_urls_are_made_of_the_base(base_url, chat, models):
    settings = OpenAISettings(base_url=base_url)
    assert (settings.chat_url(), settings.models_url()) == (chat, models)


def test_field_of_the_longest_answer_is_that_of_the_host():
    assert OpenAISettings().dialect().max_tokens_field == "max_completion_tokens"
    elsewhere = OpenAISettings(base_url="http://127.0.0.1/v1")
    assert elsewhere.dialect().max_tokens_field == "max_tokens"
