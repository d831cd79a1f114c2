"""Tools for a model whose chat template knows none: the answer is JSON under a constraint.

The tools are described in the system prompt, and llama.cpp lets the model write only one of

    {"answer": "..."}
    {"tool": "<name>", "arguments": {...}}     arguments by the tool's own JSON Schema

so the form is always right; whether the choice is wise depends on the model. The string of
an answer streams as text, arguments stream as a tool call. With `tool_choice` `required`, or
the name of a tool, the first form is not on offer. Strings and lists are bounded, so that a
model that repeats itself comes to an end: what a bound cut ends as `length`. Pure: no I/O.
"""

import json
import re
from typing import Any

from jackfield.answer import Answer
from jackfield.errors import UnsupportedError
from jackfield.messages import AgentMessage, AssistantMessage, ToolResultMessage, UserMessage
from jackfield.tools import AgentTool
from jackfield_local.bounds import MOST_CHARACTERS, bounded, is_cut
from jackfield_local.wire import ChunkReader, FinishReason, assistant_text, user_text

_ANSWER = re.compile(r'\s*\{\s*"answer"\s*:\s*"')
_CALL = re.compile(r'\s*\{\s*"tool"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*')
_WHOLE = re.compile(r'(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_HIGH_SURROGATE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z")
_CLOSERS = "} \t\r\n"


def tool_schema(tools: list[AgentTool], *, may_answer: bool) -> dict[str, Any]:
    """Return the schema of what the model may write, with strings and lists bounded."""
    definitions: dict[str, Any] = {}
    forms = [_object({"answer": {"type": "string"}})] if may_answer else []
    for tool in tools:
        arguments = _hoisted(tool, definitions)
        forms.append(_object({"tool": {"const": tool.name}, "arguments": arguments}))
    schema: dict[str, Any] = forms[0] if len(forms) == 1 else {"anyOf": forms}
    whole: dict[str, Any] = bounded({**schema, "$defs": definitions} if definitions else schema)
    return whole


def tool_prompt(tools: list[AgentTool], *, may_answer: bool) -> str:
    """Return the words that describe the tools and the form of the answer."""
    lines = ["You can call these tools:"]
    for tool in tools:
        schema = json.dumps(tool.parameters or {}, ensure_ascii=False)
        lines.append(f"- {tool.name}: {tool.description} Arguments: {schema}")
    lines.append('To call one, write {"tool": "<name>", "arguments": {...}}.')
    if may_answer:
        lines.append('To answer without a tool, write {"answer": "<your answer>"}.')
    return "\n".join(lines)


def plain_messages(system_prompt: str, messages: list[AgentMessage]) -> list[dict[str, Any]]:
    """Return the messages in the three roles that every template knows.

    Calls and results become text; neighbours of one role are joined, since some templates
    insist on turns.

    Raises:
        UnsupportedError: A message holds an image.
    """
    wire: list[dict[str, Any]] = []
    if system_prompt:
        wire.append({"role": "system", "content": system_prompt})
    for place, message in enumerate(messages):
        role, text = _plain(message, place)
        if wire and wire[-1]["role"] == role:
            wire[-1]["content"] += f"\n{text}"
        else:
            wire.append({"role": role, "content": text})
    return wire


class JsonToolReader(ChunkReader):
    """Reads answers of the form that `tool_schema` allows."""

    def __init__(self, answer: Answer, model_id: str) -> None:
        super().__init__(answer, model_id)
        self._head = ""  # what came before the form was known
        self._rest = ""  # what came and cannot be handed on yet
        self._form = ""
        self._length = 0  # characters of the answer
        self._raw = ""  # the arguments

    def on_text(self, text: str) -> None:
        """Take a piece of the JSON text."""
        if self._form == "answer":
            self._answer(text)
        elif self._form == "call":
            self._arguments(text)
        else:
            self._begin(self._head + text)

    def finish(self) -> FinishReason:
        """Hand on what was held back, then as `ChunkReader.finish`; `length` if a bound cut."""
        if self._form == "call" and self._rest:
            self._hand_on(self._rest.rstrip().removesuffix("}"))
        reason = super().finish()
        return "length" if self._was_cut() else reason

    def _begin(self, head: str) -> None:
        self._head = head
        if match := _ANSWER.match(head):
            self._form = "answer"
            self._answer(head[match.end() :])
        elif match := _CALL.match(head):
            self._form = "call"
            self.answer.open_call("call", name=json.loads(match.group(1)))
            self._arguments(head[match.end() :])

    def _answer(self, piece: str) -> None:
        raw = self._rest + piece
        match = _WHOLE.match(raw)
        whole = match.group() if match else ""
        if pair := _HIGH_SURROGATE.search(whole):
            whole = whole[: pair.start()]  # its other half is still to come
        self._rest = raw[len(whole) :]
        text: str = json.loads(f'"{whole}"', strict=False)
        self._length += len(text)
        self.answer.text(text)

    def _arguments(self, piece: str) -> None:
        # The last brace closes the outer object: a run of braces waits for what follows it.
        raw = self._rest + piece
        certain = raw.rstrip(_CLOSERS)
        self._rest = raw[len(certain) :]
        if certain:
            self._hand_on(certain)

    def _hand_on(self, arguments: str) -> None:
        self._raw += arguments
        self.answer.arguments("call", arguments)

    def _was_cut(self) -> bool:
        if self._form == "answer":
            return self._length >= MOST_CHARACTERS
        try:
            return is_cut(json.loads(self._raw, strict=False))
        except ValueError:  # no call, or the tokens ran out: the reason says so already
            return False


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _hoisted(tool: AgentTool, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the tool's schema with its `$defs` moved to the root, where references look."""
    schema = tool.parameters or {"type": "object", "properties": {}}
    moved = {
        f"#/{word}/{name}": f"{tool.name}.{name}"
        for word in ("$defs", "definitions")
        for name in schema.get(word, ())
    }
    for word in ("$defs", "definitions"):
        for name, definition in schema.get(word, {}).items():
            definitions[moved[f"#/{word}/{name}"]] = _renamed(definition, moved)
    body = {key: value for key, value in schema.items() if key not in ("$defs", "definitions")}
    renamed: dict[str, Any] = _renamed(body, moved)
    return renamed


def _renamed(value: Any, moved: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, moved) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"#/$defs/{moved[item]}"
        if key == "$ref" and isinstance(item, str) and item in moved
        else _renamed(item, moved)
        for key, item in value.items()
    }


def _plain(message: AgentMessage, place: int) -> tuple[str, str]:
    if isinstance(message, AssistantMessage):
        calls = [
            json.dumps({"tool": call.name, "arguments": call.arguments}, ensure_ascii=False)
            for call in message.tool_calls()
        ]
        return "assistant", "\n".join(filter(None, [assistant_text(message), *calls]))
    if isinstance(message, ToolResultMessage):
        verb = "failed" if message.is_error else "returned"
        return "user", f"The tool {message.tool_name} {verb}: {user_text(message.content, place)}"
    if isinstance(message, UserMessage):
        return "user", user_text(message.content, place)
    raise UnsupportedError(f"messages[{place}] has the role {message.role!r}.")
