"""Which request goes where, and what is refused. Source: spec/assistant-ui.md, c.0 and g.13."""

import pytest
from support.assistant_asks import (
    commands_request,
    model_request,
    python_request,
    said,
    says,
    ui_request,
)


@pytest.mark.parametrize(
    ("body", "kind", "first"),
    [
        (model_request("hi"), "text/plain", b"f:"),
        (ui_request("hi"), "text/event-stream", b'data: {"type":"start"'),
        (commands_request("hi"), "text/plain", b"aui-state:"),
        (python_request("hi"), "text/plain", b"aui-state:"),
    ],
    ids=["data-stream", "ai-sdk", "transport", "python"],
)
async def test_each_form_of_request_finds_its_answer(serve, scripted, body, kind, first):
    scripted.add("Hello")
    reply = await (await serve()).call("POST", "/api/chat", body)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith(kind)
    assert reply.body.startswith(first)


def call_part(**more):
    return {"type": "tool-call", "toolCallId": "c", "toolName": "n", "args": {}, **more}


def answered(*parts):
    return {"messages": [{"id": "a", "role": "assistant", "parts": list(parts)}]}


WRONG = {
    "no form": ({"prompt": "hi"}, 400),
    "empty messages": ({"messages": []}, 400),
    "a list": ([1], 422),
    "messages is a text": ({"messages": "x", "trigger": "submit-message"}, 422),
    "unknown role": (model_request({"role": "robot", "content": "x"}), 422),
    "role of an odd type": (model_request({"role": [], "content": "x"}), 422),
    "unknown part": (model_request({"role": "user", "content": [{"type": "smell"}]}), 422),
    "text is a number": (model_request({"role": "user", "content": [{"type": "text"}]}), 422),
    "only a system message": (model_request({"role": "system", "content": "x"}), 422),
    "result without call": (
        model_request(
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c", "result": 1}]}
        ),
        422,
    ),
    "thread id is a number": (model_request("hi", thread=7), 422),
    "thread id is endless": (model_request("hi", thread="x" * 257), 422),
    "thread id is empty": (model_request("hi", thread=""), 422),
    "tools is a list": (model_request("hi", tools=[]), 422),
    "tool is a text": (model_request("hi", tools={"a": "b"}), 422),
    "parameters of no object": (
        model_request("hi", tools={"a": {"parameters": {"type": "array"}}}),
        422,
    ),
    "unknown agent": (model_request("hi", config={"agent": "nobody"}), 422),
    "parts is a text": (ui_request({"id": "m", "role": "user", "parts": "x"}), 422),
    "unknown ui role": (ui_request({"id": "m", "role": "robot", "parts": []}), 422),
    "unknown command": (commands_request({"type": "explode"}), 422),
    "command without type": (commands_request({"x": 1}), 422),
    "command is a text": ({"commands": ["x"], "state": None}, 422),
    "no commands": (commands_request(), 422),
    "message of a system": (
        commands_request({"type": "add-message", "message": {"role": "system", "parts": []}}),
        422,
    ),
    "parent that is not there": (commands_request(says("hi", "nobody")), 422),
    "state is a list": ({"commands": [says("hi")], "state": []}, 422),
    "messages of the state is a table": (
        {"commands": [says("hi")], "state": {"messages": {}}},
        422,
    ),
    "part of the state is a text": (
        {"commands": [says("hi")], "state": {"messages": [{"role": "user", "parts": ["x"]}]}},
        422,
    ),
    "role of the state is odd": (
        {
            "commands": python_request("hi")["commands"],
            "state": {"messages": [{"role": "x", "parts": []}]},
        },
        422,
    ),
    "second result": (
        commands_request(
            {"type": "add-tool-result", "toolCallId": "c", "toolName": "n", "result": 1},
            state=answered(call_part(result=1)),
        ),
        422,
    ),
    "approval without answer": (
        commands_request({"type": "approve-tool-call", "approvalId": "q"}),
        422,
    ),
    "unknown approval": (
        commands_request({"type": "approve-tool-call", "approvalId": "q", "approved": True}),
        409,
    ),
}


@pytest.mark.parametrize(("body", "status"), WRONG.values(), ids=WRONG)
async def test_wrong_request_is_refused_in_plain_words(serve, scripted, body, status):
    reply = await (await serve()).call("POST", "/api/chat", body)
    assert reply.status == status, reply.text
    assert reply.headers["content-type"].startswith("text/plain")
    assert 0 < len(reply.text) < 200
    assert "Traceback" not in reply.text
    assert "jackfield_assistant_ui" not in reply.text
    assert scripted.requests == []


@pytest.mark.parametrize(
    "raw", [b"{", b"", b'{"a": NaN}', b"\xff\xfe", b'"x' + b"\x00" * 10], ids=repr
)
async def test_what_is_not_json_is_refused(serve, scripted, raw):
    headers = {"content-type": "application/json", "content-length": str(len(raw))}
    reply = await (await serve()).call("POST", "/api/chat", raw=raw, headers=headers)
    assert reply.status == 400
    assert reply.text == "The body is not valid JSON."


async def test_deep_nesting_is_refused(serve, scripted):
    deep: object = "x"
    for _ in range(900):
        deep = [deep]
    server = await serve()
    for body in (
        commands_request("hi", state={"messages": [], "x": deep}),
        model_request({"role": "user", "content": [{"type": "text", "text": deep}]}),
    ):
        assert (await server.call("POST", "/api/chat", body)).status in (400, 422)


async def test_the_transports_address_takes_commands_only(serve, scripted):
    reply = await (await serve()).call("POST", "/assistant", model_request("hi"))
    assert reply.status == 400


async def test_unknown_keys_and_parts_are_ignored(serve, scripted):
    scripted.add("fine")
    part = {"type": "hologram", "x": 1}
    body = ui_request({"id": "m", "role": "user", "parts": [said("hi"), part]}, surprise=1)
    assert (await (await serve()).call("POST", "/api/chat", body)).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/chat", 404),
        ("DELETE", "/api/cancel", 405),
        ("GET", "/nothing", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/threads/nobody", 404),
        ("DELETE", "/api/threads/nobody", 404),
        ("GET", "/", 404),
    ],
)
async def test_other_addresses_are_not_there(serve, scripted, tmp_path, method, path, status):
    assert (await (await serve(page=tmp_path)).call(method, path)).status == status


async def test_mistake_of_our_own_is_not_shown(serve, scripted, caplog):
    server = await serve()
    await server.store.aclose()
    reply = await server.call("GET", "/api/threads")
    assert reply.status == 500
    assert reply.text == "The server made a mistake. Its log has the details."
    assert "A request failed" in caplog.text
    caplog.clear()
