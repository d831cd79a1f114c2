"""What is sent. Source: spec/assistant-ui.md, a.1 to a.3; acceptance checks 2 and 4."""

import asyncio
import inspect
import warnings
from types import MappingProxyType

import pytest

from jackfield.testing import json_reply
from jackfield_assistant_ui import AssistantClient

USER = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
COMMAND = {"type": "add-message", "message": {"role": "user", "parts": []}}
TOOLS = {"clock": {"description": "Time."}}

EVERYTHING = (
    b'{"threadId":"t1","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],'
    b'"commands":[{"type":"add-message","message":{"role":"user","parts":[{"type":"text",'
    b'"text":"hi"}]}},{"type":"add-message","message":{"role":"user","parts":[]}}],'
    b'"system":"Be brief","tools":{"clock":{"description":"Time."}},'
    b'"unstable_assistantMessageId":"m1","runConfig":{},"state":[1],"custom":1}'
)


@pytest.fixture(autouse=True)
def _answers(server):
    server.default = json_reply({"ok": True})


async def test_every_argument_is_sent_in_the_documented_order(either):
    with pytest.warns(DeprecationWarning, match="^The 'messages' parameter is deprecated"):
        reply = await either.chat(
            messages=[USER],
            commands=(COMMAND,),
            system="Be brief",
            tools=TOOLS,
            unstable_assistantMessageId="m1",
            runConfig={},
            state=[1],
            custom=1,
        )
    [request] = either.server.requests
    assert (request.method, request.path, request.body) == ("POST", "/api/chat", EVERYTHING)
    assert request.headers["accept"] == (
        "application/json, text/event-stream;q=0.9, text/plain;q=0.8"
    )
    assert (reply.status_code, reply.is_success, reply.json()) == (200, True, {"ok": True})
    assert reply.text == reply.content.decode() == '{"ok": true}'
    assert reply.headers["Content-Type"] == reply.headers["content-type"] == "application/json"


async def test_commands_alone_warn_of_nothing(either):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await either.chat(commands=[COMMAND])
    assert either.server.requests[0].json() == {"threadId": "t1", "commands": [COMMAND]}


async def test_without_messages_and_commands_only_the_thread_is_sent(either):
    await either.chat("any / thread?", tools={})
    assert either.server.requests[0].body == b'{"threadId":"any / thread?","tools":{}}'


async def test_no_messages_make_no_commands(either):
    with pytest.warns(DeprecationWarning, match="messages"):
        await either.chat(messages=[])
    assert either.server.requests[0].body == b'{"threadId":"t1","messages":[],"commands":[]}'


@pytest.mark.parametrize("method", ["chat", "chat_sync", "stream", "stream_sync"])
async def test_one_warning_names_the_line_of_the_caller(server, method):
    async with AssistantClient(server.url) as client:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            line = inspect.currentframe().f_lineno + 1
            call = getattr(client.threads("t1"), method)(messages=[USER])
        if inspect.isawaitable(call):
            await call
    assert [(each.category, each.filename, each.lineno) for each in caught] == [
        (DeprecationWarning, __file__, line)
    ]


async def test_the_thread_cannot_be_named_twice(either):
    with pytest.raises(TypeError, match=r"client\.threads"):
        await either.chat(threadId="t2")
    assert either.server.requests == []


async def test_a_path_in_the_address_is_kept(make, server):
    await make(f"{server.url}/v1/").chat()
    assert server.requests[0].path == "/v1/api/chat"


async def test_without_headers_the_content_type_is_json(either):
    await either.chat()
    assert either.server.requests[0].headers["content-type"] == "application/json"


async def test_headers_are_sent_and_not_changed(make, server):
    headers = {"Authorization": "Bearer x", "content-type": "application/x"}
    await make(headers=headers).chat()
    sent = server.requests[0].headers
    assert (sent["authorization"], sent["content-type"]) == ("Bearer x", "application/x")
    assert headers == {"Authorization": "Bearer x", "content-type": "application/x"}


async def test_headers_of_any_mapping_are_sent(make, server):
    await make(headers=MappingProxyType({"X-One": "1"})).chat()
    assert server.requests[0].headers["x-one"] == "1"


async def test_a_function_is_asked_for_headers_before_each_request(make, server):
    asked = []

    def headers():
        asked.append(1)
        return {"x-count": str(len(asked))}

    either = make(headers=headers)
    await either.chat()
    await either.cancel()
    assert [request.headers["x-count"] for request in server.requests] == ["1", "2"]


async def test_a_function_may_have_no_headers(make, server):
    await make(headers=lambda: None).chat()
    assert server.requests[0].headers["content-type"] == "application/json"


async def test_headers_that_are_no_mapping_are_refused(make, server):
    with pytest.raises(TypeError, match="list"):
        await make(headers=lambda: [("a", "b")]).chat()
    assert server.requests == []


async def test_a_failure_of_the_function_comes_through_and_nothing_is_sent(make, server):
    def headers():
        raise LookupError("no token")

    with pytest.raises(LookupError, match="no token"):
        await make(headers=headers).chat()
    assert server.requests == []


async def test_an_async_function_is_awaited(server):
    async def headers():
        await asyncio.sleep(0)
        return {"x-one": "1"}

    async with AssistantClient(server.url, headers=headers) as client:
        await client.threads("t1").chat()
    assert server.requests[0].headers["x-one"] == "1"


class AsyncHeaders:
    async def __call__(self):
        return {}


async def headers_later():
    return {}


@pytest.mark.parametrize("headers", [headers_later, AsyncHeaders()], ids=["function", "object"])
@pytest.mark.parametrize("method", ["chat_sync", "cancel_sync"])
def test_blocking_methods_refuse_async_header_functions(server, headers, method):
    with AssistantClient(server.url, headers=headers) as client, warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="async header functions"):
            getattr(client.threads("t1"), method)()
    assert server.requests == []


def test_unknown_options_are_refused(server):
    with pytest.raises(TypeError, match="'verfy'"):
        AssistantClient(server.url, verfy=False)


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ValueError, match="http://"):
        AssistantClient("api.example.com")


def test_options_of_the_connection_are_used(server):
    with AssistantClient("http://nowhere.invalid", proxy=server.url) as client:
        client.threads("t1").chat_sync()
    assert server.requests[0].path == "http://nowhere.invalid/api/chat"
