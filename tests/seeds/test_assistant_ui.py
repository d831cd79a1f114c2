"""Every snippet of the README of the Python client, with the import line changed.

The address in the snippets is that of a server of the test.
"""

import asyncio
import gc

import pytest
from support.assistant_readme import (
    AUTHENTICATION,
    BASIC,
    CANCELING,
    CONTEXT_MANAGERS,
    MESSAGE_TYPES,
    TOOLS,
    run_snippet,
)
from support.example_host import example_host

from jackfield.testing import LoopbackServer, json_reply
from jackfield_assistant_ui import AssistantClient

pytestmark = pytest.mark.filterwarnings("ignore:The 'messages' parameter is deprecated")

MESSAGES = [{"role": "user", "content": [{"type": "text", "text": "Hello, how are you?"}]}]


@pytest.fixture
def server(tmp_path, monkeypatch):
    with (
        LoopbackServer(default=json_reply({"ok": True})) as server,
        example_host(server.url, tmp_path) as environment,
    ):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield server


def test_basic_example(server, capsys):
    run_snippet(BASIC)
    assert capsys.readouterr().out == "{'ok': True}\n"
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/api/chat")
    assert request.headers["host"] == "api.example.com"
    assert request.json() == {
        "threadId": "thread-123",
        "messages": MESSAGES,
        "commands": [
            {
                "type": "add-message",
                "message": {"role": "user", "parts": MESSAGES[0]["content"]},
            }
        ],
        "system": "You are a helpful assistant.",
    }


def test_context_managers(server):
    names = run_snippet(CONTEXT_MANAGERS, AssistantClient=AssistantClient, messages=MESSAGES)
    assert names["response"].json() == {"ok": True}
    assert [request.json()["messages"] for request in server.requests] == [MESSAGES] * 2


def test_authentication(server):
    async def fetch_token():
        return "fresh"

    names = run_snippet(AUTHENTICATION, AssistantClient=AssistantClient, fetch_token=fetch_token)
    names = run_snippet(TOOLS, client=names["client"], messages=MESSAGES)
    assert server.requests[0].headers["authorization"] == "Bearer fresh"


def test_static_headers(server):
    static, _, _ = AUTHENTICATION.partition("# Dynamic headers")
    client = run_snippet(static, AssistantClient=AssistantClient)["client"]
    run_snippet(TOOLS, client=client, messages=MESSAGES)
    assert server.requests[0].headers["authorization"] == "Bearer your-token"


def test_tools(server):
    client = AssistantClient(base_url="https://api.example.com")
    names = run_snippet(TOOLS, client=client, messages=MESSAGES)
    assert server.requests[0].json()["tools"] == names["tools"]


def test_canceling_leaves_nothing_behind(server, caplog):
    client = AssistantClient(base_url="https://api.example.com")
    names = run_snippet(CANCELING, client=client, messages=MESSAGES, asyncio=asyncio)
    assert names["chat_task"].cancelled()
    del names
    gc.collect()
    assert caplog.records == []
    assert server.requests[-1].path == "/api/cancel"
    assert server.requests[-1].body == b'{"threadId":"thread-123"}'


def test_message_types(server):
    names = run_snippet(MESSAGE_TYPES)
    kinds = ("text", "image", "file", "assistant", "tool")
    messages = [names[f"{kind}_message"] for kind in kinds]
    with (
        AssistantClient(base_url="https://api.example.com") as client,
        pytest.warns(UserWarning, match="get_weather"),
    ):
        assert client.threads("thread-123").chat_sync(messages=messages).is_success
    assert server.requests[0].json()["messages"] == messages
    assert [command["type"] for command in server.requests[0].json()["commands"]] == [
        *["add-message"] * 4,
        "add-tool-result",
    ]


async def test_sync_snippets_work_in_a_notebook(server):
    client = AssistantClient(base_url="https://api.example.com")
    assert client.threads("thread-123").chat_sync(commands=[]).json() == {"ok": True}
    await client.close()
