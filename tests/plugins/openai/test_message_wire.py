"""Messages on the wire, byte for byte. Source: spec/openrouter.md, 4 and 6.3."""

import json

import pytest

from jackfield import (
    AssistantMessage,
    ImageContent,
    ProviderError,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.messages import CacheControl, CustomAgentMessage
from jackfield_openai import message_wire
from jackfield_openai.dialect import Dialect
from jackfield_openai.message_wire import MessageEncoder, dumps

PNG = "data:image/png;base64,iVBORw0KGgo="


def wire(*messages, **dialect):
    encoded = MessageEncoder(Dialect(**dialect)).encode(messages)
    return [json.loads(message) for message in encoded]


def call(call_id="c1", name="add", arguments=None, **more):
    return ToolCallContent(id=call_id, name=name, arguments=arguments or {}, **more)


def result(call_id="c1", *parts, **more):
    return ToolResultMessage(tool_call_id=call_id, tool_name="look", content=list(parts), **more)


def test_user_text_is_one_string():
    message = UserMessage(content=[TextContent(text="a"), TextContent(text="b")])
    assert MessageEncoder(Dialect()).encode([message]) == [b'{"role":"user","content":"a\\nb"}']


def test_user_image_makes_parts_in_order():
    message = UserMessage(content=[TextContent(text="see"), ImageContent(url=PNG)])
    assert wire(message) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "see"},
                {"type": "image_url", "image_url": {"url": PNG}},
            ],
        }
    ]


def test_image_for_a_model_without_eyes_is_named():
    message = UserMessage(content=[ImageContent(url=PNG, mime_type="image/png")])
    [sent] = wire(message, images=False)
    assert sent["content"] == [{"type": "text", "text": "[image omitted: image/png]"}]


def test_image_that_is_no_url_is_refused():
    message = UserMessage(content=[TextContent(text="x"), ImageContent(url="iVBORw0KGgo=")])
    with pytest.raises(ProviderError, match=r"messages\[0\]\.content\[1\]\.url") as caught:
        wire(message)
    assert caught.value.kind == "invalid_request"


def test_assistant_text_is_joined_without_a_separator():
    message = AssistantMessage(content=[TextContent(text="Hel"), TextContent(text="lo")])
    assert wire(message) == [{"role": "assistant", "content": "Hello"}]


def test_assistant_with_calls_only_has_null_content():
    message = AssistantMessage(content=[call(arguments={"a": 1, "é": "ü"})])
    assert MessageEncoder(Dialect()).encode([message]) == [
        '{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",'
        '"function":{"name":"add","arguments":"{\\"a\\":1,\\"é\\":\\"ü\\"}"}}]}'.encode()
    ]


