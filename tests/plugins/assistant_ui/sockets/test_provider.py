"""The provider: what it sends, what the answer says. Source: spec/assistant-ui.md, c."""

import asyncio
from typing import Any

import pytest
from support.assistant_streams import DATA_STREAM, SAID

from jackfield.contracts import Context, StreamOptions
from jackfield.credentials import HeaderAuth, Secret
from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
)
from jackfield.models import Model
from jackfield.testing import (
    Hold,
    LoopbackServer,
    ManifestContract,
    ProviderContract,
    Reply,
    json_reply,
)
from jackfield.tools import AgentTool

LINES = {"content-type": "text/plain; charset=utf-8", "x-vercel-ai-data-stream": "v1"}
MODEL = Model(provider="assistant-ui", id="default")


def lines(*told: str) -> Reply:
    return Reply(headers=LINES, framing="chunked", body=[f"{line}\n" for line in told])


def frames(*told: str) -> Reply:
    return Reply(
        headers={"content-type": "text/event-stream"},
        framing="chunked",
        body=[f"data: {frame}\n\n" for frame in [*told, "[DONE]"]],
    )


CLOCK = AgentTool(name="clock", description="Time.", parameters={"type": "object"})
HELLO = ('0:"Hel"', '0:"lo"', 'd:{"finishReason":"stop"}')


class TestContract(ProviderContract):
    """All that holds for providers."""

    @pytest.fixture
    def server(self):
        with LoopbackServer(default=lines('g:"Hm. "', *HELLO)) as server:
            yield server

    @pytest.fixture
    def provider(self, opened):
        return opened()

    @pytest.fixture
    def failing_provider(self, opened):
        return opened(base_url="http://127.0.0.1:9", max_retries=0)


class TestPackage(ManifestContract):
    distribution = "jackfield-assistant-ui"


@pytest.mark.parametrize("protocol", SAID)
async def test_an_answer_of_each_protocol(server, opened, ask, protocol):
    data, _ = SAID[protocol]
    server.add(Reply(body=data))
    message = await ask(opened(protocol=protocol), "What time is it?")
    assert (message.stop_reason, message.response_id) == ("stop", "m1")
    assert [type(part) for part in message.content] == [ThinkingContent, TextContent]
    assert extract_text(message) == "It is n\u00f6\U0001f600n."
    assert (message.usage.input, message.usage.output) == (9, 12)
    assert message.metadata["sources"] == [{"id": "s1", "url": "https://h/", "title": "H"}]
    assert message.metadata["files"] == [{"data": "https://h/i.png", "mime_type": "image/png"}]
    assert message.metadata["tool_calls"] == [
        {
            "id": "c1",
            "name": "clock",
            "args": '{"tz":"UTC"}',
            "result": {"now": "12:00"},
            "is_error": False,
        }
    ]


async def test_the_whole_history_is_sent(server, opened, ask):
    server.add(lines(*HELLO))
    call = ToolCallContent(id="c1", name="clock", arguments={"tz": "UTC"})
    await ask(
        opened(body={"extra": 1}),
        UserMessage(
            content=[TextContent(text="See"), ImageContent(url="data:image/jpeg;base64,AA==")]
        ),
        AssistantMessage(
            content=[ThinkingContent(thinking="Hm."), TextContent(text="Hm"), call], provider="x"
        ),
        ToolResultMessage(tool_call_id="c1", tool_name="clock", content=[TextContent(text="noon")]),
        ToolResultMessage(tool_call_id="c2", tool_name="clock", is_error=True),
        "And now?",
        system_prompt="Be brief.",
        tools=[CLOCK],
        session_id="s1",
        temperature=0.5,
        max_tokens=9,
        model="writer",
        headers={"X-One": "1"},
    )
    [request] = server.requests
    assert request.path == "/api/chat"
    assert request.headers["x-one"] == "1"
    assert request.json() == {
        "threadId": "s1",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "See"},
                    {
                        "type": "file",
                        "data": "data:image/jpeg;base64,AA==",
                        "mediaType": "image/png",
                    },
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Hm"},
                    {
                        "type": "tool-call",
                        "toolCallId": "c1",
                        "toolName": "clock",
                        "input": {"tz": "UTC"},
                    },
                ],
            },
            {
                "role": "tool",
                "content": [
                    {
                        "type": "tool-result",
                        "toolCallId": "c1",
                        "toolName": "clock",
                        "output": {"type": "json", "value": "noon"},
                    },
                    {
                        "type": "tool-result",
                        "toolCallId": "c2",
                        "toolName": "clock",
                        "output": {"type": "error-json", "value": ""},
                    },
                ],
            },
            {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
        ],
        "system": "Be brief.",
        "tools": {"clock": {"description": "Time.", "parameters": {"type": "object"}}},
        "temperature": 0.5,
        "maxTokens": 9,
        "config": {"agent": "writer"},
        "extra": 1,
    }


