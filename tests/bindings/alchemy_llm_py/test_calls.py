"""The two functions that take dicts. Source: spec/alchemy.md, 2, 3 and 11 (1 to 4, 12)."""

import alchemy_llm_py
import pytest
from support.binding import all_events, types

from jackfield.testing import sse, sse_reply

ANSWER = [
    sse.text_chunk("Hel", model="m"),
    sse.text_chunk("lo", model="m"),
    sse.finish_chunk("stop", model="m"),
    sse.usage_chunk(model="m"),
    sse.DONE,
]
TYPES = ["start", "text_start", "text_delta", "text_delta", "text_end", "done"]
KEYS = {
    "start": set(),
    "text_start": {"content_index"},
    "text_delta": {"content_index", "delta"},
    "text_end": {"content_index", "content"},
    "done": {"reason", "message"},
}
MESSAGE_KEYS = {
    "role",
    "content",
    "stop_reason",
    "timestamp",
    "api",
    "provider",
    "model",
    "usage",
    "error_message",
    "response_id",
    "response_model",
    "raw_stop_reason",
    "metadata",
}


def seed_dicts(url):
    model = {
        "id": "moonshotai/kimi-k2.5",
        "base_url": url,
        "provider": "openrouter",
        "name": "Kimi",
        "headers": {"X-Title": "test"},
        "reasoning": False,
        "context_window": 128_000,
        "max_tokens": 4096,
    }
    context = {
        "system_prompt": "You are helpful.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "tools": [{"name": "sum", "description": "Add.", "parameters": {"type": "object"}}],
    }
    return model, context


@pytest.mark.parametrize("options", [[], [None], [{"temperature": 0.0, "signal": object()}]])
@pytest.mark.parametrize("collect", [True, False])
def test_dicts_of_the_seed_are_accepted(server, options, collect):
    server.add(sse_reply(ANSWER))
    model, context = seed_dicts(f"{server.url}/v1/chat/completions")
    if collect:
        alchemy_llm_py.collect_openai_completions(model, context, *options)
    else:
        all_events(alchemy_llm_py.openai_completions_stream(model, context, *options))
    [request] = server.requests
    body = request.json()
    assert request.path == "/v1/chat/completions"
    assert request.headers["x-title"] == "test"
    assert (body["model"], body["stream"]) == ("moonshotai/kimi-k2.5", True)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert [tool["function"]["name"] for tool in body["tools"]] == ["sum"]


def test_events_show_the_open_block_as_it_grows(server, model, context):
    server.add(sse_reply(ANSWER))
    stream = alchemy_llm_py.openai_completions_stream(model, context)
    events = all_events(stream)
    assert types(events) == TYPES
    shown = [event["partial"]["content"][0]["text"] for event in events[2:4]]
    assert shown == ["Hel", "Hello"]
    done = events[-1]
    assert done["reason"] == done["message"]["stop_reason"] == "stop"
    assert done["message"]["usage"]["input"] == 10
    assert events[-2]["content"] == "Hello"
    assert stream.next_event() is None
    assert stream.next_event() is None


def test_every_event_and_message_has_all_its_keys(server, model, context):
    server.add(sse_reply(ANSWER))
    events = all_events(alchemy_llm_py.openai_completions_stream(model, context))
    for event in events:
        assert set(event) == KEYS[event["type"]] | {"type", "partial"}
        assert set(event["partial"]) == MESSAGE_KEYS
    message = events[-1]["message"]
    assert message["role"] == "assistant"
    assert message["content"] == [{"type": "text", "text": "Hello", "text_signature": None}]
    assert (message["api"], message["provider"]) == ("openai-completions", "custom")
    assert message["response_id"] == "chatcmpl-1"
    assert message["usage"]["cost"] == dict.fromkeys(message["usage"]["cost"], 0.0)


def test_events_without_partial_are_the_same_but_for_it(server, model, context):
    server.default = sse_reply(ANSWER)
    full = all_events(alchemy_llm_py.openai_completions_stream(model, context))
    bare = all_events(alchemy_llm_py.openai_completions_stream(model, context), partial=False)
    assert [compact_keys(event) for event in bare] == [compact_keys(event) for event in full]
    assert all("partial" not in event for event in bare[:-1])


def compact_keys(event):
    return {key: event[key] for key in event if key not in ("partial", "message")}


def test_collect_gives_events_that_share_the_final_message(server, model, context):
    server.default = sse_reply(ANSWER)
    found = alchemy_llm_py.collect_openai_completions(model, context)
    message = found["final_message"]
    assert types(found["events"]) == TYPES
    assert all(event["partial"] is message for event in found["events"])
    assert found["events"][-1]["message"] is message
    other = alchemy_llm_py.openai_completions_stream(model, context).result()
    assert without_time(message) == without_time(other)


