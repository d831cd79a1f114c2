"""Messages as commands. Source: spec/assistant-ui.md, a.4; acceptance check 3."""

import warnings

import pytest

from jackfield_assistant_ui import AssistantWarning
from jackfield_assistant_ui.body import Given, chat_body
from jackfield_assistant_ui.commands import converted


def message(role, *parts, **more):
    return {"role": role, "content": list(parts), **more}


def text(words):
    return {"type": "text", "text": words}


def added(role, *parts):
    return {"type": "add-message", "message": {"role": role, "parts": list(parts)}}


CALL = {"type": "tool-call", "toolCallId": "c1", "toolName": "clock", "args": {}}
RESULT = {"type": "tool-result", "toolCallId": "c1", "toolName": "clock", "result": "noon"}
SETTLED = {
    "type": "add-tool-result",
    "toolCallId": "c1",
    "toolName": "clock",
    "result": "noon",
    "isError": False,
}
PDF = {"type": "file", "data": "https://h/a.pdf", "mimeType": "application/pdf"}


@pytest.mark.parametrize(
    ("given", "commands"),
    [
        (message("user", text("hi")), [added("user", text("hi"))]),
        (message("user", {"type": "text"}), [added("user", text(""))]),
        (message("user", {"type": "image"}), [added("user", {"type": "image", "image": ""})]),
        (
            message("user", text("see"), {"type": "image", "image": "https://h/i.jpg", "x": 1}),
            [added("user", text("see"), {"type": "image", "image": "https://h/i.jpg"})],
        ),
        (message("user"), []),
        ({"role": "user", "content": "hi"}, [added("user", text("hi"))]),
        ({"role": "user"}, []),
        (message("user", PDF), [added("user", PDF)]),
        (
            message("user", PDF | {"filename": "a.pdf", "other": 1}),
            [added("user", PDF | {"filename": "a.pdf"})],
        ),
        (
            message("user", {"type": "file", "data": "data:,x", "mimeType": "image/png"}),
            [added("user", {"type": "image", "image": "data:,x"})],
        ),
        (message("assistant", text("ho")), [added("assistant", text("ho"))]),
        ({"role": "assistant", "content": "ho"}, [added("assistant", text("ho"))]),
        (message("assistant", CALL), []),
        (message("assistant", text("ho"), CALL), [added("assistant", text("ho"))]),
        (message("tool", RESULT), [SETTLED]),
        (message("tool", RESULT, RESULT), [SETTLED, SETTLED]),
        (message("tool", RESULT | {"isError": True}), [SETTLED | {"isError": True}]),
        (message("tool", RESULT | {"artifact": [1]}), [SETTLED | {"artifact": [1]}]),
        (message("tool", RESULT | {"artifact": None}), [SETTLED]),
        ({"role": "system", "content": "Be brief"}, []),
    ],
)
def test_a_message_becomes_commands(given, commands):
    assert converted([given]).commands == commands


def test_the_order_of_messages_is_that_of_commands():
    history = [message("user", text("a")), message("assistant", text("b")), message("tool", RESULT)]
    assert converted(history).commands == [
        added("user", text("a")),
        added("assistant", text("b")),
        SETTLED,
    ]


@pytest.mark.parametrize(
    "given",
    [
        message("robot", text("hi")),
        {"content": "hi"},
        message("user", {"type": "video"}),
        message("user", CALL),
        message("assistant", {"type": "image", "image": "x"}),
        message("tool", text("hi")),
        {"role": "user", "content": 7},
        {"role": "user", "content": ["hi"]},
    ],
)
def test_what_is_unknown_is_refused(given):
    with pytest.raises(ValueError, match=r"role|part|content"):
        converted([given])


def body_of(*messages, **given):
    arguments = Given(messages=messages, **given)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        body = chat_body("t1", arguments, {}, stacklevel=1)
    told = [str(each.message) for each in caught if each.category is AssistantWarning]
    return body, told


def test_system_messages_become_the_system():
    body, told = body_of(
        {"role": "system", "content": "Be brief."}, message("system", text("Be kind."))
    )
    assert (body["system"], body["commands"], told) == ("Be brief.\n\nBe kind.", [], [])


def test_a_given_system_wins_and_that_is_told():
    body, [told] = body_of({"role": "system", "content": "Be brief."}, system="Be long.")
    assert body["system"] == "Be long."
    assert "System messages" in told


def test_tool_calls_of_the_assistant_are_told_once():
    _, [told] = body_of(message("assistant", CALL), message("assistant", CALL))
    assert "clock, clock" in told


def test_history_goes_before_the_given_commands():
    extra = {"type": "my-command"}
    body, _ = body_of(message("user", text("hi")), commands=[extra])
    assert body["commands"] == [added("user", text("hi")), extra]
