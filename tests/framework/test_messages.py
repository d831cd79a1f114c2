"""Messages and parts. Source: spec/agent.md, 3."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.messages import (
    AssistantMessage,
    CustomAgentMessage,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCall,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
    normalise_stop_reason,
    now_ms,
)


def test_fields_are_read_like_keys_and_like_attributes():
    message = UserMessage(content=[TextContent(text="hello")])
    assert message["content"][0]["text"] == message.content[0].text == "hello"
    assert message["role"] == "user"
    assert message.get("timestamp") is None
    assert message.get("nothing", 7) == 7
    assert "content" in message
    assert "nothing" not in message
    assert "_pieces" not in message.content[0]
    with pytest.raises(KeyError, match="nothing"):
        message["nothing"]


def test_dict_of_a_message_has_its_fields():
    assert dict(ImageContent(url="data:,x")) == {
        "type": "image",
        "url": "data:,x",
        "mime_type": None,
    }


def test_string_content_becomes_one_text_part():
    assert UserMessage(content="hi").content == [TextContent(text="hi")]


def test_terminate_stays_out_of_dictionaries():
    result = ToolResultMessage(tool_call_id="1", tool_name="t", terminate=True)
    assert "terminate" not in result.to_dict()


@pytest.mark.parametrize(
    ("given_name", "ours"),
    [
        ("complete", "stop"),
        ("stop", "stop"),
        ("length", "length"),
        ("tool_use", "tool_calls"),
        ("toolUse", "tool_calls"),
        ("error", "error"),
        ("aborted", "aborted"),
        ("brand new", "stop"),
    ],
)
def test_stop_reasons_read_as_ours(given_name, ours):
    assert normalise_stop_reason(given_name) == ours
    assert AssistantMessage(stop_reason=given_name).stop_reason == ours


def test_text_is_joined_without_separator():
    parts = [TextContent(text="a"), ThinkingContent(thinking="x"), TextContent(text="b")]
    assert extract_text(AssistantMessage(content=parts)) == "ab"
    assert extract_text(None) == ""
    assert extract_text(CustomAgentMessage(role="note", content="text")) == ""


def test_timestamps_are_epoch_milliseconds():
    assert abs(now_ms() - time.time() * 1000) < 60_000


@given(st.lists(st.text(), max_size=20), st.booleans())
def test_open_text_reads_as_the_sum_of_its_pieces(pieces, reads_while_open):
    part = TextContent(text="")
    grown = part.open()
    for at, piece in enumerate(pieces):
        grown.append(piece)
        if reads_while_open:
            assert part.text == "".join(pieces[: at + 1])
    assert part.is_open
    assert part.seal() == part.text == "".join(pieces)
    assert not part.is_open


def test_arguments_are_readable_while_they_stream():
    call = ToolCallContent(id="1", name="t")
    pieces = call.open()
    assert call.arguments == {}
    pieces.append('{"a": "he')
    assert call.arguments == {"a": "he"}
    assert call.partial_json == '{"a": "he'
    pieces.append('llo"}')
    call.seal()
    assert (call.arguments, call.partial_json) == ({"a": "hello"}, None)


@pytest.mark.parametrize("text", ['{"a": 1', "[1]", '{"a": ' + "[" * 300 + "]" * 300 + "}"])
def test_unreadable_arguments_keep_their_text(text):
    call = ToolCallContent(id="1", name="t")
    call.open().append(text)
    call.seal()
    assert (call.arguments, call.partial_json) == ({}, text)


def test_no_argument_text_means_no_arguments():
    call = ToolCallContent(id="1", name="t")
    call.open()
    call.seal()
    assert (call.arguments, call.partial_json) == ({}, None)


def test_open_parts_show_and_compare_and_serialise():
    part = TextContent(text="")
    part.open().append("so far")
    assert "so far" in repr(part)
    assert part == TextContent(text="so far")
    assert part.to_dict() == {"type": "text", "text": "so far"}


def test_snapshot_stays_while_the_message_grows():
    done, text, call = (
        TextContent(text="done"),
        TextContent(text=""),
        ToolCallContent(id="1", name="t"),
    )
    message = AssistantMessage(content=[done, text, call])
    pieces, arguments = text.open(), call.open()
    pieces.append("hel")
    arguments.append('{"a": "x')
    snapshot = message.snapshot()
    pieces.append("lo")
    arguments.append('y"}')
    message.content.append(TextContent(text="more"))
    assert len(snapshot.content) == 3
    assert snapshot.content[0] is done
    assert snapshot.content[1].text == "hel"
    assert snapshot.content[2].arguments == {"a": "x"}
    assert not any(part.is_open for part in snapshot.content)
    assert (text.text, call.arguments) == ("hello", {"a": "xy"})


def test_misspelt_attributes_are_errors():
    with pytest.raises(AttributeError, match="txet"):
        TextContent(text="x").txet  # noqa: B018 - the access is the test
    with pytest.raises(AttributeError, match="anything"):
        ToolCall(id="1", name="t").anything  # noqa: B018


def test_appending_costs_the_same_at_any_length():
    part = TextContent(text="")
    pieces = part.open()
    for _ in range(50_000):
        pieces.append("abcd")
    assert sys.getsizeof(pieces) < 50_000 * 16
    assert len(part.text) == 200_000
    assert len(pieces) == 1
