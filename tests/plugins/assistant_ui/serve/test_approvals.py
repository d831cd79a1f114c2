"""Calls that a human allows: kept by the server, bound to their user, good for once."""

import pytest
from support.assistant_asks import commands_request, ui_request

from jackfield.testing.script import Call
from jackfield_assistant_ui.wire.state import applied

BURN = Call("burn", {"what": "toast"})


async def state_of(server, body):
    reply = await server.call("POST", "/assistant", body)
    assert reply.status == 200, reply.text
    state = body["state"]
    for frame in reply.frames():
        state = applied(state, frame.get("operations", []))
    return state


def answer(approval_id, *, approved, **more):
    command = {"type": "approve-tool-call", "approvalId": approval_id, "approved": approved}
    return command | more


@pytest.fixture
async def asking(serve, scripted):
    """Give a server and the state of a thread whose call waits for the user."""
    scripted.add(["Shall I?", BURN], "Done.")
    server = await serve(approve=["fire.burn"])
    return server, await state_of(server, commands_request("burn it"))


async def test_run_ends_and_the_state_asks(asking, toolset):
    _, state = asking
    call = state["messages"][1]["parts"][1]
    assert call["approval"]["state"] == "requested"
    assert "result" not in call
    assert state["messages"][1]["status"] == {"type": "requires-action", "reason": "tool-calls"}
    assert toolset.ran == []


async def test_allowed_call_runs_once_and_the_answer_goes_on(asking, toolset, scripted):
    server, state = asking
    approval = state["messages"][1]["parts"][1]["approval"]["id"]
    body = commands_request(answer(approval, approved=True), state=state)
    state = await state_of(server, body)
    assert toolset.ran == ["toast"]
    text, call, said = state["messages"][1]["parts"]
    assert call["approval"] == {"id": approval, "state": "approved"}
    assert call["result"] == "burnt toast"
    assert (text["text"], said["text"]) == ("Shall I?", "Done.")
    assert len(state["messages"]) == 2
    roles = [message.role for message in scripted.requests[1].messages]
    assert roles == ["user", "assistant", "tool_result"]
    again = await server.call("POST", "/assistant", body)
    assert again.status == 409
    assert toolset.ran == ["toast"]


async def test_denied_call_never_runs_and_the_model_is_told(asking, toolset, scripted):
    server, state = asking
    approval = state["messages"][1]["parts"][1]["approval"]["id"]
    command = answer(approval, approved=False, reason="too hot")
    state = await state_of(server, commands_request(command, state=state))
    assert toolset.ran == []
    call = state["messages"][1]["parts"][1]
    assert call["approval"] == {"id": approval, "state": "denied", "reason": "too hot"}
    assert call["isError"] is True
    told = scripted.requests[1].messages[-1].content[0].text
    assert told == "The user denied this call. Reason: too hot"


async def test_arguments_that_the_page_changed_are_not_those_that_run(asking, toolset):
    server, state = asking
    part = state["messages"][1]["parts"][1]
    approval = part["approval"]["id"]
    forged = part | {"args": {"what": "the house"}, "argsText": "{}", "toolName": "fails"}
    state["messages"][1]["parts"][1] = forged
    await state_of(server, commands_request(answer(approval, approved=True), state=state))
    assert toolset.ran == ["toast"]


async def test_approval_that_nobody_gave_is_refused(serve, scripted, toolset):
    server = await serve(approve=["fire.*"])
    part = {
        "type": "tool-call",
        "toolCallId": "c",
        "toolName": "burn",
        "args": {"what": "the house"},
        "approval": {"id": "made-up", "state": "requested"},
    }
    user = {"id": "u", "role": "user", "parts": [{"type": "text", "text": "hi"}]}
    state = {"messages": [user, {"id": "a", "role": "assistant", "parts": [part]}]}
    body = commands_request(answer("made-up", approved=True), state=state)
    assert (await server.call("POST", "/assistant", body)).status == 409
    assert toolset.ran == []


