"""From a request that was read to a run that has begun."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from jackfield import Agent, AgentTool, Kernel, ToolResultMessage
from jackfield.messages import AgentMessage
from jackfield_assistant_ui.serve.asked import Asked, ReplyProtocol
from jackfield_assistant_ui.serve.gate import Gate, repeated_turn
from jackfield_assistant_ui.serve.hub import Hub, Live
from jackfield_assistant_ui.serve.narrator import AnswerWriter, Narrator
from jackfield_assistant_ui.serve.offered import OfferedAgent
from jackfield_assistant_ui.serve.parts_writer import PartsWriter
from jackfield_assistant_ui.serve.refusal import RefusalError
from jackfield_assistant_ui.serve.run import Run, Story
from jackfield_assistant_ui.serve.settings import ServeSettings
from jackfield_assistant_ui.serve.state_history import state_messages
from jackfield_assistant_ui.serve.state_writer import StateWriter
from jackfield_assistant_ui.serve.store import Question, ThreadStore
from jackfield_assistant_ui.serve.tape import Tape
from jackfield_assistant_ui.wire.encoders import data_stream, transport, ui_messages
from jackfield_assistant_ui.wire.encoders.encoder import StreamEncoder
from jackfield_assistant_ui.wire.encoders.json_bytes import strict_bytes
from jackfield_assistant_ui.wire.events import Event, MessageStart, StateOps

_TITLE_CHARS = 60
_KEPT_REPORTS = 100


class Beginner:
    """Begins runs.

    Args:
        kernel: Builds the agents.
        agents: Those that are offered, the default one first.
        settings: Of the server.
        store: Keeps the threads.
        hub: Takes the runs.
    """

    def __init__(
        self,
        kernel: Kernel,
        agents: dict[str, OfferedAgent],
        settings: ServeSettings,
        store: ThreadStore,
        hub: Hub,
    ) -> None:
        self._kernel = kernel
        self._agents = agents
        self._settings = settings
        self._store = store
        self._hub = hub

    async def begin(
        self, user: str, asked: Asked, protocol: ReplyProtocol, *, with_parts: bool = False
    ) -> Live:
        """Begin the run that a request asks for.

        Args:
            user: Who asks.
            asked: For what.
            protocol: Of the reply.
            with_parts: Tell a client of the state the parts of the message, too.

        Raises:
            RefusalError: There is no such agent, an approval is not known, or there is no room.
        """
        self._hub.check_room(user)
        offered = self._offered(asked.agent)
        gate = await self._gate(user, asked, offered)
        thread = asked.thread_id or uuid4().hex
        self._hub.check_room(user)  # others may have come while the database was asked
        agent = self._agent(asked, offered, gate)
        story = _story(asked, gate, protocol, with_parts=with_parts)
        resumable = asked.resumable and protocol != "json"
        keeps = resumable and protocol == "ui-message-stream"
        tape = Tape(keep_bytes=self._settings.resume_max_bytes if keeps else 0)

        async def keep(run: Run) -> None:
            await self._keep(user, thread, run, gate)

        run = Run(
            agent,
            _prompt(agent, asked),
            story,
            tape,
            details=self._settings.tells_details,
            keep=keep,
        )
        live = Live(user=user, thread=thread, stream_id=uuid4().hex, run=run, resumable=resumable)
        run.start(_opening(asked, story))
        self._hub.add(live)
        return live

    async def keep_only(self, user: str, asked: Asked) -> None:
        """Keep the state of a request that wants no answer."""
        if asked.state is not None and asked.thread_id is not None:
            await self._put(user, asked.thread_id, asked.state)

    def _offered(self, name: str) -> OfferedAgent:
        if not name:
            return next(iter(self._agents.values()))
        found = self._agents.get(name)
        if found is None:
            raise RefusalError(422, f"There is no agent {name[:60]!r}.")
        return found

    async def _gate(self, user: str, asked: Asked, offered: OfferedAgent) -> Gate:
        gate = Gate(
            approve=offered.approve,
            frontend=frozenset(tool.name for tool in asked.tools),
            may_ask=asked.form != "data-stream",
        )
        pending = asked.pending
        if pending is None:
            return gate
        approved: set[str] = set()
        denied: dict[str, str] = {}
        for call in pending.message.tool_calls():
            decision = pending.decisions.get(call.id)
            if decision is None or call.id in pending.results:
                continue
            question = await self._store.answered(user, decision.approval_id)
            if question is None or question.call_id != call.id:
                raise RefusalError(409, "This approval is not known, or was answered already.")
            # What is run is what the user was asked about, not what the page sends back.
            call.name, call.arguments = question.name, question.arguments
            if decision.approved:
                approved.add(call.id)
            else:
                denied[call.id] = decision.reason
        gate.results, gate.approved, gate.denied = pending.results, frozenset(approved), denied
        return gate

    def _agent(self, asked: Asked, offered: OfferedAgent, gate: Gate) -> Agent:
        agent = self._kernel.agent(offered.name, before_tool_call=gate.before)
        own = {tool.name for tool in agent.state.tools}
        gate.frontend -= own  # a page cannot replace a tool of ours
        theirs = [
            AgentTool(
                name=tool.name, description=tool.description, parameters=dict(tool.parameters)
            )
            for tool in asked.tools
            if tool.name in gate.frontend
        ]
        if theirs:
            agent.set_tools([*agent.state.tools, *theirs])
        if asked.system:
            agent.set_system_prompt(
                "\n\n".join(filter(None, (agent.state.system_prompt, asked.system)))
            )
        if asked.pending is not None and agent.stream_fn is not None:
            agent.stream_fn = repeated_turn(asked.pending, agent.stream_fn)
        return agent

    async def _keep(self, user: str, thread: str, run: Run, gate: Gate) -> None:
        """Keep what a run leaves: open questions first, without them nobody can go on."""
        calls = {call.id: call for call in _last_calls(run)}
        for call_id, approval_id in gate.questions.items():
            call = calls[call_id]
            question = Question(
                id=approval_id, call_id=call_id, name=call.name, arguments=call.arguments
            )
            await self._store.ask(user, thread, question)
        writer = run.story.state
        state: dict[str, Any]
        if writer is not None:
            state = writer.settled()
        else:
            known = [each for each in run.agent.state.messages if not _waits(each, gate)]
            state = {"messages": state_messages(known)}
        await self._put(user, thread, state)
        del self._kernel.close_reports[:-_KEPT_REPORTS]

    async def _put(self, user: str, thread: str, state: dict[str, Any]) -> None:
        await self._store.put(user, thread, _title(state), strict_bytes(state))


def _waits(message: AgentMessage, gate: Gate) -> bool:
    return isinstance(message, ToolResultMessage) and gate.is_waiting(message.tool_call_id)


def _last_calls(run: Run) -> Sequence[Any]:
    last = run.story.narrator.last
    return last.tool_calls() if last is not None else ()


def _prompt(agent: Agent, asked: Asked) -> AgentMessage:
    """Give the agent its history and return the last message, which the run begins with."""
    messages = asked.messages
    agent.replace_messages(messages[:-1])
    return messages[-1]


def _story(asked: Asked, gate: Gate, protocol: ReplyProtocol, *, with_parts: bool) -> Story:
    state = StateWriter(asked.state, asked.message_id) if asked.state is not None else None
    message_id = asked.message_id or uuid4().hex
    parts = None
    if state is None or with_parts:
        message_id = str(state.message["id"]) if state is not None else message_id
        parts = PartsWriter(message_id, one_step=protocol == "data-stream")
    writers: list[AnswerWriter] = [each for each in (parts, state) if each is not None]
    narrator = Narrator(
        writers, gate, known=_results(asked.messages), repeats=asked.pending is not None
    )
    encoder: StreamEncoder
    if protocol == "ui-message-stream":
        encoder = ui_messages.Encoder()
    elif protocol == "data-stream":
        encoder = data_stream.Encoder()
    else:
        encoder = transport.Encoder()
    asked.message_id = message_id
    return Story(encoder, narrator, state, parts)


def _results(messages: Sequence[AgentMessage]) -> Iterator[str]:
    """Yield the calls of the history that have a result: the last one is told as if it were new."""
    for message in messages:
        if isinstance(message, ToolResultMessage):
            yield message.tool_call_id


def _opening(asked: Asked, story: Story) -> list[Event]:
    if story.state is not None:
        return [StateOps([*asked.operations, *story.state.take()])]
    return [MessageStart(asked.message_id)]


def _title(state: dict[str, Any]) -> str:
    """Return the beginning of what the user said first."""
    for message in state["messages"]:
        if message.get("role") == "user":
            texts = [part.get("text") for part in message["parts"] if part.get("type") == "text"]
            line = " ".join(" ".join(str(text) for text in texts if text).split())
            return line if len(line) <= _TITLE_CHARS else f"{line[: _TITLE_CHARS - 1]}…"
    return ""
