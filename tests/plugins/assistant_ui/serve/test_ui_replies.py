"""Replies to `useChatRuntime`, event by event. Source: spec/assistant-ui.md, c.3 and g.12."""

import pytest
from support.assistant_asks import FRONTEND_TOOL, model_request, said, ui_request

from jackfield import Usage
from jackfield.testing.script import Call, Error, Thinking

ID = {"id": str}
CALL = {"toolCallId": str}
NAMED = CALL | {"toolName": str}
REQUIRED = {
    "start": {},
    "start-step": {},
    "finish-step": {},
    "text-start": ID,
    "text-delta": ID | {"delta": str},
    "text-end": ID,
    "reasoning-start": ID,
    "reasoning-delta": ID | {"delta": str},
    "reasoning-end": ID,
    "tool-input-start": NAMED,
    "tool-input-delta": CALL | {"inputTextDelta": str},
    "tool-input-available": NAMED | {"input": object},
    "tool-input-error": NAMED | {"input": object, "errorText": str},
    "tool-output-available": CALL | {"output": object},
    "tool-output-error": CALL | {"errorText": str},
    "tool-output-denied": CALL,
    "tool-approval-request": CALL | {"approvalId": str},
    "error": {"errorText": str},
    "abort": {},
    "finish": {},
}
OPTIONAL = {
    "start": {"messageId": str},
    "finish": {"finishReason": str, "messageMetadata": dict},
    "abort": {"reason": str},
    "tool-approval-request": {"reason": str},
}
REASONS = {"stop", "length", "content-filter", "tool-calls", "error", "interrupted", "other"}


def checked(reply):
    """Return the events, each checked against the table of c.3, and their order."""
    assert reply.complete
    assert reply.text.endswith("\n\ndata: [DONE]\n\n")
    assert all(event.startswith(("data: ", ":")) for event in reply.text.split("\n\n")[:-1])
    open_blocks, known, steps = set(), set(), 0
    for frame in reply.frames():
        kind = frame.pop("type")
        fields = REQUIRED[kind] | OPTIONAL.get(kind, {})
        assert REQUIRED[kind].keys() <= frame.keys() <= fields.keys(), (kind, frame)
        assert all(isinstance(value, fields[key]) for key, value in frame.items()), (kind, frame)
        if kind.endswith("-start") and kind != "tool-input-start":
            open_blocks.add(frame["id"])
        elif kind.endswith(("text-delta", "reasoning-delta")):
            assert frame["id"] in open_blocks
        elif kind in ("text-end", "reasoning-end"):
            open_blocks.remove(frame["id"])
        elif kind == "tool-input-start":
            known.add(frame["toolCallId"])
        elif kind in ("tool-output-available", "tool-input-delta"):
            assert frame["toolCallId"] in known
        steps += {"start-step": 1, "finish-step": -1}.get(kind, 0)
        frame["type"] = kind
        if kind == "finish":
            assert frame["finishReason"] in REASONS
    assert not open_blocks
    assert steps == 0
    return reply.frames()


def kinds(frames):
    return [frame["type"] for frame in frames]


async def asked(server, body):
    return checked(await server.call("POST", "/api/chat", body))


async def test_reply_has_its_headers(serve, scripted):
    scripted.add("Hello")
    reply = await (await serve()).call("POST", "/api/chat", ui_request("hi"))
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["x-accel-buffering"] == "no"


async def test_answer_with_thinking_tool_and_text_is_valid(serve, scripted):
    scripted.add(
        [Thinking("Hm", chunks=1), "Wait", Call("clock", {"tz": "UTC"})],
        ["Noon", Usage(input=3, output=1, reasoning=1, cache_read=2)],
    )
    found = await asked(await serve(), ui_request("hi"))
    assert kinds(found) == [
        "start",
        "start-step",
        "reasoning-start",
        "reasoning-delta",
        "reasoning-end",
        "text-start",
        "text-delta",
        "text-end",
        "tool-input-start",
        "tool-input-delta",
        "tool-input-available",
        "tool-output-available",
        "finish-step",
        "start-step",
        "text-start",
        "text-delta",
        "text-end",
        "finish-step",
        "finish",
    ]
    assert found[-1]["messageMetadata"]["usage"] == {
        "inputTokens": 3,
        "outputTokens": 1,
        "totalTokens": 4,
        "reasoningTokens": 1,
        "cachedInputTokens": 2,
    }


