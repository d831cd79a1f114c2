"""Commands of `useAssistantTransportRuntime` and of the Python client, applied to the state.

The state is ours by schema, but the page keeps it: it is read like everything a stranger wrote.
Source: spec/assistant-ui.md, a.4 and c.2.
"""

from copy import deepcopy
from typing import Any
from uuid import uuid4

from jackfield_assistant_ui.serve.fields import (
    Json,
    array,
    identifier,
    optional_identifier,
    optional_text,
    table,
    text,
)
from jackfield_assistant_ui.serve.refusal import RefusalError, wrong
from jackfield_assistant_ui.wire.events import Operation
from jackfield_assistant_ui.wire.state import StateOperationError, applied, set_value

_CALL_IS_GONE = "The call {!r} is not in the state, or has a result already."


class StateEditor:
    """Applies commands one after another.

    Args:
        state: Of the page; it is copied.

    Attributes:
        state: With the commands applied.
        operations: What they changed, for the page.
        to_answer: Whether the last of them wants an answer; one that tells what an agent said
            elsewhere does not.

    Raises:
        RefusalError: The state does not have our schema.
    """

    def __init__(self, state: Any) -> None:
        self.state: dict[str, Any] = dict(deepcopy(table(state, "state")))
        self.operations: list[Operation] = []
        self.to_answer = False
        if self.state.get("messages") is None:
            self._set(["messages"], [])
        for number, message in enumerate(array(self.state["messages"], "state.messages")):
            place = f"state.messages[{number}]"
            parts = array(table(message, place).get("parts"), f"{place}.parts")
            for index, part in enumerate(parts):
                table(part, f"{place}.parts[{index}]")
        if self.state.get("error") is not None:
            self._set(["error"], None)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages of the state."""
        found: list[dict[str, Any]] = self.state["messages"]
        return found

    def apply(self, command: Any, place: str) -> None:
        """Apply a command.

        Raises:
            RefusalError: Its type is unknown, or a field is wrong.
        """
        found = table(command, place)
        match found.get("type"):
            case "add-message":
                self._add_message(found, place)
            case "add-tool-result":
                self._add_tool_result(found, place)
            case "approve-tool-call":
                self._approve(found, place)
            case other:
                raise RefusalError(422, f"{place}: there is no command {str(other)[:60]!r}.")

    def _add_message(self, command: Json, place: str) -> None:
        message = table(command.get("message"), f"{place}.message")
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise wrong(f"{place}.message.role", "user or assistant")
        parts = array(message.get("parts"), f"{place}.message.parts")
        kept = [_part(each, f"{place}.message.parts[{n}]") for n, each in enumerate(parts)]
        if "parentId" in command:
            self._cut(optional_identifier(command, "parentId"), place)
        added = {"id": uuid4().hex, "role": role, "parts": kept}
        self._set(["messages", str(len(self.messages))], added)
        self.to_answer = role == "user"

    def _cut(self, parent_id: str | None, place: str) -> None:
        """Remove what comes after the message that the new one follows."""
        keep = 0
        if parent_id is not None:
            ids = [message.get("id") for message in self.messages]
            if parent_id not in ids:
                raise RefusalError(422, f"{place}.parentId is no message of the state.")
            keep = ids.index(parent_id) + 1
        if keep < len(self.messages):
            self._set(["messages"], self.messages[:keep])

    def _add_tool_result(self, command: Json, place: str) -> None:
        call_id = identifier(command.get("toolCallId"), f"{place}.toolCallId")
        outcome: dict[str, Any] = {"result": command.get("result")}
        if command.get("isError") is True:
            outcome["isError"] = True
        for key in ("artifact", "modelContent"):
            if command.get(key) is not None:
                outcome[key] = command[key]
        if self._is_mirrored(call_id):
            name = identifier(command.get("toolName"), f"{place}.toolName")
            self._add_mirrored(call_id, name, outcome)
            return
        path = self._open_call(call_id)
        for key, value in outcome.items():
            self._set([*path, key], value)
        self.to_answer = True

    def _is_mirrored(self, call_id: str) -> bool:
        """Tell whether the call ran elsewhere: commands cannot say that it was made."""
        if not self.messages or self.messages[-1].get("role") != "assistant":
            return False
        parts = [part for message in self.messages for part in message["parts"]]
        return all(part.get("toolCallId") != call_id for part in parts)

    def _add_mirrored(self, call_id: str, name: str, outcome: Json) -> None:
        message = len(self.messages) - 1
        path = ["messages", str(message), "parts", str(len(self.messages[message]["parts"]))]
        call = {"type": "tool-call", "toolCallId": call_id, "toolName": name}
        self._set(path, {**call, "args": {}, "argsText": "{}", **outcome})

    def _approve(self, command: Json, place: str) -> None:
        approval_id = identifier(command.get("approvalId"), f"{place}.approvalId")
        if not isinstance(command.get("approved"), bool):
            raise wrong(f"{place}.approved", "true or false")
        for number, part in self._calls():
            approval = part.get("approval")
            if isinstance(approval, dict) and approval.get("id") == approval_id:
                answer = {
                    "id": approval_id,
                    "state": "approved" if command["approved"] else "denied",
                }
                reason = optional_text(command, "reason", f"{place}.")
                path = ["messages", str(len(self.messages) - 1), "parts", str(number), "approval"]
                self._set(path, answer | ({"reason": reason} if reason else {}))
                self.to_answer = True
                return
        raise RefusalError(409, "This approval is not known, or was answered already.")

    def _calls(self) -> list[tuple[int, dict[str, Any]]]:
        """Return the tool calls of the last message that have no result."""
        parts = self.messages[-1]["parts"] if self.messages else []
        return [
            (number, part)
            for number, part in enumerate(parts)
            if part.get("type") == "tool-call" and "result" not in part
        ]

    def _open_call(self, call_id: str) -> list[str]:
        for number, part in self._calls():
            if part.get("toolCallId") == call_id:
                return ["messages", str(len(self.messages) - 1), "parts", str(number)]
        raise RefusalError(422, _CALL_IS_GONE.format(call_id))

    def _set(self, path: list[str], value: Any) -> None:
        try:
            operation = set_value(path, value)
            self.state = applied(self.state, [operation])
        except StateOperationError as error:
            raise RefusalError(422, str(error)) from error
        self.operations.append(operation)


def _part(value: Any, place: str) -> dict[str, Any]:
    part = table(value, place)
    kind = part.get("type")
    if kind == "text":
        return {"type": "text", "text": text(part.get("text"), f"{place}.text")}
    if kind == "image":
        return {"type": "image", "image": text(part.get("image"), f"{place}.image")}
    if kind == "file":
        found = {key: text(part.get(key), f"{place}.{key}") for key in ("data", "mimeType")}
        name = optional_text(part, "filename", f"{place}.")
        return {"type": "file", **found} | ({"filename": name} if name else {})
    raise wrong(f"{place}.type", "text, image or file")
