"""One turn of an agent with calls of tools."""

from support.agent_runs import MODEL

from jackfield.agent.agent import Agent
from jackfield.testing import Call, ScriptedProvider
from jackfield.tools import AgentTool


async def run(*calls, tools, **options):
    """Run one turn with the calls; return its results by id and all events."""
    provider = ScriptedProvider(list(calls), "done")
    agent = Agent(stream_fn=provider.stream, model=MODEL, tools=tools, **options)
    events = [event async for event in agent.stream("go")]
    results = {m.tool_call_id: m for m in agent.state.messages if m.role == "tool_result"}
    return results, events


async def run_one(execute, arguments=None, **fields):
    options = fields.pop("options", {})
    only = AgentTool(name="work", execute=execute, **fields)
    results, _ = await run(Call("work", arguments or {}, id="t1"), tools=[only], **options)
    return results["t1"]


async def echo(call_id, args, signal, on_update):
    return str(args)