def test_unparsable_arguments_are_sent_as_an_empty_object():
    message = AssistantMessage(content=[call(partial_json='{"a": 1')])
    assert wire(message)[0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_big_integers_in_arguments_stay_exact():
    message = AssistantMessage(content=[call(arguments={"n": 10**30})])
    assert wire(message)[0]["tool_calls"][0]["function"]["arguments"] == f'{{"n":{10**30}}}'


def test_thinking_goes_back_in_the_field_in_which_it_came():
    parts = [
        ThinkingContent(thinking="a", thinking_signature="reasoning_content"),
        TextContent(text="x"),
        ThinkingContent(thinking="b", thinking_signature="reasoning_content"),
        ThinkingContent(thinking="c", thinking_signature="[1]"),
        ThinkingContent(thinking="d"),
    ]
    message = AssistantMessage(content=parts)
    assert wire(message) == [{"role": "assistant", "content": "x", "reasoning_content": "a\nb"}]
    assert wire(message, replay_reasoning=False) == [{"role": "assistant", "content": "x"}]


def test_assistant_with_thinking_only_has_empty_content():
    part = ThinkingContent(thinking="a", thinking_signature="reasoning")
    assert wire(AssistantMessage(content=[part])) == [
        {"role": "assistant", "content": "", "reasoning": "a"}
    ]


@pytest.mark.parametrize(
    ("message", "content"),
    [
        (result("c1", TextContent(text="a"), TextContent(text="b")), "a\nb"),
        (result("c1"), "(no output)"),
        (result("c1", is_error=True), "Error"),
        (result("c1", TextContent(text="no"), is_error=True), "no"),
    ],
)
def test_tool_result_is_one_string(message, content):
    assert wire(message) == [{"role": "tool", "tool_call_id": "c1", "content": content}]


def test_result_can_name_its_tool():
    assert wire(result("c1"), result_names=True)[0]["name"] == "look"


def test_images_of_results_follow_the_last_result():
    messages = [
        AssistantMessage(content=[call("c1"), call("c2")]),
        result("c1", TextContent(text="a"), ImageContent(url=PNG)),
        result("c2", ImageContent(url="https://x/y.png")),
        UserMessage(content="go on"),
    ]
    sent = wire(*messages)
    assert [message["role"] for message in sent] == ["assistant", "tool", "tool", "user", "user"]
    assert [message["content"] for message in sent[1:3]] == ["a", "(no output)"]
    assert sent[3]["content"] == [
        {"type": "text", "text": "Image from tool look:"},
        {"type": "image_url", "image_url": {"url": PNG}},
        {"type": "text", "text": "Image from tool look:"},
        {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
    ]


def test_images_of_results_follow_at_the_end_too():
    sent = wire(result("c1", ImageContent(url=PNG)))
    assert [message["role"] for message in sent] == ["tool", "user"]


def test_images_of_results_stay_in_them_where_the_endpoint_takes_that():
    [sent] = wire(result("c1", TextContent(text="a"), ImageContent(url=PNG)), tool_images="tool")
    assert [part["type"] for part in sent["content"]] == ["text", "image_url"]


def test_breakpoints_are_sent_where_they_are_known():
    control = CacheControl(ttl="1h")
    messages = [
        UserMessage(content=[TextContent(text="u", cache_control=control)]),
        AssistantMessage(content=[TextContent(text="a", cache_control=control)]),
        result("c1", TextContent(text="r", cache_control=control)),
    ]
    marked = {"type": "ephemeral", "ttl": "1h"}
    sent = wire(*messages, cache_control=True)
    assert [message["content"][0]["cache_control"] for message in sent] == [marked] * 3
    assert [message["content"] for message in wire(*messages)] == ["u", "a", "r"]


def test_other_roles_are_not_sent():
    assert wire(CustomAgentMessage(role="note", content="x")) == []


def test_lone_surrogates_do_not_stop_a_request():
    message = UserMessage(content="a\ud800b")
    assert wire(message)[0]["content"] == "a\ufffdb"


def history():
    return [
        UserMessage(content="hi"),
        AssistantMessage(content=[TextContent(text="x"), call(arguments={"a": {"b": 1}})]),
        result("c1", TextContent(text="r")),
    ]


def _set(target, name):
    return lambda message: setattr(target(message), name, "changed")


CHANGES = pytest.mark.parametrize(
    ("at", "change"),
    [
        (0, _set(lambda message: message.content[0], "text")),
        (0, lambda message: message.content.append(TextContent(text="more"))),
        (0, lambda message: message.content.__setitem__(0, TextContent(text="other"))),
        (0, lambda message: setattr(message, "content", [TextContent(text="other")])),
        (0, lambda message: setattr(message.content[0], "cache_control", CacheControl())),
        (1, lambda message: message.content.pop()),
        (1, lambda message: message.content[1].arguments["a"].update(b=2)),
        (1, lambda message: setattr(message.content[1], "arguments", {"z": 1})),
        (2, _set(lambda message: message.content[0], "text")),
    ],
)


@CHANGES
def test_changes_in_place_are_noticed(at, change):
    messages = history()
    dialect = Dialect(cache_control=True)
    encoder = MessageEncoder(dialect)
    encoder.encode(messages)
    change(messages[at])
    assert encoder.encode(messages) == MessageEncoder(dialect).encode(messages)


def long_history(turns=3):
    return [message for _ in range(turns) for message in history()]


@CHANGES
@pytest.mark.parametrize("more", [0, 2])
def test_changes_in_a_history_that_was_sent_often_are_noticed(at, change, more):
    messages = long_history()
    dialect = Dialect(cache_control=True)
    encoder = MessageEncoder(dialect)
    for sent in (4, 5, 8, 9, 9):
        encoder.encode(messages[:sent])
    change(messages[3 + at])
    messages += history()[:more]
    assert encoder.encode(messages) == MessageEncoder(dialect).encode(messages)
    assert encoder.encode(messages) == MessageEncoder(dialect).encode(messages)


def test_part_that_moves_to_the_next_message_is_noticed():
    messages = long_history()
    encoder = MessageEncoder(Dialect())
    for _ in range(3):
        encoder.encode(messages)
    messages[2].content.append(messages[3].content.pop(0))
    assert encoder.encode(messages) == MessageEncoder(Dialect()).encode(messages)


@pytest.mark.parametrize("keep", [1, 5, 9])
def test_other_ends_of_a_history_are_sent_as_they_are(keep):
    messages = long_history()
    other = [*messages[:keep], *long_history(2)]
    encoder = MessageEncoder(Dialect())
    for _ in range(3):
        for each in (messages, other, messages[:keep]):
            assert encoder.encode(each) == MessageEncoder(Dialect()).encode(each)


def test_history_that_was_sent_before_is_not_looked_at_message_by_message(monkeypatch):
    messages = long_history()
    encoder = MessageEncoder(Dialect())
    for _ in range(2):
        first = encoder.encode(messages)
    encoder._kept.clear()
    monkeypatch.setattr(encoder, "_add", None)  # an encoding would fail
    assert encoder.encode(messages) == first


def test_beginnings_of_many_histories_are_bounded():
    encoder = MessageEncoder(Dialect())
    for _ in range(200):
        encoder.encode(long_history())
    assert len(encoder._begun) <= 64


def test_unchanged_messages_are_encoded_once(monkeypatch):
    messages = history()
    encoder = MessageEncoder(Dialect())
    first = encoder.encode(messages)
    monkeypatch.setattr(encoder, "_add", None)  # an encoding would fail
    assert all(map(lambda a, b: a is b, encoder.encode(messages), first))


def test_big_integers_stay_exact_when_they_are_sent_again():
    messages = [AssistantMessage(content=[call(arguments={"n": 2**70})])]
    encoder = MessageEncoder(Dialect())
    first = encoder.encode(messages)
    assert encoder.encode(messages) == first
    messages[0].content[0].arguments["n"] = 2**71
    assert str(2**71).encode() in encoder.encode(messages)[0]


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(message_wire, "KEPT_BYTES", 1000)
    encoder = MessageEncoder(Dialect())
    for number in range(100):
        encoder.encode([UserMessage(content=f"{number} " + "x" * 90)])
    assert len(encoder._kept) <= 10


def test_messages_of_one_history_encode_the_same_in_another_encoder():
    messages = history() * 3
    encoder = MessageEncoder(Dialect())
    assert encoder.encode(messages) == encoder.encode(messages)
    assert encoder.encode(messages) == MessageEncoder(Dialect()).encode(messages)


def test_dumps_escapes_nothing_but_what_it_must():
    assert dumps({"a": "é😀\n", "b": [1, None]}) == '{"a":"é😀\\n","b":[1,null]}'.encode()


def test_dumps_refuses_what_json_cannot_hold():
    with pytest.raises(TypeError):
        dumps({"a": object()})
