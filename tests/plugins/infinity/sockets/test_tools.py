"""The four tools over a socket, alone and in the hands of an agent."""

import asyncio

import pytest
from support.infinity_key import given_key

from jackfield import Agent, AgentOptions, ToolError
from jackfield.models import Model
from jackfield.testing import Call, Hold, Reply, ScriptedProvider, ToolsContract, json_reply
from jackfield.testing.rules import no_tasks_left
from jackfield_infinity.settings import InfinityToolSettings
from jackfield_infinity.testing import InfinityServer, error_reply
from jackfield_infinity.tools import open_tools

NAMES = ["search_knowledge", "research", "store_memory", "retrieve_memory"]


class Host:
    """What the tool set asks of a kernel."""

    def __init__(self, transport):
        self._transport = transport

    def transport(self, name=None):
        return self._transport

    def auth(self, name):
        return given_key()


@pytest.fixture(params=["published", "deployed"])
def server(request):
    with InfinityServer(routes=request.param) as server:
        yield server


@pytest.fixture
def tools(server, transport):
    return opened(server, transport)


def opened(server, transport, **settings):
    given = {"base_url": server.url, "auth": "a"} | settings
    return open_tools("infinity", InfinityToolSettings(**given), Host(transport))


async def call(tools, name, **args):
    [tool] = [tool for tool in tools if tool.name == name]
    return await tool.execute("call_1", args, asyncio.Event(), lambda result: None)


def text_of(result):
    [part] = result.content
    return part.text


class TestContract(ToolsContract):
    examples = {
        "search_knowledge": {"query": "retry", "type": "pattern", "limit": 3},
        "research": {"query": "small primes", "depth": "shallow", "sources": 2},
        "store_memory": {"key": "user.timezone", "value": {"name": "UTC"}},
        "retrieve_memory": {"key": "user.timezone"},
    }

    @pytest.fixture
    def tools(self, server, transport):  # the suite's own gives none
        return opened(server, transport)


async def test_the_set_has_four_tools_that_say_what_they_take(tools):
    assert [tool.name for tool in tools] == NAMES
    for tool in tools:
        for name, schema in tool.parameters["properties"].items():
            assert len(schema["description"]) > 10, name


async def test_search_tells_what_was_found_the_best_first(server, tools):
    result = await call(tools, "search_knowledge", query="*")
    blocks = text_of(result).split("\n\n")
    assert blocks[0].endswith("Wait longer each time.")
    assert "Retry with backoff (pattern, backend, 90%)" in blocks[0]
    assert {item["type"] for item in result.details["results"]} == {"pattern", "wisdom", "gotcha"}


async def test_search_is_narrowed_by_its_filters(tools):
    result = await call(
        tools, "search_knowledge", query="*", type="pattern", domain="backend", limit=1
    )
    assert [item["id"] for item in result.details["results"]] == ["p1"]
    result = await call(tools, "search_knowledge", query="*", domain="cooking")
    assert text_of(result) == "Nothing was found."


async def test_search_says_how_much_more_there_is(server, transport):
    tools = opened(server, transport, max_results=2)
    text = text_of(await call(tools, "search_knowledge", query="*", limit=50))
    assert text.endswith("[2 of 3 results]")


async def test_research_tells_summary_and_sources(tools):
    text = text_of(await call(tools, "research", query="primes", depth="deep"))
    assert text.startswith("About primes.")
    assert "https://primes.example/small" in text
    assert "2, 3, 5 and 7." in text


async def test_research_is_cut_to_the_sources(tools):
    result = await call(tools, "research", query="primes", sources=1)
    assert len(result.details["results"]) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"theme": "dark"}, '{"theme": "dark"}'),
        ("héllo", "héllo"),
        ("", '""'),
        (None, "null"),
        ([1, 2], "[1, 2]"),
        (0, "0"),
        (False, "false"),
        ("5", "5"),
    ],
)
async def test_what_was_stored_is_retrieved(tools, value, text):
    assert text_of(await call(tools, "store_memory", key="k", value=value)) == "Stored under 'k'."
    result = await call(tools, "retrieve_memory", key="k")
    assert text_of(result) == text
    assert result.details["value"] == value