async def test_calls_of_the_agents_tools_are_tool_calls(server, opened, ask):
    server.add(
        lines(
            '0:"Let me look."',
            'b:{"toolCallId":"c1","toolName":"clock"}',
            'c:{"toolCallId":"c1","argsTextDelta":"{\\"tz\\":"}',
            'c:{"toolCallId":"c1","argsTextDelta":"1}","isFinal":true}',
            'd:{"finishReason":"tool-calls"}',
        )
    )
    message = await ask(opened(), "What time is it?", tools=[CLOCK])
    assert message.stop_reason == "tool_calls"
    assert [(call.id, call.arguments) for call in message.tool_calls()] == [("c1", {"tz": 1})]


async def test_a_tool_that_the_agent_lacks_is_an_error(server, opened, ask):
    server.add(lines('b:{"toolCallId":"c1","toolName":"map"}', 'd:{"finishReason":"tool-calls"}'))
    message = await ask(opened(), "Where am I?", tools=[CLOCK])
    assert (message.error.kind, "map" in message.error.message) == ("unsupported", True)


async def test_a_call_that_waits_for_approval_is_an_error(server, opened, ask):
    server.add(
        frames(
            '{"type":"tool-input-available","toolCallId":"c1","toolName":"clock","input":{}}',
            '{"type":"tool-approval-request","approvalId":"a1","toolCallId":"c1"}',
            '{"type":"finish"}',
        )
    )
    message = await ask(opened(), "What time is it?", tools=[CLOCK])
    assert (message.error.kind, "asks" in message.error.message) == ("unsupported", True)


async def test_the_key_of_an_auth_is_sent(server, opened, ask):
    async def key():
        return Secret("sesame", source="the test")

    server.default = lines(*HELLO)
    provider = opened(auth=HeaderAuth(key))
    await ask(provider, "Hi")
    await ask(provider, "Hi", api_key="other")
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sesame", "Bearer other"]


@pytest.mark.parametrize(
    ("told", "kind", "text"),
    [
        (('3:"boom"',), "server", "boom"),
        (('d:{"finishReason":"content-filter"}',), "content_filter", "filter"),
        (('d:{"finishReason":"error"}',), "server", "failed"),
        (("z:1",), "protocol", "'z'"),
    ],
)
async def test_failures_in_the_stream_end_the_answer_and_keep_what_came(
    server, opened, ask, told, kind, text
):
    server.add(lines('0:"Hel"', *told))
    message = await ask(opened(), "Hi")
    assert (message.stop_reason, message.error.kind) == ("error", kind)
    assert text in message.error_message
    assert extract_text(message) == "Hel"


async def test_a_refusal_is_the_error_of_the_answer(server, opened, ask):
    server.add(Reply(status=429, body="Slow down", headers={"retry-after": "7"}))
    message = await ask(opened(), "Hi")
    assert (message.error.kind, message.error.status) == ("rate_limit", 429)
    assert message.error.retry_after == 7
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "options", [{"tool_choice": "clock"}, {"response_schema": {"type": "object"}}]
)
async def test_what_the_server_has_no_place_for_is_refused(server, opened, ask, options):
    message = await ask(opened(), "Hi", tools=[CLOCK], **options)
    assert message.error.kind == "unsupported"
    assert server.requests == []


async def test_nothing_to_ask_is_an_error(server, opened, ask):
    message = await ask(opened())
    assert message.error.kind == "invalid_request"
    assert server.requests == []


async def test_deltas_come_at_once_and_closing_closes_the_connection(server, opened):
    hold = Hold()
    server.add(Reply(headers=LINES, framing="chunked", body=['0:"Hel"\n', hold]))
    context = Context(messages=[UserMessage(content="Hi")])
    stream = opened().stream(MODEL, context, StreamOptions())
    async with asyncio.timeout(5):
        async for event in stream:
            if event.type == "text_delta":
                break
        await stream.aclose()
        await server.requests[0].over.wait()
    assert server.requests[0].outcome == "client closed"
    assert (await stream.result()).stop_reason == "aborted"


def state(*operations: str) -> str:
    return f'{{"type":"update-state","path":[],"operations":[{",".join(operations)}]}}'


