import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.answer import Answer
from jackfield.errors import UnsupportedError
from jackfield.messages import (
    AssistantMessage,
    CustomAgentMessage,
    ImageContent,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.models import Model
from jackfield.tools import AgentTool
from jackfield_local.json_tools import JsonToolReader, plain_messages, tool_prompt, tool_schema

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = AgentTool(name="weather", description="Weather of a city.", parameters=CITY)
NOW = AgentTool(name="now", description="The time.")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=99),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(text, sizes=(1,), reason="stop"):
    """Feed `text` in pieces of these sizes, again and again."""
    answer = Answer(Model(provider="local", id="m"))
    reader = JsonToolReader(answer, "m")
    place = turn = 0
    while place < len(text):
        size = sizes[turn % len(sizes)]
        delta = {"content": text[place : place + size]}
        piece = {"id": "1", "choices": [{"delta": delta, "finish_reason": None}]}
        reader.feed(json.dumps(piece).encode())
        place, turn = place + size, turn + 1
    end = {"id": "1", "choices": [{"delta": {}, "finish_reason": reason}]}
    reader.feed(json.dumps(end).encode())
    answer.finish(reader.finish())
    return answer.message


sizes = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@given(
    text=st.text(max_size=999),
    sizes=sizes,
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 2]),
)
def test_any_answer_streams_as_text(text, sizes, ascii_only, indent):
    wire = json.dumps({"answer": text}, ensure_ascii=ascii_only, indent=indent)
    message = read(wire, sizes)
    assert "".join(part.text for part in message.content) == text
    assert message.stop_reason == "stop"


@given(arguments=st.dictionaries(st.text(), json_values, max_size=4), sizes=sizes)
def test_any_call_streams_as_a_tool_call(arguments, sizes):
    message = read(json.dumps({"tool": "weather", "arguments": arguments}, indent=1), sizes)
    (call,) = message.content
    assert (call.name, call.arguments, call.partial_json) == ("weather", arguments, None)
    assert message.stop_reason == "tool_calls"


def test_text_arrives_before_the_answer_ends():
    answer = Answer(Model())
    reader = JsonToolReader(answer, "m")
    for piece in ['{"ans', 'wer": "Hel', "lo\\", "n", "\\ud83d", "\\ude00"]:
        reader.on_text(piece)
    assert answer.message.content[0].text == "Hello\n\U0001f600"


@given(cut=st.integers(0, 50))
def test_a_cut_call_is_kept_as_it_is(cut):
    whole = '{"tool": "weather", "arguments": {"city": "Paris"}}'
    message = read(whole[:cut], reason="length")
    assert message.stop_reason == "length"
    for call in message.tool_calls():
        assert call.arguments in ({}, {"city": "Paris"})


@pytest.mark.parametrize(("length", "reason"), [(999, "stop"), (1000, "length")])
def test_an_answer_as_long_as_the_bound_was_cut(length, reason):
    assert read(json.dumps({"answer": "x" * length}), [7]).stop_reason == reason


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"city": "x" * 999}, "tool_calls"),
        ({"city": "x" * 1000}, "length"),
        ({"at": {"cities": ["x" * 100]}}, "length"),
        ({"cities": ["x"] * 32}, "length"),
        ({"cities": ["x" * 99] * 31, "days": 1}, "tool_calls"),
    ],
    ids=["long", "longest", "longest item", "longest list", "long list"],
)
def test_a_call_with_a_value_as_long_as_the_bound_was_cut(arguments, reason):
    message = read(json.dumps({"tool": "weather", "arguments": arguments}), [7])
    assert message.stop_reason == reason
    assert message.tool_calls()[0].arguments == arguments


def test_the_schema_offers_an_answer_and_each_tool():
    schema = tool_schema([WEATHER, NOW], may_answer=True)
    answer, weather, now = schema["anyOf"]
    assert answer["properties"] == {"answer": {"type": "string", "maxLength": 1000}}
    city = {"city": {"type": "string", "maxLength": 1000}}
    arguments = {"type": "object", "properties": city, "required": ["city"]}
    assert weather["properties"] == {"tool": {"const": "weather"}, "arguments": arguments}
    assert now["properties"]["arguments"] == {"type": "object", "properties": {}}
    assert all(form["additionalProperties"] is False for form in schema["anyOf"])


def test_a_required_call_leaves_no_other_form():
    schema = tool_schema([WEATHER], may_answer=False)
    assert schema["required"] == ["tool", "arguments"]
    assert "answer" not in json.dumps(schema)


def test_references_are_moved_to_the_root():
    nested = {
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/Place"}, "$ref": {"type": "string"}},
        "$defs": {
            "Place": {
                "type": "object",
                "properties": {"next": {"$ref": "#/$defs/Place"}, "name": {"type": "string"}},
            },
        },
    }
    tools = [AgentTool(name=name, parameters=nested) for name in ("go", "stay")]
    schema = tool_schema(tools, may_answer=False)
    assert sorted(schema["$defs"]) == ["go.Place", "stay.Place"]
    go, stay = (form["properties"]["arguments"]["properties"] for form in schema["anyOf"])
    assert go["at"] == {"$ref": "#/$defs/go.Place"}
    assert stay["at"] == {"$ref": "#/$defs/stay.Place"}
    assert go["$ref"] == {"type": "string", "maxLength": 1000}
    inner = schema["$defs"]["stay.Place"]["properties"]
    assert inner["next"] == {"$ref": "#/$defs/stay.Place"}
    assert inner["name"] == {"type": "string", "maxLength": 1000}
    assert nested["properties"]["$ref"] == {"type": "string"}  # the tool's own is not changed


def test_the_prompt_describes_tools_and_form():
    prompt = tool_prompt([WEATHER, NOW], may_answer=True)
    assert "- weather: Weather of a city." in prompt
    assert '"city"' in prompt
    assert '{"answer"' in prompt
    assert '{"answer"' not in tool_prompt([WEATHER], may_answer=False)


def test_calls_and_results_become_turns_of_text():
    result = ToolResultMessage(
        tool_call_id="c", tool_name="weather", content=[TextContent(text="rain")]
    )
    messages = [
        UserMessage(content="Paris?"),
        AssistantMessage(
            content=[
                TextContent(text="Let me look."),
                ToolCallContent(id="c", name="weather", arguments={"city": "Paris"}),
            ]
        ),
        result,
        ToolResultMessage(tool_call_id="d", tool_name="now", content=[], is_error=True),
        UserMessage(content="And?"),
    ]
    assert plain_messages("Be brief.", messages) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Paris?"},
        {
            "role": "assistant",
            "content": 'Let me look.\n{"tool": "weather", "arguments": {"city": "Paris"}}',
        },
        {
            "role": "user",
            "content": "The tool weather returned: rain\nThe tool now failed: \nAnd?",
        },
    ]


@pytest.mark.parametrize(
    "message",
    [UserMessage(content=[ImageContent(url="data:,")]), CustomAgentMessage(role="note")],
    ids=["image", "custom"],
)
def test_what_text_cannot_say_is_refused(message):
    with pytest.raises(UnsupportedError, match=r"messages\[0\]"):
        plain_messages("", [message])
