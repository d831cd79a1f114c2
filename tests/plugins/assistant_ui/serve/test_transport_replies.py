"""Replies to `useAssistantTransportRuntime`. Source: spec/assistant-ui.md, c.2 and g.11."""

from support.assistant_asks import (
    FRONTEND_TOOL,
    commands_request,
    model_request,
    python_request,
    said,
    says,
)

from jackfield.testing.script import Call, Error, Thinking
from jackfield_assistant_ui.wire import data_stream, transport
from jackfield_assistant_ui.wire.events import StateOps, Text
from jackfield_assistant_ui.wire.state import applied


def state_after(body, reply):
    """Return the state of the page, by the strict rules of the browser."""
    assert reply.complete
    assert reply.text.endswith("data: [DONE]\n\n")
    state = body["state"]
    for frame in reply.frames():
        if frame["type"] == "update-state":
            state = applied(state, frame["operations"])
    return state


async def asked(server, body, path="/assistant"):
    reply = await server.call("POST", path, body)
    assert reply.status == 200, reply.text
    return state_after(body, reply)


async def test_state_is_what_the_operations_make_of_the_pages_state(serve, scripted):
    scripted.add(
        [Thinking("Hm, so", chunks=2), "It is ", Call("clock", {"tz": "UTC"}, chunks=3)],
        ["noon", "."],
    )
    server = await serve()
    state = await asked(server, commands_request("hi"))
    user, assistant = state["messages"]
    assert user["role"] == "user"
    assert user["parts"] == [said("hi")]
    assert assistant["status"] == {"type": "complete", "reason": "stop"}
    assert assistant["parts"] == [
        {"type": "reasoning", "text": "Hm, so"},
        said("It is "),
        {
            "type": "tool-call",
            "toolCallId": "call_1",
            "toolName": "clock",
            "args": {"tz": "UTC"},
            "argsText": '{"tz": "UTC"}',
            "result": {"now": "12:00", "tz": "UTC"},
        },
        said("noon."),
    ]
    kept = (await server.call("GET", "/api/threads/t1")).json()["state"]
    assert kept == state


async def test_second_turn_goes_on_from_the_state_of_the_first(serve, scripted):
    scripted.add([Call("clock", {"tz": "UTC"})], "noon", "again")
    server = await serve()
    first = await asked(server, commands_request("hi"))
    second = await asked(server, commands_request("and now?", state=first))
    assert [message["role"] for message in second["messages"]] == ["user", "assistant"] * 2
    assert second["messages"][:2] == first["messages"]
    assert len({message["id"] for message in second["messages"]}) == 4
    roles = [message.role for message in scripted.requests[-1].messages]
    assert roles == ["user", "assistant", "tool_result", "assistant", "user"]


async def test_edit_cuts_the_history_behind_its_parent(serve, scripted):
    scripted.add("one", "two", "three")
    server = await serve()
    first = await asked(server, commands_request("a"))
    second = await asked(server, commands_request("b", state=first))
    body = commands_request(says("B", first["messages"][1]["id"]), state=second)
    third = await asked(server, body)
    assert [message["parts"][0]["text"] for message in third["messages"]] == [
        "a",
        "one",
        "B",
        "three",
    ]
    anew = await asked(server, commands_request(says("A", None), state=third, thread=None))
    assert anew["messages"][0]["parts"] == [said("A")]


async def test_failure_is_one_safe_error_chunk_and_a_clean_end(serve, scripted):
    scripted.add(["Half", RuntimeError("secret of the inside")])
    server = await serve(error_details=False)
    body = commands_request("hi")
    reply = await server.call("POST", "/assistant", body)
    errors = [frame for frame in reply.frames() if frame["type"] == "error"]
    assert [error["error"] for error in errors] == ["The answer failed."]
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    state = state_after(body, reply)
    assert state["error"] == "The answer failed."
    assert state["messages"][1]["status"]["type"] == "incomplete"
    assert state["messages"][1]["parts"] == [said("Half")]


async def test_next_turn_forgets_the_error_of_the_last(serve, scripted):
    scripted.add([Error("no")], "fine")
    server = await serve()
    failed = await asked(server, commands_request("hi"))
    state = await asked(server, commands_request("again", state=failed))
    assert state["error"] is None


async def test_nan_in_a_result_does_not_get_into_the_state(serve, scripted):
    scripted.add([Call("odd")])
    body = commands_request("hi")
    state = await asked(await serve(), body)
    assert state["error"] == "A tool gave something that cannot be sent."
    assert "artifact" not in state["messages"][1]["parts"][0]