async def test_each_answer_has_a_new_id_and_a_continued_one_keeps_its(serve, scripted):
    scripted.add("one", "two", "three")
    server = await serve()
    ids = [(await asked(server, ui_request("hi")))[0]["messageId"] for _ in range(2)]
    assert ids[0] != ids[1]
    part = {
        "type": "tool-locate",
        "toolCallId": "c",
        "state": "output-available",
        "input": {},
        "output": {"at": "home"},
    }
    body = ui_request("hi", {"id": "a7", "role": "assistant", "parts": [part]}, messageId="a7")
    assert (await asked(server, body))[0] == {"type": "start", "messageId": "a7"}


async def test_finished_tool_is_never_the_last_word(serve, scripted):
    """A page whose last step holds a finished tool would send the message again, for ever."""
    scripted.add([Call("clock", {"tz": "UTC"})])
    config = {"agents": {"default": {"tools": ["fire"], "max_turns": 1}}}
    found = await asked(await serve(config=config), ui_request("hi"))
    assert kinds(found)[-5:] == [
        "tool-output-available",
        "finish-step",
        "start-step",
        "finish-step",
        "finish",
    ]


async def test_frontend_tool_ends_with_tool_calls(serve, scripted):
    scripted.add([Call("locate")])
    found = await asked(await serve(), ui_request("hi", tools=FRONTEND_TOOL))
    assert kinds(found)[-3:] == ["tool-input-available", "finish-step", "finish"]
    assert found[-1]["finishReason"] == "tool-calls"
    assert found[-3]["input"] == {}


async def test_broken_arguments_do_not_break_the_message(serve, scripted):
    scripted.add([Call("clock", '{"tz": ')], "sorry")
    found = await asked(await serve(), ui_request("hi"))
    assert "tool-input-error" in kinds(found)
    assert "tool-output-error" in kinds(found)
    assert found[-1]["finishReason"] == "stop"


@pytest.mark.parametrize("half", [["Half"], [Call("clock", '{"tz"', ended=False)], []])
async def test_failure_is_an_error_and_then_done(serve, scripted, half):
    scripted.add([*half, Error("no", kind="overloaded")])
    server = await serve(error_details=False)
    reply = await server.call("POST", "/api/chat", ui_request("hi"))
    found = checked(reply)
    assert kinds(found)[-1] == "error"
    assert found[-1]["errorText"] == "The model is overloaded. Try again later."


async def test_data_stream_runtime_can_have_this_protocol(serve, scripted):
    scripted.add("Hello")
    path = "/api/chat?protocol=ui-message-stream"
    reply = await (await serve()).call("POST", path, model_request("hi"))
    assert reply.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert kinds(checked(reply))[-1] == "finish"


async def test_history_of_ui_messages_reaches_the_model(serve, scripted):
    scripted.add("fine")
    tool = {"toolCallId": "c1", "state": "output-available", "input": {"tz": "UTC"}, "output": "12"}
    failed = {"toolCallId": "c2", "state": "output-error", "input": {}, "errorText": "no"}
    half = {"type": "tool-clock", "toolCallId": "c3", "state": "input-streaming", "input": {}}
    png = "data:image/png;base64,AAAA"
    answer = {
        "id": "a",
        "role": "assistant",
        "parts": [
            {"type": "step-start"},
            {"type": "reasoning", "text": "hm"},
            said("Look"),
            {"type": "tool-clock", **tool},
            {"type": "dynamic-tool", "toolName": "burn", **failed},
            {"type": "step-start"},
            said("Noon"),
            half,
            {"type": "data-x", "data": 1},
        ],
    }
    user = {
        "id": "u",
        "role": "user",
        "parts": [said("see"), {"type": "file", "mediaType": "image/png", "url": png}],
    }
    system = {"id": "s", "role": "system", "parts": [said("Be brief.")]}
    await (await serve()).call("POST", "/api/chat", ui_request(system, "hi", answer, user))
    [request] = scripted.requests
    assert request.system_prompt == "Be brief."
    roles = [message.role for message in request.messages]
    assert roles == ["user", "assistant", "tool_result", "tool_result", "assistant", "user"]
    assert [result.is_error for result in request.messages[2:4]] == [False, True]
    assert request.messages[-1].content[1].url == png
