"""Dictionaries become our types. Source: spec/agent.md, 3, 4.5, 7.2 and 16 (2)."""

import subprocess
import sys
from collections import ChainMap
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.coerce import (
    as_event,
    as_message,
    as_messages,
    as_tool_result,
    as_user_parts,
)
from jackfield.errors import ToolError, ValidationError
from jackfield.events import DoneEvent, ErrorEvent, StartEvent, TextDeltaEvent, ToolCallEndEvent
from jackfield.messages import (
    AssistantMessage,
    CacheControl,
    CustomAgentMessage,
    ErrorInfo,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.tools import AgentToolResult
from jackfield.usage import Usage

HELLO = {"type": "text", "text": "hello"}


def test_dictionaries_become_messages():
    assert as_message({"role": "user", "content": [HELLO], "timestamp": 5}) == UserMessage(
        content=[TextContent(text="hello")], timestamp=5
    )
    assert as_message(
        {"role": "tool_result", "tool_call_id": "1", "tool_name": "t", "content": "3"}
    ) == ToolResultMessage(tool_call_id="1", tool_name="t", content=[TextContent(text="3")])


def test_answers_are_read_as_tinyagent_writes_them():
    message = as_message(
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "thinking_signature": None},
                HELLO,
                {"type": "tool_call", "id": "1", "name": "t", "arguments": '{"a": 1}'},
                {"type": "tool_call", "id": "2", "name": "t", "arguments": '{"a'},
            ],
            "stop_reason": "tool_use",
            "usage": {"input": 3, "cost": {"total": 1}},
            "api": None,
            "error": {"kind": "server", "message": "x"},
        }
    )
    assert message.content == [
        ThinkingContent(thinking="hm"),
        TextContent(text="hello"),
        ToolCallContent(id="1", name="t", arguments={"a": 1}),
        ToolCallContent(id="2", name="t", partial_json='{"a'),
    ]
    assert (message.stop_reason, message.usage.input, message.usage.cost.total) == (
        "tool_calls",
        3,
        1.0,
    )
    assert message.api == ""
    assert message.error == ErrorInfo(kind="server", message="x")


def test_dictionary_and_object_read_the_same():
    message = as_message({"role": "user", "content": [HELLO]})
    assert message["content"][0]["text"] == message.content[0].text == "hello"


def test_strings_are_what_the_user_says():
    message = as_message("hi")
    assert message.content == [TextContent(text="hi")]
    assert message.timestamp is not None
    assert [each.role for each in as_messages(["hi", UserMessage(content="x")])] == ["user"] * 2


@pytest.mark.parametrize(
    "value", ["hi", {"role": "user", "content": "hi"}, UserMessage(content="hi")]
)
def test_one_message_makes_a_list_of_one(value):
    (message,) = as_messages(value)
    assert message.content == [TextContent(text="hi")]


def test_other_mappings_and_pydantic_models_are_read():
    fields = {"role": "user", "content": [ChainMap(HELLO)]}
    assert as_message(ChainMap(fields)).content[0].text == "hello"
    assert as_message(SimpleNamespace(model_dump=lambda: fields)).content[0].text == "hello"


@pytest.mark.parametrize(
    "message",
    [
        UserMessage(content="x"),
        AssistantMessage(content=[ToolCallContent(id="1", name="t")]),
        ToolResultMessage(tool_call_id="1", tool_name="t"),
        CustomAgentMessage(role="note", content={"any": 1}),
    ],
)
def test_our_messages_pass_untouched(message):
    content = message.content
    assert as_message(message) is message
    assert message.content is content


def test_dictionaries_inside_our_messages_are_converted():
    given_parts = [HELLO, TextContent(text="b", cache_control={"type": "ephemeral"}), "c"]
    message = UserMessage(content=given_parts)
    assert as_message(message) is message
    assert [part.text for part in message.content] == ["hello", "b", "c"]
    assert message.content[1].cache_control == CacheControl()
    assert given_parts[0] is HELLO


def test_unknown_roles_are_the_applications_own():
    message = as_message({"role": "note", "content": "x", "timestamp": 1, "colour": "red"})
    assert message == CustomAgentMessage(
        role="note", content="x", timestamp=1, data={"colour": "red"}
    )
    assert as_message(message.to_dict()) == message


@pytest.mark.parametrize("role", ["asistant", "User", "tool-result", "toolResult", "users"])
def test_misspelt_roles_are_errors(role):
    with pytest.raises(ValidationError, match="did you mean"):
        as_message({"role": role, "content": []})