async def test_approval_of_another_user_is_refused(serve, scripted, toolset):
    scripted.add([BURN])
    server = await serve(approve=["burn"], tokens={"ann": "secret-a", "bob": "secret-b"})
    server.call.headers = {"authorization": "Bearer secret-a"}
    state = await state_of(server, commands_request("burn it"))
    approval = state["messages"][1]["parts"][0]["approval"]["id"]
    body = commands_request(answer(approval, approved=True), state=state)
    bob = {"authorization": "Bearer secret-b"}
    assert (await server.call("POST", "/assistant", body, headers=bob)).status == 409
    assert toolset.ran == []


async def test_other_calls_of_the_turn_run_and_keep_their_results(serve, scripted, toolset):
    scripted.add([Call("clock", {"tz": "UTC"}), BURN], "Done.")
    server = await serve(approve=["fire.burn"])
    state = await state_of(server, commands_request("burn it"))
    clock, burn = state["messages"][1]["parts"]
    assert clock["result"] == {"now": "12:00", "tz": "UTC"}
    command = answer(burn["approval"]["id"], approved=True)
    await state_of(server, commands_request(command, state=state))
    results = scripted.requests[1].messages[-2:]
    assert [message.content[0].text for message in results] == [
        '{"now":"12:00","tz":"UTC"}',
        "burnt toast",
    ]


async def test_question_that_is_still_open_is_asked_again(serve, scripted, toolset):
    scripted.add([BURN, Call("burn", {"what": "hay"})], "Done.")
    server = await serve(approve=["fire.burn"])
    state = await state_of(server, commands_request("burn it"))
    first, second = (part["approval"]["id"] for part in state["messages"][1]["parts"])
    state = await state_of(server, commands_request(answer(first, approved=True), state=state))
    assert toolset.ran == ["toast"]
    open_call = state["messages"][1]["parts"][1]
    assert open_call["approval"]["state"] == "requested"
    assert open_call["approval"]["id"] != second
    command = answer(open_call["approval"]["id"], approved=True)
    await state_of(server, commands_request(command, state=state))
    assert toolset.ran == ["toast", "hay"]


async def test_new_message_leaves_the_question_unanswered(asking, toolset, scripted):
    server, state = asking
    await state_of(server, commands_request("never mind", state=state))
    assert toolset.ran == []
    result = scripted.requests[1].messages[2]
    assert result.is_error
    assert "not allowed" in result.content[0].text


def part_of(frames):
    """Return the part of the call as the AI SDK keeps it."""
    [call] = [frame for frame in frames if frame["type"] == "tool-input-available"]
    [asked] = [frame for frame in frames if frame["type"] == "tool-approval-request"]
    assert asked["toolCallId"] == call["toolCallId"]
    return {
        "type": f"tool-{call['toolName']}",
        "toolCallId": call["toolCallId"],
        "state": "approval-responded",
        "input": call["input"],
        "approval": {"id": asked["approvalId"]},
    }


@pytest.mark.parametrize("approved", [True, False])
async def test_ai_sdk_asks_and_goes_on_in_the_same_message(serve, scripted, toolset, approved):
    scripted.add([BURN], "Done.")
    server = await serve(approve=["fire.burn"])
    asked = (await server.call("POST", "/api/chat", ui_request("burn it"))).frames()
    assert asked[-1]["finishReason"] == "tool-calls"
    part = part_of(asked)
    part["approval"]["approved"] = approved
    message = {"id": asked[0]["messageId"], "role": "assistant", "parts": [part]}
    reply = await server.call("POST", "/api/chat", ui_request("burn it", message))
    kinds = [frame["type"] for frame in reply.frames()]
    assert reply.frames()[0]["messageId"] == asked[0]["messageId"]
    expected = "tool-output-available" if approved else "tool-output-denied"
    assert kinds[:3] == ["start", expected, "start-step"]
    assert toolset.ran == (["toast"] if approved else [])
    assert kinds[-2:] == ["finish-step", "finish"]


async def test_pattern_that_means_no_tool_keeps_the_server_from_starting(serve):
    from jackfield.errors import SettingsError

    with pytest.raises(SettingsError, match=r"fire\.brun"):
        await serve(approve=["fire.brun"])
