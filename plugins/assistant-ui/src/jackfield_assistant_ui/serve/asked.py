"""What a request asks for, whichever of the request forms it came in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from jackfield.messages import AgentMessage
from jackfield_assistant_ui.serve.fields import Json, optional_table, optional_text, table
from jackfield_assistant_ui.serve.history import PendingTurn
from jackfield_assistant_ui.serve.refusal import wrong
from jackfield_assistant_ui.wire.events import Operation

Form: TypeAlias = Literal["data-stream", "transport", "ai-sdk"]
"""Which of the runtimes wrote the request; the Python client writes `transport`."""

ReplyProtocol: TypeAlias = Literal[
    "data-stream", "assistant-transport", "ui-message-stream", "json"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontendTool:
    """A tool that the page runs.

    Attributes:
        name: For the model.
        description: For the model.
        parameters: JSON Schema of the arguments.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request, read.

    Attributes:
        form: Which runtime wrote it.
        thread_id: As the page calls the thread; None for a new one.
        agent: Name of the agent; empty for the default one.
        system: Instructions of the page, behind the agent's own.
        tools: Tools that the page runs.
        messages: The history, the last one is what is to be answered.
        pending: The turn whose calls the user decided about; it comes behind `messages`.
        message_id: Of the answer; empty for a new one.
        state: Of the page, with the commands applied; None if the protocol has none.
        operations: What the commands changed in the state; the page is told first.
        resumable: Whether the answer can be taken up again after a lost connection.
        to_answer: Whether the model is wanted; else the state is only kept.
    """

    form: Form
    thread_id: str | None = None
    agent: str = ""
    system: str = ""
    tools: list[FrontendTool] = field(default_factory=list)
    messages: list[AgentMessage] = field(default_factory=list)
    pending: PendingTurn | None = None
    message_id: str = ""
    state: dict[str, Any] | None = None
    operations: list[Operation] = field(default_factory=list)
    resumable: bool = False
    to_answer: bool = True


def read_common(body: Json, asked: Asked) -> None:
    """Read what all forms of a request have.

    Raises:
        RefusalError: A field has a wrong type.
    """
    config = optional_table(body, "config")
    asked.agent = optional_text(config, "agent", "config.")
    asked.system = optional_text(body, "system")
    asked.tools = [_tool(name, tool) for name, tool in optional_table(body, "tools").items()]
    asked.resumable = config.get("resumable") is True


def _tool(name: str, tool: Any) -> FrontendTool:
    found = table(tool, f"tools.{name}")
    parameters = optional_table(found, "parameters")
    if parameters and parameters.get("type", "object") != "object":
        raise wrong(f"tools.{name}.parameters", "a JSON Schema of an object")
    return FrontendTool(
        name=name,
        description=optional_text(found, "description", f"tools.{name}."),
        parameters=dict(parameters),
    )


Reader: TypeAlias = Callable[[Json], Asked]
