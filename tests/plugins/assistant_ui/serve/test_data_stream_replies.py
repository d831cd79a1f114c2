"""Replies to `useDataStreamRuntime`. Source: spec/assistant-ui.md, c.1 and g.10."""

import json

from support.assistant_asks import FRONTEND_TOOL, model_request

from jackfield import Usage
from jackfield.testing.script import Call, Error, Finish, Interleaved, Thinking
from jackfield_assistant_ui.wire.data_stream import Decoder
from jackfield_assistant_ui.wire.events import CallArgs, CallResult, CallStart, StreamError


def lines(reply):
    """Return code and value of all lines, each checked to be whole and strict."""
    assert reply.complete
    assert reply.body.endswith(b"\n")
    return [
        (code, json.loads(value, parse_constant=lambda name: 1 / 0))
        for code, _, value in (line.partition(":") for line in reply.text.split("\n")[:-1])
    ]


async def test_reply_has_the_headers_that_pages_and_proxies_need(serve, scripted):
    scripted.add("Hello")
    reply = await (await serve()).call("POST", "/api/chat", model_request("hi"))
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["x-vercel-ai-data-stream"] == "v1"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["x-accel-buffering"] == "no"
    assert "content-length" not in reply.headers
    assert "content-encoding" not in reply.headers


async def test_tool_call_is_told_in_order_with_text_around_it(serve, scripted):
    scripted.add(
        [Thinking("Hm", chunks=1), "Wait", Call("clock", {"tz": "UTC"}, chunks=2)],
        ["Noon", Usage(input=9, output=12)],
    )
    reply = await (await serve()).call("POST", "/api/chat", model_request("hi"))
    found = lines(reply)
    assert [code for code, _ in found] == list("fg0bccca0ed")
    assert found[0] == ("f", {"messageId": "a1"})
    assert found[3] == ("b", {"toolCallId": "call_1", "toolName": "clock"})
    assert found[6] == ("c", {"toolCallId": "call_1", "argsTextDelta": "", "isFinal": True})
    assert found[7] == ("a", {"toolCallId": "call_1", "result": {"now": "12:00", "tz": "UTC"}})
    usage = {"inputTokens": 9, "outputTokens": 12, "totalTokens": 21}
    assert found[-2] == ("e", {"finishReason": "stop", "usage": usage, "isContinued": False})
    assert found[-1] == ("d", {"finishReason": "stop", "usage": usage})


async def test_interleaved_calls_keep_their_ids(serve, scripted):
    scripted.add(
        Interleaved(
            Call("clock", {"tz": "UTC"}, chunks=3), Call("burn", {"what": "toast"}, chunks=3)
        ),
        "done",
    )
    reply = await (await serve()).call("POST", "/api/chat", model_request("hi"))
    events = Decoder().feed(reply.body)
    texts = {"call_1": "", "call_2": ""}
    for event in events:
        if isinstance(event, CallArgs):
            texts[event.id] += event.text
    assert json.loads(texts["call_1"]) == {"tz": "UTC"}
    assert json.loads(texts["call_2"]) == {"what": "toast"}
    results = {event.id: event.result for event in events if isinstance(event, CallResult)}
    assert results == {"call_1": {"now": "12:00", "tz": "UTC"}, "call_2": "burnt toast"}
    assert [event.name for event in events if isinstance(event, CallStart)] == ["clock", "burn"]


async def test_nan_in_a_result_is_an_error_frame_and_a_normal_end(serve, scripted):
    scripted.add([Call("odd")], "never asked for")
    server = await serve()
    reply = await server.call("POST", "/api/chat", model_request("hi"))
    found = lines(reply)
    assert [code for code, _ in found][-3:] == ["e", "3", "d"]
    assert found[-2][1] == "A tool gave something that cannot be sent."
    assert found[-1][1]["finishReason"] == "error"
    assert len(scripted.requests) == 1


async def test_details_of_a_result_are_its_artifact_and_failures_are_told(serve, scripted):
    scripted.add([Call("shown"), Call("fails")], "done")
    reply = await (await serve()).call("POST", "/api/chat", model_request("hi"))
    results = {value["toolCallId"]: value for code, value in lines(reply) if code == "a"}
    assert results["call_1"] == {
        "toolCallId": "call_1",
        "result": "see",
        "artifact": {"chart": [1, 2]},
    }
    assert results["call_2"]["isError"] is True
    assert results["call_2"]["result"] == "out of matches"


async def test_provider_failure_half_way_is_told_and_the_body_ends_normally(serve, scripted):
    scripted.add(["Half", Error("key sk-123 refused", kind="authentication")])
    server = await serve(error_details=False)
    reply = await server.call("POST", "/api/chat", model_request("hi"))
    codes = [code for code, _ in lines(reply)]
    assert codes == ["f", "0", "e", "3", "d"]
    assert "sk-123" not in reply.text
    assert "access to the model was refused" in reply.text


async def test_owner_of_a_local_server_is_told_what_the_provider_says(serve, scripted):
    scripted.add(["Half", Error("no such model: x")])
    reply = await (await serve()).call("POST", "/api/chat", model_request("hi"))
    [error] = [event for event in Decoder().feed(reply.body) if isinstance(event, StreamError)]
    assert "no such model: x" in error.message


async def test_frontend_tool_ends_the_run_and_asks_the_page_to_come_back(serve, scripted):
    scripted.add(["Let me see", Call("locate", {"exact": True})])
    server = await serve()
    reply = await server.call("POST", "/api/chat", model_request("hi", tools=FRONTEND_TOOL))
    found = lines(reply)
    assert [code for code, _ in found] == ["f", "0", "0", "0", "b", "c", "c", "e", "d"]
    assert found[-1][1]["finishReason"] == "tool-calls"
    assert scripted.requests[0].tools[-1].name == "locate"


async def test_result_of_a_frontend_tool_reaches_the_model(serve, scripted):
    scripted.add("You are here")
    call = {"type": "tool-call", "toolCallId": "c1", "toolName": "locate", "input": {}}
    output = {"type": "json", "value": {"at": "home"}}
    result = {"type": "tool-result", "toolCallId": "c1", "toolName": "locate", "output": output}
    body = model_request(
        "hi",
        {"role": "assistant", "content": [call]},
        {"role": "tool", "content": [result]},
        tools=FRONTEND_TOOL,
    )
    reply = await (await serve()).call("POST", "/api/chat", body)
    assert reply.text.count("f:") == 1
    [_, _, told] = scripted.requests[0].messages
    assert told.content[0].text == '{"at":"home"}'


async def test_tool_of_the_page_cannot_replace_one_of_ours(serve, scripted, toolset):
    scripted.add([Call("burn", {"what": "toast"})], "done")
    tools = {"burn": {"parameters": {"type": "object"}}}
    await (await serve()).call("POST", "/api/chat", model_request("hi", tools=tools))
    assert toolset.ran == ["toast"]


async def test_answer_that_is_cut_by_its_length_says_so(serve, scripted):
    scripted.add(["Too", Finish("length")])
    reply = await (await serve()).call("POST", "/api/chat", model_request("hi"))
    assert lines(reply)[-1][1]["finishReason"] == "length"


async def test_tool_that_needs_approval_is_refused_where_nobody_can_be_asked(
    serve, scripted, toolset
):
    scripted.add([Call("burn", {"what": "toast"})], "sorry")
    server = await serve(approve=["fire.burn"])
    await server.call("POST", "/api/chat", model_request("hi"))
    assert toolset.ran == []
    assert "approval" in scripted.requests[1].messages[-1].content[0].text
