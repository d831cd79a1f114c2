"""The parts of the sockets by themselves, and the sockets as a configuration opens them."""

import asyncio

import pytest
from support.infinity_key import given_key

from jackfield.errors import ConfigError
from jackfield.testing import Call, json_reply
from jackfield_httpx.transport import HttpxTransport
from jackfield_infinity import InfinityAssistantError
from jackfield_infinity.connection import Connection
from jackfield_infinity.conversation import Sessions
from jackfield_infinity.deadline import until
from jackfield_infinity.problems import told
from jackfield_infinity.recognition import Told
from jackfield_infinity.settings import InfinityProviderSettings, InfinitySettings
from jackfield_infinity.tool_texts import found_text, recalled_text, research_text


@pytest.fixture
def connection(server, transport):
    """Give a function that makes a connection with settings."""

    def make(**settings):
        return Connection(InfinitySettings(base_url=server.url, **settings), transport, given_key())

    return make


def test_oldest_sessions_are_forgotten():
    sessions = Sessions()
    for number in range(10_001):
        sessions.keep("u", f"s{number}", f"c{number}")
    assert sessions.find("u", "s0") is None
    assert sessions.find("u", "s1") == "c1"
    assert sessions.find("other", "s1") is None
    sessions.keep("u", None, "c")
    assert sessions.find("u", None) is None


def test_whom_was_told_is_not_remembered_for_ever():
    told_keys = Told()
    assert [told_keys.is_news(str(number)) for number in range(1001)] == [True] * 1001
    assert told_keys.is_news("0")
    assert not told_keys.is_news("1000")


def test_cookies_belong_to_a_key_and_the_oldest_are_forgotten(connection):
    from jackfield.contracts import StreamOptions

    made = connection()

    def cookies(key):
        return made.client(StreamOptions(api_key=key)).service.cookies

    first = cookies("ia_0")
    assert cookies("ia_0") is first
    assert cookies(None) is not first
    for number in range(1, 1001):
        cookies(f"ia_{number}")
    assert cookies("ia_0") is not first


def test_settings_of_waits_reach_the_service(connection):
    service = (
        connection(
            max_retries=7, max_retry_delay=5, timeouts={"read_s": 300, "connect_s": 2, "total_s": 9}
        )
        .client()
        .service
    )
    assert (service.retries.max_retries, service.retries.max_delay_s) == (7, 5)
    assert (service.timeouts.read_s, service.timeouts.connect_s) == (300, 2)
    assert (service.timeout_s, service.deadline_s) == (300, 9)
    usual = connection().client().service
    assert (usual.retries.max_retries, usual.timeout_s, usual.deadline_s) == (3, 60, None)


async def test_timeout_of_the_source_itself_is_passed_on():
    async def source():
        yield 1
        raise TimeoutError("its own")

    items = until(source(), 30, provider="p")
    assert await anext(items) == 1
    with pytest.raises(TimeoutError, match="its own"):
        await anext(items)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InfinityAssistantError("x", "TTL_UNSUPPORTED"), "invalid_request"),
        (InfinityAssistantError("x", "API_ERROR", 200), "protocol"),
        (InfinityAssistantError("x", "MESSAGE_TOO_LONG", 400), "context_overflow"),
        (InfinityAssistantError("x", None, 404), "not_found"),
        (ConfigError("no key"), "authentication"),
    ],
)
def test_errors_of_the_client_have_a_kind(error, kind):
    found = told(error, "infinity")
    assert (found.kind, found.provider) == (kind, "infinity")
    assert ("code" in found.details) == bool(getattr(error, "code", None))


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({}, "Nothing was found."),
        ({"results": [], "generatedAnswer": " It is so. "}, "It is so."),
        ({"results": [{"title": "A", "type": "gotcha"}], "total": "many"}, "A (gotcha)"),
        ({"results": [{"content": "B", "confidence": 7}]}, "B"),
        ({"results": [{}], "total": 2}, "\n\n[1 of 2 results]"),
    ],
)
def test_sparse_results_of_a_search_are_told(found, text):
    assert found_text(found) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({}, "Nothing was found."),
        ({"summary": "S"}, "S"),
        (
            {"results": [{"title": "T", "summary": "T and more", "relevance": 0.5}]},
            "(50%)\nT and more",
        ),
        ({"results": [{"title": "T", "url": "u", "summary": "S"}]}, "T (u)\nS"),
        ({"results": [{"title": None, "summary": 7}]}, "Nothing was found."),
    ],
)
def test_sparse_results_of_research_are_told(found, text):
    assert research_text(found) == text


def test_value_that_is_missing_is_told():
    assert recalled_text("k", {"success": True}) == "Nothing is stored under 'k'."


async def test_configuration_alone_gives_an_agent_the_tools(server, kernel, scripted):
    scripted.add(
        [Call("store_memory", {"key": "k", "value": {"a": [1]}})],
        [Call("retrieve_memory", {"key": "k"})],
        "Done.",
    )
    opened = kernel(
        {
            "agents": {"default": {"tools": ["infinity"]}},
            "tools": {"infinity": {"base_url": server.url, "auth": "infinity"}},
            "auth": {"infinity": {"variable": "MY_KEY"}},
        }
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MY_KEY", "ia_the-key-of-the-test")
        assert await opened.agent().prompt_text("Remember.") == "Done."
    names = {tool.name for tool in scripted.requests[0].tools}
    assert names == {"search_knowledge", "research", "store_memory", "retrieve_memory"}
    assert scripted.requests[2].messages[-1].content[0].text == '{"a": [1]}'
    assert {each.headers["x-api-key"] for each in server.requests} == {"ia_the-key-of-the-test"}


async def test_configuration_alone_makes_the_assistant_a_model(server, kernel):
    opened = kernel(
        {
            "agents": {"default": {"model": "infinity:search", "session_id": "s"}},
            "providers": {"infinity": {"base_url": server.url, "stream": False}},
        }
    )
    agent = opened.agent()
    assert await agent.prompt_text("One") == "You said: One"
    assert await agent.prompt_text("Two") == "You said: Two"
    assert [each.json() for each in server.received("POST /chat")] == [
        {"message": "One", "mode": "search"},
        {"message": "Two", "mode": "search", "conversationId": "conv_1"},
    ]
    assert "x-api-key" not in server.requests[0].headers


async def test_one_provider_serves_one_event_loop_after_another(server):
    settings = InfinityProviderSettings(base_url=server.url, stream=False)
    server.fail("POST /chat", json_reply({"response": "1"}), json_reply({"response": "2"}))

    async def once():
        transport = HttpxTransport()
        try:
            return (await Connection(settings, transport).client().chat(message="x"))["response"]
        finally:
            await transport.aclose()

    found = [await asyncio.to_thread(lambda: asyncio.run(once())) for _ in range(2)]
    assert found == ["1", "2"]
