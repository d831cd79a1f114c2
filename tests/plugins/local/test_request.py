import json

import pytest

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import UnsupportedError
from jackfield.messages import (
    AssistantMessage,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.tools import AgentTool
from jackfield_local.abilities import Abilities
from jackfield_local.json_tools import JsonToolReader
from jackfield_local.request import ask
from jackfield_local.settings import LocalSettings
from jackfield_local.wire import ChunkReader

NOW = AgentTool(name="now", description="The time.")
PLAIN = Abilities(context_tokens=100, tools=False)
TOOLS = Abilities(context_tokens=100, tools=True)
HISTORY = [
    UserMessage(content="What time is it?"),
    AssistantMessage(content=[ToolCallContent(id="c", name="now")]),
    ToolResultMessage(tool_call_id="c", tool_name="now", content=[TextContent(text="noon")]),
]


def question(abilities, *, tools=None, messages=None, settings=None, **options):
    messages = messages or [UserMessage(content="hi")]
    context = Context(system_prompt="Be brief.", messages=messages, tools=tools)
    asked = ask(context, StreamOptions(**options), settings or LocalSettings(), abilities)
    return asked, json.loads(asked.request)


def test_a_plain_question_is_plain():
    asked, request = question(PLAIN)
    assert asked.reader is ChunkReader
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert "tools" not in request
    assert "response_format" not in request


def test_a_template_that_knows_tools_gets_them():
    asked, request = question(TOOLS, tools=[NOW], tool_choice="required")
    assert (asked.reader, asked.must_call) == (ChunkReader, True)
    assert request["tool_choice"] == "required"
    assert request["messages"][0]["content"] == "Be brief."


def test_a_template_without_tools_gets_json():
    asked, request = question(PLAIN, tools=[NOW])
    assert (asked.reader, asked.must_call) == (JsonToolReader, False)
    assert "tools" not in request
    assert "now: The time." in request["messages"][0]["content"]
    schema = request["response_format"]["json_schema"]["schema"]
    assert [list(form["properties"]) for form in schema["anyOf"]] == [
        ["answer"],
        ["tool", "arguments"],
    ]


def test_old_calls_are_text_for_a_template_without_tools():
    asked, request = question(PLAIN, messages=HISTORY)
    assert asked.reader is ChunkReader
    assert [message["role"] for message in request["messages"]] == [
        *("system", "user", "assistant", "user")
    ]
    assert "response_format" not in request


def test_old_calls_keep_their_roles_for_a_template_with_tools():
    _, request = question(TOOLS, messages=HISTORY)
    assert request["messages"][-1]["role"] == "tool"


@pytest.mark.parametrize("messages", [None, HISTORY], ids=["tools", "history"])
def test_refusal_can_be_chosen(messages):
    settings = LocalSettings(tools_without_template="refuse")
    with pytest.raises(UnsupportedError, match="knows no tools"):
        question(PLAIN, tools=[NOW], messages=messages, settings=settings)


@pytest.mark.parametrize("abilities", [PLAIN, TOOLS], ids=["plain", "tools"])
def test_tools_and_a_schema_at_once_are_refused(abilities):
    with pytest.raises(UnsupportedError, match="at once"):
        question(abilities, tools=[NOW], response_schema={"type": "string"})
    _, request = question(
        abilities, tools=[NOW], tool_choice="none", response_schema={"type": "string"}
    )
    assert "tools" not in request
    assert request["response_format"]["type"] == "json_schema"


def asked_twice(*, first=None, second=None, between=()):
    def turn(arguments):
        call = ToolCallContent(id="c", name="now", arguments=arguments or {})
        result = ToolResultMessage(
            tool_call_id="c", tool_name="now", content=[TextContent(text="noon")]
        )
        return [AssistantMessage(content=[call]), result]

    return [UserMessage(content="What time is it?"), *turn(first), *between, *turn(second)]


def test_a_call_made_twice_is_not_on_offer_a_third_time():
    asked, request = question(PLAIN, tools=[NOW], messages=asked_twice())
    assert (asked.reader, asked.must_call) == (JsonToolReader, False)
    schema = request["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["answer"]
    assert request["messages"][-1]["content"] == "The tool now returned: noon"


@pytest.mark.parametrize(
    "messages",
    [
        HISTORY,
        asked_twice(second={"zone": "UTC"}),
        asked_twice(between=[UserMessage(content="And now?")]),
    ],
    ids=["once", "other arguments", "asked anew"],
)
def test_other_calls_leave_the_tools_on_offer(messages):
    _, request = question(PLAIN, tools=[NOW], messages=messages)
    assert "anyOf" in request["response_format"]["json_schema"]["schema"]


def test_a_call_that_is_required_may_be_repeated():
    asked, _ = question(PLAIN, tools=[NOW], messages=asked_twice(), tool_choice="required")
    assert asked.must_call