def without_time(message):
    return {key: message[key] for key in message if key != "timestamp"}


def test_result_before_the_events_leaves_them_all(server, model, context):
    server.add(sse_reply(ANSWER))
    stream = alchemy_llm_py.openai_completions_stream(model, context)
    message = stream.result()
    assert message["content"][0]["text"] == "Hello"
    assert types(all_events(stream)) == TYPES
    assert stream.result() == message


def test_snapshot_shows_what_was_read(server, model, context):
    server.add(sse_reply(ANSWER))
    stream = alchemy_llm_py.openai_completions_stream(model, context)
    assert stream.snapshot()["content"] == []
    for _ in range(3):
        stream.next_event()
    assert stream.snapshot()["content"][0]["text"] == "Hel"
    stream.result()
    assert stream.snapshot()["content"][0]["text"] == "Hel"


def test_open_arguments_are_shown_as_far_as_they_make_sense(server, model, context):
    pieces = ['{"a": 12345678901', '23456789012, "b": "hel', 'lo"}']
    chunks = [sse.call_chunk(0, id="c", name="f", arguments=piece) for piece in pieces]
    server.add(sse_reply([*chunks, sse.finish_chunk("tool_calls"), sse.DONE]))
    events = all_events(alchemy_llm_py.openai_completions_stream(model, context))
    deltas = [event for event in events if event["type"] == "tool_call_delta"]
    calls = [event["partial"]["content"][0] for event in deltas]
    assert [call["partial_json"] for call in calls[:2]] == [pieces[0], "".join(pieces[:2])]
    assert calls[1]["arguments"]["b"] == "hel"
    end = events[-2]["tool_call"]
    assert end["arguments"] == {"a": 1234567890123456789012, "b": "hello"}
    assert end["partial_json"] is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"model": {"id": 1}}, "model.id"),
        ({"model": {"base_url": "ftp://x"}}, "model.base_url"),
        ({"model": {"base_url": None}}, "model.base_url"),
        ({"model": {"api": "google-vertex"}}, "model.api"),
        ({"model": {"headers": {"a b": "c"}}}, "model.headers"),
        ({"model": {"input": ["sound"]}}, "model.input[0]"),
        ({"context": {"messages": [{"role": "custom"}]}}, "messages[0].role"),
        ({"context": {"messages": ["hi"]}}, "messages[0]"),
        ({"context": {"messages": "hi"}}, "messages"),
        ({"context": {"messages": [{"role": "user", "content": [{}]}]}}, "content[0].type"),
        (
            {"context": {"messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]}},
            "messages[0].content[0].text",
        ),
        ({"context": {"tools": "x"}}, "tools"),
        ({"context": {"tools": [{"name": "no good"}]}}, "tools[0].name"),
        ({"options": {"max_tokens": 0}}, "options.max_tokens"),
        ({"options": {"temperature": float("nan")}}, "options.temperature"),
        ({"options": {"reasoning_effort": "huge"}}, "options.reasoning_effort"),
        ({"options": {"timeouts": {"read": 1}}}, "options.timeouts.read"),
        ({"options": {"extra_body": {"stream": False}}}, "options.extra_body"),
        ({"options": {"extra_body": {"x": object()}}}, "options.extra_body.x"),
        ({"options": {"engine": "other"}}, "options.engine"),
        ({"options": {"ca_file": "no/such/file"}}, "no/such/file"),
        ({"options": 3}, "options"),
    ],
)
def test_bad_arguments_are_named_with_their_place(server, model, context, change, place):
    options = change.get("options", {})
    with pytest.raises(ValueError, match=r"^invalid |cannot be used") as caught:
        alchemy_llm_py.openai_completions_stream(
            model | change.get("model", {}), context | change.get("context", {}), options
        )
    assert place in str(caught.value)
    assert server.requests == []


def test_calls_with_arguments_that_are_no_json_are_refused_with_the_place(model):
    call = {"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": [float("nan")]}}
    context = {"messages": [{"role": "assistant", "content": [call]}]}
    with pytest.raises(ValueError, match=r"messages\[0\]\.content\[0\]\.arguments\.x\[0\] is NaN"):
        alchemy_llm_py.openai_completions_stream(model, context)


def test_values_that_hold_themselves_are_refused(model):
    loop: dict[str, object] = {}
    loop["again"] = loop
    context = {"tools": [{"name": "f", "parameters": loop}]}
    with pytest.raises(ValueError, match="deeper"):
        alchemy_llm_py.openai_completions_stream(model, context)