def message_of(number: int, role: str, *parts: str) -> str:
    value = f'{{"id":"m{number}","role":"{role}","parts":[{",".join(parts)}]}}'
    return f'{{"type":"set","path":["messages","{number}"],"value":{value}}}'


def said(text: str) -> str:
    return f'{{"type":"text","text":"{text}"}}'


CALL = '{"type":"tool-call","toolCallId":"c1","toolName":"clock","args":{},"argsText":"{}"}'


async def test_a_thread_goes_on_by_commands_and_the_text_is_read_from_the_state(
    server, opened, ask
):
    provider = opened(request="commands")
    server.add(
        frames(
            state(message_of(0, "user", said("Hi")), message_of(1, "assistant", said("Hel"))),
            state('{"type":"append-text","path":["messages","1","parts","0","text"],"value":"lo"}'),
        ),
        frames(state(message_of(2, "user", said("More")), message_of(3, "assistant", said("!")))),
    )
    first = await ask(provider, "Hi", session_id="s1")
    assert extract_text(first) == "Hello"
    second = await ask(provider, "Hi", first, "More", session_id="s1")
    assert extract_text(second) == "!"
    bodies = [request.json() for request in server.requests]
    assert [body["threadId"] for body in bodies] == ["s1", "s1"]
    assert [len(body["commands"]) for body in bodies] == [1, 1]
    assert [len(body["state"]["messages"]) for body in bodies] == [0, 2]


async def test_results_of_tools_go_on_in_the_same_answer(server, opened, ask):
    provider = opened(request="commands")
    server.add(
        frames(
            state(
                message_of(0, "user", said("Hi")),
                message_of(1, "assistant", said("Look: "), CALL),
            )
        ),
        frames(
            state(
                '{"type":"set","path":["messages","1","parts","1","result"],"value":"noon"}',
                f'{{"type":"set","path":["messages","1","parts","2"],"value":{said("Noon.")}}}',
            )
        ),
    )
    first = await ask(provider, "Hi", tools=[CLOCK])
    assert first.stop_reason == "tool_calls"
    result = ToolResultMessage(
        tool_call_id="c1", tool_name="clock", content=[TextContent(text="noon")]
    )
    second = await ask(provider, "Hi", first, result, tools=[CLOCK])
    assert (extract_text(second), second.stop_reason) == ("Noon.", "stop")
    assert server.requests[1].json()["commands"] == [
        {
            "type": "add-tool-result",
            "toolCallId": "c1",
            "toolName": "clock",
            "result": "noon",
            "isError": False,
        }
    ]


async def test_a_history_that_the_server_does_not_know_is_told_anew(server, opened, ask):
    server.add(frames(state(message_of(0, "assistant", said("Hi")))))
    other = AssistantMessage(
        content=[
            TextContent(text="Hm"),
            ToolCallContent(id="c1", name="clock", arguments={"a": 1}),
        ],
        provider="other",
    )
    result = ToolResultMessage(
        tool_call_id="c1", tool_name="clock", content=[TextContent(text="noon")]
    )
    await ask(opened(request="commands"), "One", other, result, "Two")
    body = server.requests[0].json()
    assert body["state"] == {"messages": []}
    assert [
        (command["message"]["role"], [part["text"] for part in command["message"]["parts"]])
        for command in body["commands"]
    ] == [
        ("user", ["One"]),
        ("assistant", ["Hm", '[Called clock with {"a": 1}]']),
        ("user", ["[Result of clock] noon"]),
        ("user", ["Two"]),
    ]


async def test_an_error_in_the_state_is_the_error_of_the_answer(server, opened, ask):
    server.add(frames(state('{"type":"set","path":["error"],"value":"boom"}')))
    message = await ask(opened(request="commands"), "Hi")
    assert (message.error.kind, message.error_message) == ("server", "boom")


async def test_agents_are_models(server, opened):
    server.add(json_reply({"agents": [{"name": "writer", "model": "x:y"}], "default": "writer"}))
    found: list[Any] = await opened(models=["other"]).models()
    assert [(info.id, info.description) for info in found] == [
        ("default", "The server's default"),
        ("other", ""),
        ("writer", "x:y"),
    ]
    assert server.requests[0].path == "/api/agents"


async def test_a_server_that_tells_no_agents_has_its_default(server, opened):
    server.add(Reply(status=404))
    assert [info.id for info in await opened().models()] == ["default"]


async def test_cut_answers_are_no_complete_ones(server, opened, ask):
    server.add(Reply(headers=LINES, body=DATA_STREAM[:-40], framing="chunked"))
    message = await ask(opened(), "Hi")
    assert (message.stop_reason, message.error.kind) == ("error", "protocol")