@pytest.mark.parametrize(
    ("value", "place", "words"),
    [
        ({"role": "user", "content": [{**HELLO, "text": 5}]}, ".content[0].text", "got 5"),
        ({"role": "user", "content": [{"type": "text"}]}, ".content[0].text", "missing"),
        ({"role": "user", "content": [{"type": "txt"}]}, ".content[0].type", "mean text?"),
        ({"role": "user", "content": [{"text": "x"}]}, ".content[0].type", "got none"),
        ({"role": "user", "content": [{**HELLO, "txet": 1}]}, ".content[0].txet", "mean text?"),
        ({"role": "user", "content": [7]}, ".content[0]", "expected a part"),
        ({"role": "user", "content": 7}, ".content", "expected a list of parts"),
        ({"role": "user"}, ".content", "got null"),
        ({"role": "user", "content": [], "time": 1}, ".time", "mean timestamp?"),
        (
            {"role": "user", "content": [{"type": "image", "url": "iVBORw0KGgo="}]},
            ".content[0].url",
            "data: URL",
        ),
        (
            {"role": "user", "content": [{"type": "tool_call", "id": "1", "name": "t"}]},
            ".content[0].type",
            "expected one of text, image",
        ),
        ({"role": "tool_result", "content": []}, ".tool_call_id", "tool_name: required"),
        ({"role": "assistant", "usage": {"input": "many"}}, ".usage.input", "expected integer"),
        (
            {"role": "user", "content": [{**HELLO, "cache_control": {"ttl": "9m"}}]},
            ".content[0].cache_control.ttl",
            "'5m' or '1h'",
        ),
        ({"content": []}, ".role", "user, assistant, tool_result"),
        ({"role": 3}, ".role", "expected one of"),
        (7, "", "expected a message"),
        (UserMessage(content=[ToolCallContent(id="1", name="t")]), ".content[0].type", "text"),
        (UserMessage(content=[ImageContent(url="x.png")]), ".content[0].url", "http(s)"),
    ],
)
def test_errors_name_the_place(value, place, words):
    with pytest.raises(ValidationError) as caught:
        as_messages([UserMessage(content="fine"), value])
    assert caught.value.place == "messages[1]" + place
    assert caught.value.place in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("values", [None, 3])
def test_what_is_no_list_of_messages_is_an_error(values):
    with pytest.raises(ValidationError, match="expected messages"):
        as_messages(values)


def test_user_parts_are_text_and_images():
    image = ImageContent(url="https://example.org/x.png")
    assert as_user_parts([image, HELLO, "more"], "images") == [
        image,
        TextContent(text="hello"),
        TextContent(text="more"),
    ]
    assert as_user_parts(HELLO) == [TextContent(text="hello")]
    with pytest.raises(ValidationError, match=r"^images\[0\]\.type"):
        as_user_parts([ThinkingContent(thinking="x")], "images")


def test_our_types_cost_no_import_of_pydantic():
    code = (
        "import sys\n"
        "from jackfield.coerce import as_event, as_messages, as_tool_result\n"
        "from jackfield.events import DoneEvent\n"
        "from jackfield.messages import AssistantMessage, TextContent\n"
        "from jackfield.tools import AgentToolResult\n"
        "answer = AssistantMessage(content=[TextContent(text='x')])\n"
        "as_messages(['hi', answer])\n"
        "as_event(DoneEvent('stop', answer)); as_event({'type': 'odd'})\n"
        "as_tool_result('x'); as_tool_result(AgentToolResult(content=[TextContent(text='x')]))\n"
        "assert 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Tool results


def test_tool_results_come_in_three_forms():
    expected = AgentToolResult(content=[TextContent(text="hello")], details={"n": 1})
    ours = AgentToolResult(content=[HELLO], details={"n": 1})
    assert as_tool_result(ours) is ours
    assert ours == expected
    assert as_tool_result({"content": [HELLO], "details": {"n": 1}}) == expected
    assert as_tool_result("hello").content == expected.content
    assert as_tool_result({"content": "hello", "terminate": True}).terminate


@pytest.mark.parametrize("value", [None, 3, ["x"], {"answer": 1}, object()])
def test_other_results_are_errors_that_name_the_type(value):
    with pytest.raises(ToolError, match=f"returned {type(value).__name__}"):
        as_tool_result(value)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"content": [{"type": "text"}]}, "content[0].text"),
        ({"content": [], "detials": {}}, "result.detials"),
        ({"content": [], "details": 3}, "result.details"),
        (AgentToolResult(content=[ThinkingContent(thinking="x")]), "content[0].type"),
    ],
)
def test_malformed_results_name_the_place(value, place):
    with pytest.raises(ValidationError) as caught:
        as_tool_result(value)
    assert caught.value.place == place


