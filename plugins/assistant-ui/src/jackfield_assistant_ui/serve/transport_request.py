"""Requests of `useAssistantTransportRuntime` and of the Python client: commands and a state.

Source: spec/assistant-ui.md, c.2 and c.4.
"""

from typing import Any

from jackfield_assistant_ui.serve.asked import Asked, read_common
from jackfield_assistant_ui.serve.commands import StateEditor
from jackfield_assistant_ui.serve.fields import Json, array, optional_identifier
from jackfield_assistant_ui.serve.refusal import RefusalError
from jackfield_assistant_ui.serve.state_history import read_state
from jackfield_assistant_ui.wire.state import set_value


def read_transport(body: Json, stored: Any = None) -> Asked:
    """Read a request of commands.

    Args:
        body: The request.
        stored: The state that we keep for the thread; used when the page sends none.

    Raises:
        RefusalError: A command is unknown, a field has a wrong type, there is nothing to answer.
    """
    asked = Asked(form="transport", thread_id=optional_identifier(body, "threadId"))
    read_common(body, asked)
    commands = array(body.get("commands"), "commands")
    if not commands:
        raise RefusalError(422, "commands is empty; to take up an answer, use the resume address.")
    state = body.get("state")
    editor = StateEditor(state if state is not None else stored or {"messages": []})
    for number, command in enumerate(commands):
        editor.apply(command, f"commands[{number}]")
    builder = read_state(editor.state)
    asked.pending, asked.messages = builder.end(), builder.messages
    asked.state, asked.operations = editor.state, editor.operations
    if state is None:  # the page has nothing that could be changed
        asked.operations = [set_value([], editor.state)]
    last = editor.messages[-1] if editor.messages else {}
    if last.get("role") == "assistant":
        asked.message_id = str(last.get("id", ""))
    asked.to_answer = editor.to_answer
    if not asked.messages:
        raise RefusalError(422, "There is nothing to answer.")
    return asked