async def test_later_value_replaces_the_earlier_one(tools):
    for value in (1, 2):
        await call(tools, "store_memory", key="k", value=value)
    assert text_of(await call(tools, "retrieve_memory", key="k")) == "2"


async def test_unknown_key_is_no_error(tools):
    result = await call(tools, "retrieve_memory", key="a/b ä?&=")
    assert text_of(result) == "Nothing is stored under 'a/b ä?&='."


async def test_memories_of_agents_with_different_prefixes_do_not_mix(server, transport):
    mine, yours = (opened(server, transport, key_prefix=f"{name}/") for name in ("me", "you"))
    await call(mine, "store_memory", key="k", value=1)
    assert "Nothing" in text_of(await call(yours, "retrieve_memory", key="k"))
    assert text_of(await call(mine, "retrieve_memory", key="k")) == "1"


async def test_memory_that_cannot_forget_says_so_and_stores_nothing(server, tools):
    storing = call(tools, "store_memory", key="k", value=1, ttl=60)
    if server.state.manner.routes == "published":
        await storing
        assert server.state.values["k"] == (1, 60)
        return
    with pytest.raises(ToolError, match="ttl"):
        await storing
    assert server.state.facts == {}


@pytest.mark.parametrize("form", ["A", "B", "C", "E"])
async def test_what_the_service_refuses_is_an_error_for_the_model(server, tools, form):
    server.fail("POST /research", error_reply(form, 400, "Ask something else."))
    with pytest.raises(ToolError, match="Ask something else"):
        await call(tools, "research", query="x")


async def test_page_of_html_is_an_error_for_the_model(server, transport):
    tools = opened(server, transport, max_retries=0)
    server.fail("POST /research", error_reply("D", 502))
    with pytest.raises(ToolError, match="502"):
        await call(tools, "research", query="x")


async def test_missing_key_of_a_named_auth_is_an_error_for_the_model(server, transport):
    from jackfield_infinity.auth import env_key

    host = Host(transport)
    host.auth = lambda name: env_key("NOT_THERE")
    settings = InfinityToolSettings(base_url=server.url, auth="a")
    with pytest.raises(ToolError, match="NOT_THERE"):
        await call(open_tools("infinity", settings, host), "research", query="x")
    assert server.requests == []


async def test_service_that_did_not_store_is_an_error_for_the_model(server, tools):
    replies = json_reply({"success": True, "stored": False})
    server.fail("POST *", replies, replies)
    if server.state.manner.routes == "published":
        with pytest.raises(ToolError, match="did not store"):
            await call(tools, "store_memory", key="k", value=1)


async def test_cancelled_call_leaves_nothing(server, tools):
    hold = Hold()
    server.fail("POST /research", Reply(headers={"content-length": "9"}, body=[hold]))
    async with no_tasks_left("The tool"):
        running = asyncio.ensure_future(call(tools, "research", query="x"))
        await hold.reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_agent_with_another_model_uses_all_four(server, tools):
    model = ScriptedProvider()
    model.add(
        [Call("store_memory", {"key": "k", "value": "7"}), Call("retrieve_memory", {"key": "k"})],
        [Call("search_knowledge", {"query": "*"}), Call("research", {"query": "primes"})],
        "Done.",
    )
    agent = Agent(AgentOptions(stream_fn=model.stream))
    agent.set_model(Model(provider="scripted", id="test"))
    agent.set_tools(tools)
    assert await agent.prompt_text("Try them.") == "Done."
    results = [each for each in model.requests[-1].messages if hasattr(each, "tool_name")]
    assert [each.tool_name for each in results] == [
        *("store_memory", "retrieve_memory", "search_knowledge", "research")
    ]
    assert not any(each.is_error for each in results)
    assert results[1].content[0].text == "7"


@pytest.mark.parametrize("settings", [{"max_results": 0}, {"profile": "x"}, {"base_url": "me"}])
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ValueError, match="validation error"):
        InfinityToolSettings(**settings)