def test_huge_results_are_cut_with_a_note():
    image = ImageContent(url="data:,x")
    parts = [TextContent(text="a" * 6), image, TextContent(text="b" * 6), TextContent(text="c")]
    result = as_tool_result(AgentToolResult(content=parts), max_chars=8)
    assert [getattr(part, "text", "image") for part in result.content] == [
        "a" * 6,
        "image",
        "bb",
        "",
        "(cut: 5 more characters)",
    ]
    assert parts[2].text == "b" * 6
    assert len(as_tool_result("x" * 3_000_000).content[0].text) == 1_000_000
    assert len(as_tool_result("x" * 3_000_000, max_chars=None).content) == 1


# Events


PARTIAL = {"role": "assistant", "content": [HELLO]}
MESSAGE = AssistantMessage(content=[TextContent(text="hello")])


def test_our_events_pass_untouched():
    event = TextDeltaEvent(0, "x", MESSAGE)
    assert as_event(event) is event


@pytest.mark.parametrize("wrap", [dict, lambda fields: SimpleNamespace(**fields)])
def test_dictionaries_and_look_alikes_become_events(wrap):
    assert as_event(wrap({"type": "start", "partial": PARTIAL})) == StartEvent(MESSAGE)
    delta = {"type": "text_delta", "content_index": 0, "delta": "x", "partial": MESSAGE}
    assert as_event(wrap(delta)).partial is MESSAGE
    assert as_event(wrap(delta)) == TextDeltaEvent(0, "x", MESSAGE)
    done = {"type": "done", "reason": "toolUse", "message": PARTIAL, "partial": PARTIAL}
    assert as_event(wrap(done)) == DoneEvent("tool_calls", MESSAGE)
    error = {"type": "error", "reason": "aborted", "error": PARTIAL}
    assert as_event(wrap(error)) == ErrorEvent("aborted", MESSAGE)


def test_missing_messages_are_none():
    assert as_event({"type": "start"}).partial is None
    assert as_event({"type": "done"}).message is None
    done = as_event({"type": "done", "reason": "stop", "partial": MESSAGE})
    assert done.message is done.partial is MESSAGE


def test_a_missing_tool_call_is_found_in_the_partial():
    part = ToolCallContent(id="1", name="t")
    partial = AssistantMessage(content=[TextContent(text="x"), part])
    fields = {"type": "tool_call_end", "content_index": 1, "partial": partial}
    assert as_event(fields) == ToolCallEndEvent(1, part, partial)
    call = {"type": "tool_call", "id": "2", "name": "u"}
    assert as_event({**fields, "tool_call": call}).tool_call.name == "u"


@pytest.mark.parametrize(
    "value", [None, 3, {}, {"type": "odd"}, {"type": 3}, {"type": "agent_end"}]
)
def test_unknown_events_are_none(value):
    assert as_event(value) is None


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"type": "text_delta", "delta": "x"}, "event.content_index"),
        ({"type": "text_delta", "content_index": -1}, "event.content_index"),
        ({"type": "text_delta", "content_index": True}, "event.content_index"),
        ({"type": "text_delta", "content_index": 0, "delta": 3}, "event.delta"),
        ({"type": "start", "partial": {"role": "user", "content": []}}, "event.partial"),
        (
            {"type": "start", "partial": {"role": "assistant", "content": [None]}},
            "event.partial.content[0]",
        ),
    ],
)
def test_malformed_events_name_the_place(value, place):
    with pytest.raises(ValidationError) as caught:
        as_event(value)
    assert caught.value.place == place


_TEXTS = st.text(max_size=5)
_PARTS = st.one_of(
    st.builds(TextContent, text=_TEXTS, text_signature=st.none() | _TEXTS),
    st.builds(ThinkingContent, thinking=_TEXTS, redacted=st.booleans()),
    st.builds(
        ToolCallContent,
        id=_TEXTS,
        name=_TEXTS,
        arguments=st.dictionaries(_TEXTS, st.integers() | _TEXTS, max_size=2),
    ),
)
_ANSWERS = st.builds(
    AssistantMessage,
    content=st.lists(_PARTS, max_size=3),
    stop_reason=st.none() | st.sampled_from(["stop", "error"]),
    usage=st.builds(Usage, input=st.integers(0)),
    metadata=st.dictionaries(_TEXTS, st.integers(), max_size=2),
)


@given(_ANSWERS)
def test_what_is_written_as_a_dictionary_reads_back_equal(message):
    assert as_message(message.to_dict()) == message
