import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.answer import Answer
from jackfield.contracts import StreamOptions
from jackfield.errors import ContextOverflowError, ProtocolError, ProviderError, UnsupportedError
from jackfield.messages import (
    AssistantMessage,
    CustomAgentMessage,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.models import Model, ThinkingLevel
from jackfield.tools import AgentTool
from jackfield_local.settings import LocalSettings
from jackfield_local.wire import (
    ChunkReader,
    encode,
    native_messages,
    native_tools,
    sampling,
    wire_error,
)

ADD = AgentTool(name="add", description="Add.", parameters={"type": "object", "properties": {}})
NOW = AgentTool(name="now")


def chunk(delta=None, reason=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": reason}]
    return json.dumps({"id": "chatcmpl-1", "choices": choices, **more}).encode()


def read(*chunks):
    answer = Answer(Model(provider="local", id="m"))
    reader = ChunkReader(answer, "m")
    for raw in chunks:
        reader.feed(raw)
    answer.finish(reader.finish())
    return answer.message


def test_settings_are_used_where_options_are_silent():
    fields = sampling(StreamOptions(), LocalSettings(max_tokens=9))
    assert (fields["temperature"], fields["max_tokens"]) == (0.2, 9)
    fields = sampling(StreamOptions(temperature=0.0, max_tokens=5), LocalSettings())
    assert (fields["temperature"], fields["max_tokens"]) == (0.0, 5)
    assert "max_tokens" not in sampling(StreamOptions(), LocalSettings(max_tokens=None))


def test_a_seed_turns_the_prompt_cache_off():
    fields = sampling(StreamOptions(), LocalSettings(seed=7))
    assert (fields["seed"], fields["cache_prompt"]) == (7, False)
    assert "cache_prompt" not in sampling(StreamOptions(), LocalSettings())


def test_a_schema_and_thinking_are_passed_on():
    options = StreamOptions(response_schema={"type": "string"}, reasoning=ThinkingLevel.LOW)
    fields = sampling(options, LocalSettings())
    assert fields["response_format"]["json_schema"]["schema"] == {"type": "string"}
    assert fields["chat_template_kwargs"] == {"enable_thinking": True}
    off = sampling(StreamOptions(reasoning=ThinkingLevel.OFF), LocalSettings())
    assert "chat_template_kwargs" not in off


@pytest.mark.parametrize(
    ("choice", "names", "wire"),
    [
        (None, ["add", "now"], "auto"),
        ("auto", ["add", "now"], "auto"),
        ("required", ["add", "now"], "required"),
        ("now", ["now"], "required"),
    ],
)
def test_tool_choice_selects_tools(choice, names, wire):
    fields = native_tools([ADD, NOW], choice)
    assert [tool["function"]["name"] for tool in fields["tools"]] == names
    assert fields["tool_choice"] == wire


def test_tool_choice_none_sends_no_tools():
    assert native_tools([ADD], "none") == native_tools([], None) == {}


@pytest.mark.parametrize(("tools", "choice"), [([ADD], "sub"), ([], "required"), ([], "add")])
def test_an_impossible_tool_choice_is_refused(tools, choice):
    with pytest.raises(UnsupportedError, match="tool_choice"):
        native_tools(tools, choice)


def test_messages_keep_calls_and_results():
    messages = [
        UserMessage(content=[TextContent(text="a"), TextContent(text="b")]),
        AssistantMessage(
            content=[
                ThinkingContent(thinking="hm"),
                TextContent(text="Let me see."),
                ToolCallContent(id="c1", name="add", arguments={"a": 1}),
            ]
        ),
        ToolResultMessage(tool_call_id="c1", tool_name="add", content=[TextContent(text="3")]),
    ]
    system, user, assistant, result = native_messages("Be brief.", messages)
    assert system == {"role": "system", "content": "Be brief."}
    assert user == {"role": "user", "content": "a\nb"}
    assert assistant["content"] == "Let me see."
    assert assistant["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 1}'}
    assert (result["role"], result["tool_call_id"], result["content"]) == ("tool", "c1", "3")


def test_an_image_is_refused_with_its_place():
    message = UserMessage(content=[TextContent(text="Look:"), ImageContent(url="data:,")])
    with pytest.raises(UnsupportedError, match=r"messages\[1\]\.content\[1\] is an image"):
        native_messages("", [UserMessage(content="hi"), message])


def test_a_message_of_the_application_is_refused():
    with pytest.raises(UnsupportedError, match=r"messages\[0\] has the role 'note'"):
        native_messages("", [CustomAgentMessage(role="note")])


@given(text=st.text(st.characters()))
def test_any_text_becomes_valid_utf8(text):
    sent = json.loads(encode({"text": text}))["text"]
    assert sent == text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def test_text_thinking_usage_and_ids_are_read():
    message = read(
        chunk({"role": "assistant", "content": None}),
        chunk({"reasoning_content": "Hm."}),
        chunk({"content": "Hello"}),
        chunk({"content": " you"}),
        chunk({}, "stop", timings={"predicted_per_second": 99.0}),
        chunk(usage={"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}),
    )
    thinking, text = message.content
    assert (thinking.thinking, text.text) == ("Hm.", "Hello you")
    assert (message.stop_reason, message.raw_stop_reason) == ("stop", "stop")
    assert (message.usage.input, message.usage.output) == (5, 2)
    assert message.response_id == "chatcmpl-1"
    assert message.metadata["timings"] == {"predicted_per_second": 99.0}


def test_tool_calls_are_read_side_by_side():
    def call(index, **function):
        first = {"id": f"c{index}", "type": "function"} if "name" in function else {}
        return {"tool_calls": [{"index": index, "function": function, **first}]}

    message = read(
        chunk(call(0, name="add", arguments="")),
        chunk(call(0, arguments='{"a":')),
        chunk(call(1, name="now", arguments="{}")),
        chunk(call(0, arguments="1}")),
        chunk({}, "tool_calls"),
    )
    assert [(c.id, c.name, c.arguments) for c in message.tool_calls()] == [
        ("c0", "add", {"a": 1}),
        ("c1", "now", {}),
    ]
    assert message.stop_reason == "tool_calls"


def test_a_full_window_ends_with_length():
    assert read(chunk({"content": "and"}), chunk({}, "length")).stop_reason == "length"


def test_an_answer_without_a_finish_reason_is_broken():
    with pytest.raises(ProtocolError, match="finish reason"):
        read(chunk({"content": "and"}))


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"id":1,"choices":[{}]}', b"\xff", b'{"id":1,"choices":3}']
)
def test_a_chunk_of_another_form_is_a_protocol_error(raw):
    with pytest.raises(ProtocolError):
        read(raw)


def test_overflow_tells_both_sizes():
    raw = {
        "code": 400,
        "message": "request (9031 tokens) exceeds the available context size (8192 tokens)",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 9031,
        "n_ctx": 8192,
    }
    with pytest.raises(ContextOverflowError, match=r"9031 tokens.*holds 8192") as caught:
        read(json.dumps({"error": raw}).encode())
    assert caught.value.details == {"input_tokens": 9031, "context_tokens": 8192}


def test_other_errors_keep_llama_cpps_words():
    error = wire_error({"code": 400, "message": "bad", "type": "invalid_request_error"}, "m")
    assert type(error) is ProviderError
    assert (error.kind, error.status, "bad" in error.message) == ("invalid_request", 400, True)
    assert wire_error({"message": "boom"}, "m").kind == "server"
    running_out = wire_error({"message": "Context size has been exceeded."}, "m")
    assert isinstance(running_out, ContextOverflowError)
