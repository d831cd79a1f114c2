"""Bodies of requests, byte for byte. Source: spec/openrouter.md, 3, 5, 6.1, 16."""

import json

import pytest

from jackfield import (
    AgentTool,
    AssistantMessage,
    Context,
    Model,
    ProviderError,
    StreamOptions,
    TextContent,
    ThinkingLevel,
    ToolCallContent,
    UserMessage,
)
from jackfield.messages import CacheControl
from jackfield.models import ThinkingBudgets
from jackfield_openai.dialect import Dialect
from jackfield_openai.wire import RequestEncoder, response_format

MODEL = Model(provider="openai", id="m", api="openai-completions")
ADD = AgentTool(name="add", description="Add.", parameters={"type": "object", "properties": {}})
LOOK = AgentTool(name="look")


def encode(context=None, options=None, *, model=MODEL, extra_body=None, stream=True, **dialect):
    encoder = RequestEncoder(Dialect(**dialect), extra_body=extra_body, stream=stream)
    context = context or Context(messages=[UserMessage(content="hi")])
    return encoder.encode(model, context, options or StreamOptions())


def body(*args, **kwargs):
    return json.loads(encode(*args, **kwargs))


def test_smallest_body():
    assert encode() == (
        b'{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,'
        b'"stream_options":{"include_usage":true}}'
    )


def test_body_in_full():
    context = Context(system_prompt="é", messages=[UserMessage(content="hi")], tools=[ADD, LOOK])
    options = StreamOptions(
        temperature=0.0, max_tokens=5, tool_choice="auto", reasoning=ThinkingLevel.LOW
    )
    assert (
        encode(context, options, extra_body={"seed": 1, "temperature": 1})
        == (
            '{"model":"m","messages":[{"role":"system","content":"é"},{"role":"user","content":"hi"}],'
            '"stream":true,"stream_options":{"include_usage":true},'
            '"tools":[{"type":"function","function":{"name":"add","description":"Add.",'
            '"parameters":{"type":"object","properties":{}}}},'
            '{"type":"function","function":{"name":"look","description":"",'
            '"parameters":{"type":"object","properties":{}}}}],'
            '"tool_choice":"auto","temperature":1,"max_tokens":5,"reasoning_effort":"low","seed":1}'
        ).encode()
    )


def test_longer_history_begins_with_the_bytes_of_the_shorter():
    messages = [UserMessage(content="hi")]
    short = encode(Context(system_prompt="s", messages=messages))
    messages.append(AssistantMessage(content=[TextContent(text="yes")]))
    long = encode(Context(system_prompt="s", messages=messages))
    assert long.startswith(short[: short.index(b'],"stream"')])


def test_quirks_are_settings():
    options = StreamOptions(max_tokens=5)
    context = Context(system_prompt="s", messages=[], tools=[ADD])
    sent = body(
        context,
        options,
        stream=False,
        max_tokens_field="max_completion_tokens",
        system_role="developer",
        strict_tools=False,
        parallel_tool_calls=False,
    )
    assert sent["max_completion_tokens"] == 5
    assert sent["messages"] == [{"role": "developer", "content": "s"}]
    assert sent["tools"][0]["function"]["strict"] is False
    assert sent["parallel_tool_calls"] is False
    assert sent["stream"] is False
    assert "stream_options" not in sent


def test_usage_is_not_asked_for_where_it_is_refused():
    assert "stream_options" not in body(usage_in_stream=False)


