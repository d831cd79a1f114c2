"""Models and tools that an agent has by name."""

import asyncio

import pytest

from jackfield.agent.agent import Agent
from jackfield.contracts import resolver_slot
from jackfield.errors import (
    OptionError,
    StateError,
)
from jackfield.models import Model
from jackfield.testing import ScriptedProvider
from jackfield.tools import AgentTool


class Names:
    """A resolver with one provider and two tools."""

    def __init__(self, provider):
        self.provider = provider
        self.asked = []

    async def resolve_model(self, name):
        self.asked.append(name)
        if name.startswith("bad:"):
            raise StateError("no such provider")
        return self.provider, Model(provider="p", id=name.partition(":")[2], api="resolved")

    async def resolve_tools(self, names):
        self.asked += names
        return [AgentTool(name=name.replace(".", "_")) for name in names]


@pytest.fixture
def names(monkeypatch):
    resolver = Names(ScriptedProvider(default="yes"))
    monkeypatch.setattr(resolver_slot, "default", resolver)
    return resolver


async def test_names_are_resolved_once_at_the_first_run(names):
    agent = Agent(model="p:m", tools=["clock", AgentTool(name="own"), "kit.two"])
    assert names.asked == []
    assert await agent.prompt_text("hi") == "yes"
    assert await agent.prompt_text("hi") == "yes"
    assert names.asked == ["clock", "kit.two", "p:m"]
    assert agent.state.model.api == "resolved"
    sent = [tool.name for tool in names.provider.requests[0].tools]
    assert sent == ["clock", "own", "kit_two"]


async def test_model_object_without_stream_function_finds_its_provider(names):
    agent = Agent(model=Model(provider="p", id="m", api="mine"))
    await agent.prompt("hi")
    assert names.asked == ["p:m"]
    assert agent.state.model.api == "mine"


async def test_changed_model_is_resolved_anew(names):
    agent = Agent(model="p:m")
    await agent.prompt("hi")
    agent.set_model("p:n")
    await agent.prompt("hi")
    assert names.asked == ["p:m", "p:n"]
    assert [request.model.id for request in names.provider.requests] == ["m", "n"]


def test_names_are_resolved_anew_on_another_event_loop(names):
    agent = Agent(model="p:m", tools=["clock"])
    asyncio.run(agent.prompt("hi"))
    assert agent.prompt_text_sync("hi") == "yes"
    assert agent.prompt_text_sync("hi") == "yes"
    assert names.asked == ["clock", "p:m"] * 2


async def test_stream_function_needs_no_resolver():
    agent = Agent(model="p:m", stream_fn=ScriptedProvider("yes").stream)
    assert await agent.prompt_text("hi") == "yes"


async def test_name_that_cannot_be_resolved_fails_before_the_run(names):
    agent = Agent(model="bad:m")
    events = []
    agent.subscribe(events.append)
    with pytest.raises(StateError, match="no such provider"):
        await agent.prompt("hi")
    assert events == []
    assert agent.state.messages == []
    assert not agent.state.is_streaming


async def test_names_without_a_resolver_say_what_to_do(monkeypatch):
    monkeypatch.setattr(resolver_slot, "default", None)
    with pytest.raises(StateError, match="Import Agent from jackfield"):
        await Agent(model="p:m").prompt("hi")


async def test_resolved_tools_of_one_name_are_refused(names):
    agent = Agent(model="p:m", tools=["kit.two", AgentTool(name="kit_two")])
    with pytest.raises(OptionError, match="kit_two"):
        await agent.prompt("hi")
