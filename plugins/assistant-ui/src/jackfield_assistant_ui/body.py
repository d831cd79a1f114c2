"""The body of a chat request. Source: spec/assistant-ui.md, a.3."""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from jackfield_assistant_ui.commands import Converted, converted
from jackfield_assistant_ui.errors import AssistantWarning

_DEPRECATED = (
    "The 'messages' parameter is deprecated: servers of today read commands. "
    "Give `commands`; see jackfield_assistant_ui.types."
)


class Given(NamedTuple):
    """The named arguments of `chat` and `stream`, in their order.

    Attributes:
        messages: The history, for servers that read no commands.
        commands: What is to be done, after what the messages say.
        system: Instructions.
        tools: That the caller runs, by name.
        message_id: Of the answer.
        run_config: For the server.
        state: That of the caller.
    """

    messages: Iterable[Mapping[str, Any]] | None = None
    commands: Iterable[Any] | None = None
    system: str | None = None
    tools: Mapping[str, Any] | None = None
    message_id: str | None = None
    run_config: Mapping[str, Any] | None = None
    state: Any = None


def chat_body(
    thread_id: str, given: Given, others: Mapping[str, Any], *, stacklevel: int
) -> dict[str, Any]:
    """Return the body, its keys in the documented order; what is None is left out.

    Args:
        thread_id: Of the thread.
        given: The named arguments.
        others: Further keys.
        stacklevel: Of the line that warnings name, as seen from whoever calls this.

    Raises:
        TypeError: `threadId` is among the others.
        ValueError: A message cannot be understood.
    """
    if "threadId" in others:
        raise TypeError("`threadId` is that of the thread: use client.threads(...) for another.")
    body: dict[str, Any] = {"threadId": thread_id}
    if given.messages is not None:
        warnings.warn(_DEPRECATED, DeprecationWarning, stacklevel=stacklevel + 1)
        body["messages"] = history = list(given.messages)
        given, lost = _with_history(given, converted(history))
        for line in lost:
            warnings.warn(line, AssistantWarning, stacklevel=stacklevel + 1)
    fields = {
        "commands": None if given.commands is None else list(given.commands),
        "system": given.system,
        "tools": given.tools,
        "unstable_assistantMessageId": given.message_id,
        "runConfig": given.run_config,
        "state": given.state,
    }
    body |= {name: value for name, value in fields.items() if value is not None}
    return body | dict(others)


def _with_history(given: Given, told: Converted) -> tuple[Given, list[str]]:
    """Return the arguments with what the messages say, which goes first; and what is lost."""
    lost = list(told.lost)
    if given.system is not None and told.system is not None:
        lost.append("System messages are not sent as `system`, since that is given.")
    system = told.system if given.system is None else given.system
    return given._replace(commands=[*told.commands, *(given.commands or ())], system=system), lost