async def test_frontend_tool_waits_in_the_state_for_its_result(serve, scripted):
    scripted.add(["One moment", Call("locate", {"exact": True})], "You are home")
    server = await serve()
    first = await asked(server, commands_request("where am I?", tools=FRONTEND_TOOL))
    assert first["messages"][1]["status"]["type"] == "requires-action"
    call = first["messages"][1]["parts"][1]
    assert call["argsText"] == '{"exact": true}'
    assert "result" not in call
    answer = {
        "type": "add-tool-result",
        "toolCallId": call["toolCallId"],
        "toolName": "locate",
        "result": {"at": "home"},
        "isError": False,
        "modelContent": [said("at home")],
    }
    second = await asked(server, commands_request(answer, state=first, tools=FRONTEND_TOOL))
    assert len(second["messages"]) == 2
    assert second["messages"][1]["parts"][1]["result"] == {"at": "home"}
    assert second["messages"][1]["parts"][2] == said("You are home")
    assert scripted.requests[1].messages[-1].content[0].text == "at home"


async def test_default_protocol_of_the_runtime_is_spoken_too(serve, scripted):
    scripted.add("Hello")
    body = commands_request("hi")
    reply = await (await serve()).call("POST", "/api/chat", body)
    assert reply.headers["x-vercel-ai-data-stream"] == "v1"
    events = data_stream.Decoder(body["state"]).feed(reply.body)
    [*_, last] = [event for event in events if isinstance(event, StateOps)]
    assert last.state["messages"][1]["parts"] == [said("Hello")]
    assert not [event for event in events if isinstance(event, Text)]


async def test_page_may_name_the_protocol(serve, scripted):
    scripted.add("a", "b")
    server = await serve()
    path = "/api/chat?protocol=assistant-transport"
    assert (await asked(server, commands_request("hi"), path))["messages"][1]["parts"] == [
        said("a")
    ]
    reply = await server.call("POST", "/assistant?protocol=nonsense", commands_request("hi"))
    assert reply.status == 400


async def test_python_client_gets_one_document(serve, scripted):
    scripted.add("Hello", "Again")
    server = await serve()
    accept = {"accept": "application/json, text/event-stream;q=0.9, text/plain;q=0.8"}
    reply = await server.call("POST", "/api/chat", python_request("hi"), headers=accept)
    found = reply.json()
    assert found["threadId"] == "t1"
    assert found["message"]["parts"] == [said("Hello")]
    assert found["status"] == {"type": "complete", "reason": "stop"}
    assert [message["role"] for message in found["state"]["messages"]] == ["user", "assistant"]
    # Without a state, that of the thread is gone on from.
    reply = await server.call("POST", "/api/chat", python_request("more"), headers=accept)
    assert len(reply.json()["state"]["messages"]) == 4


async def test_python_client_that_streams_reads_parts_and_state(serve, scripted):
    scripted.add("Hello there")
    accept = {"accept": "text/event-stream, text/plain;q=0.9, application/json;q=0.5"}
    reply = await (await serve()).call("POST", "/api/chat", python_request("hi"), headers=accept)
    events = transport.Decoder().feed(reply.body)
    assert "".join(event.text for event in events if isinstance(event, Text)) == "Hello there"
    [*_, last] = [event for event in events if isinstance(event, StateOps)]
    assert last.state["messages"][1]["parts"] == [said("Hello there")]


async def test_messages_beside_commands_are_not_handled_twice(serve, scripted):
    scripted.add("Hello")
    body = python_request("hi") | {"messages": model_request("hi")["messages"]}
    await (await serve()).call("POST", "/api/chat", body)
    assert len(scripted.requests[0].messages) == 1


async def test_what_an_agent_said_elsewhere_is_kept_and_not_answered(serve, scripted):
    server = await serve()
    told = {"type": "add-message", "message": {"role": "assistant", "parts": [said("done")]}}
    result = {"type": "add-tool-result", "toolCallId": "x", "toolName": "y", "result": 1}
    body = python_request("hi")
    body["commands"] += [told, result]
    assert (await server.call("POST", "/api/chat", body)).status == 200
    assert scripted.requests == []
    state = (await server.call("GET", "/api/threads/t1")).json()["state"]
    assert [part["type"] for part in state["messages"][1]["parts"]] == ["text", "tool-call"]