def test_blank_system_prompt_is_left_out():
    assert body(Context(system_prompt=" \n", messages=[]))["messages"] == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("reasoning_effort", {"reasoning_effort": "high"}),
        ("reasoning", {"reasoning": {"effort": "high"}}),
        ("thinking", {"thinking": {"type": "enabled"}}),
        ("enable_thinking", {"enable_thinking": True, "thinking_budget": 77}),
        ("chat_template_kwargs", {"chat_template_kwargs": {"enable_thinking": True}}),
        ("none", {}),
    ],
)
def test_thinking_is_asked_for_in_the_endpoints_way(kind, fields):
    options = StreamOptions(
        reasoning=ThinkingLevel.XHIGH, thinking_budgets=ThinkingBudgets(thinking_budget=77)
    )
    sent, plain = body(None, options, reasoning_request=kind), body(reasoning_request=kind)
    assert {name: sent[name] for name in sent if name not in plain} == fields


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("reasoning_effort", {"reasoning_effort": "none"}),
        ("thinking", {"thinking": {"type": "disabled"}}),
        ("enable_thinking", {"enable_thinking": False}),
        ("chat_template_kwargs", {"chat_template_kwargs": {"enable_thinking": False}}),
    ],
)
def test_thinking_is_switched_off_where_that_is_set(kind, fields):
    sent = body(reasoning_request=kind, reasoning_off=True)
    assert sent | fields == sent


def test_level_of_the_model_counts_where_the_options_have_none():
    model = Model(provider="openai", id="m", thinking_level=ThinkingLevel.MINIMAL)
    assert body(model=model)["reasoning_effort"] == "minimal"


def test_levels_that_the_endpoint_lacks_become_lower_ones():
    options = StreamOptions(reasoning=ThinkingLevel.MEDIUM)
    levels = (ThinkingLevel.LOW, ThinkingLevel.HIGH)
    assert body(None, options, reasoning_levels=levels)["reasoning_effort"] == "low"


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("none", "none"),
        ("required", "required"),
        ("add", {"type": "function", "function": {"name": "add"}}),
    ],
)
def test_tool_choice(choice, sent):
    context = Context(messages=[], tools=[ADD])
    assert body(context, StreamOptions(tool_choice=choice))["tool_choice"] == sent


def test_tool_choice_without_tools_is_left_out():
    assert "tool_choice" not in body(None, StreamOptions(tool_choice="auto"))


def test_no_tools_but_old_calls():
    call = ToolCallContent(id="c", name="f")
    context = Context(messages=[AssistantMessage(content=[call])])
    assert "tools" not in body(context)
    assert body(context, empty_tools=True)["tools"] == []


def test_breakpoints_of_prompt_and_tools_follow_those_of_messages():
    part = TextContent(text="u", cache_control=CacheControl())
    context = Context(system_prompt="s", messages=[UserMessage(content=[part])], tools=[ADD, LOOK])
    sent = body(context, cache_control=True)
    marked = {"type": "ephemeral"}
    assert sent["messages"][0]["content"] == [
        {"type": "text", "text": "s", "cache_control": marked}
    ]
    assert [tool.get("cache_control") for tool in sent["tools"]] == [None, marked]
    assert b"cache_control" not in encode(context)


@pytest.mark.parametrize(
    ("context", "options", "extra", "named"),
    [
        (None, StreamOptions(max_tokens=0), None, "max_tokens"),
        (Context(tools=[AgentTool(name="bad name")]), None, None, "'bad name'"),
        (Context(tools=[ADD]), StreamOptions(tool_choice="nope"), None, "add"),
        (None, None, {"messages": []}, "messages"),
        (None, None, {"stream": False}, "stream"),
        (None, None, {"x": object()}, "not JSON"),
    ],
)
def test_impossible_requests_are_refused_by_name(context, options, extra, named):
    with pytest.raises(ProviderError, match=named) as caught:
        encode(context, options, extra_body=extra)
    assert caught.value.kind == "invalid_request"


def test_extra_tools_are_appended():
    context = Context(messages=[], tools=[ADD])
    sent = body(context, extra_body={"tools": [{"type": "web_search"}]})
    assert [tool["type"] for tool in sent["tools"]] == ["function", "web_search"]


def test_schema_of_the_answer():
    closed = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert body(None, StreamOptions(response_schema=closed))["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": closed},
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
        {"type": "array", "items": {"type": "object"}},
    ],
)
def test_open_schemas_are_not_strict(schema):
    assert "strict" not in response_format(schema)["json_schema"]
