"""The APIs that only the crate speaks. Source: spec/alchemy.md, 5 and 8.1."""

import alchemy_llm_py
import pytest
from support.binding import all_events, types

from jackfield.testing import sse, sse_reply

PNG = "data:image/png;base64,iVBORw0KGgo="
TOOLS = [{"name": "add", "description": "Add.", "parameters": {"type": "object"}}]


def event(kind, **fields):
    return sse.sse({"type": kind, **fields}, event=kind)


def block(index, delta):
    return event("content_block_delta", index=index, delta=delta)


CLAUDE = [
    event("message_start", message={"usage": {"input_tokens": 3, "output_tokens": 1}}),
    event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
    block(0, {"type": "text_delta", "text": "Hel"}),
    block(0, {"type": "text_delta", "text": "lo"}),
    event("content_block_stop", index=0),
    event(
        "content_block_start",
        index=1,
        content_block={"type": "tool_use", "id": "t1", "name": "add", "input": {}},
    ),
    block(1, {"type": "input_json_delta", "partial_json": '{"a":1}'}),
    event("content_block_stop", index=1),
    event("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9}),
    event("message_stop"),
]


@pytest.fixture
def claude(server):
    return {
        "id": "claude",
        "base_url": f"{server.url}/v1/messages",
        "provider": "anthropic",
        "api": "anthropic-messages",
    }


def test_messages_of_anthropic(server, claude):
    server.add(sse_reply(CLAUDE))
    context = {
        "system_prompt": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "image", "url": PNG}]}],
        "tools": TOOLS,
    }
    options = {"api_key": "sk-ant-secret", "max_tokens": 9}
    events = all_events(alchemy_llm_py.openai_completions_stream(claude, context, options))
    message = events[-1]["message"]
    assert types(events)[0] == "start"
    assert message["content"][0]["text"] == "Hello"
    assert message["content"][1]["arguments"] == {"a": 1}
    assert (message["stop_reason"], message["api"]) == ("tool_calls", "anthropic-messages")
    [request] = server.requests
    body = request.json()
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == "sk-ant-secret"
    assert (body["system"], body["max_tokens"]) == ("Be brief.", 9)
    assert body["tools"][0]["input_schema"] == {"type": "object"}
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}
    assert body["messages"][0]["content"][0]["source"] == source


@pytest.mark.parametrize("api", ["minimax-completions", "zai-completions"])
def test_other_completions(server, model, context, api):
    server.add(sse_reply(sse.chat_stream("Hello")))
    options = {"api_key": "key-0123456"}
    found = alchemy_llm_py.collect_openai_completions(model | {"api": api}, context, options)
    message = found["final_message"]
    assert message["content"][0]["text"] == "Hello"
    assert (message["api"], message["stop_reason"]) == (api, "stop")
    assert server.requests[0].headers["authorization"] == "Bearer key-0123456"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"extra_body": {"seed": 1}}, "options.extra_body"),
        ({"tool_choice": {"type": "function"}}, "options.tool_choice"),
    ],
)
def test_what_the_crate_cannot_send_is_refused(claude, context, change, place):
    options = {"api_key": "k", **change}
    with pytest.raises(ValueError, match=place):
        alchemy_llm_py.openai_completions_stream(claude, context, options)


def test_images_that_the_crate_cannot_send_are_refused(claude, model):
    by_url = {"type": "image", "url": "https://example.com/a.png"}
    with pytest.raises(ValueError, match=r"messages\[0\]\.content\[0\]\.url"):
        ask(claude, {"messages": [{"role": "user", "content": [by_url]}]})
    call = {"type": "tool_call", "id": "c", "name": "f", "arguments": {}}
    shown = {"role": "tool_result", "tool_call_id": "c", "tool_name": "f"}
    shown["content"] = [{"type": "image", "url": PNG}]
    messages = [{"role": "assistant", "content": [call]}, shown]
    with pytest.raises(ValueError, match="no images of tools by openai-completions"):
        ask(model, {"messages": messages}, engine="crate")


def ask(model, context, **options):
    return alchemy_llm_py.openai_completions_stream(model, context, {"api_key": "k", **options})
