"""Messages of a history -> their JSON. Pure: no I/O.

What a message looks like on the wire is remembered with the message, because a tool loop sends
the same history again and again. Source: spec/openrouter.md, 4 and 6.3.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson

from jackfield.errors import ProviderError
from jackfield.messages import (
    AssistantMessage,
    CacheControl,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield_openai.dialect import Dialect
from jackfield_openai.unchanged import Beginning, Value

KEPT_BYTES = 16 * 1024 * 1024
"""Most bytes of encoded messages that are remembered."""

_LARGEST_KEPT = 256 * 1024

_MOST_HISTORIES = 64
_SHORTEST_HISTORY = 4

_Kept: TypeAlias = tuple[Any, list[Any], list[Value], bytes, Any]
"""The content of a message, a copy of that list, its values, the JSON made of it; the message,
held so that no other object gets its id."""


class MessageEncoder:
    """Encodes histories. Subclass it for another replay of thinking: `thinking_fields`.

    Args:
        dialect: What the endpoint wants.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._kept: dict[int, _Kept] = {}  # by the id of the message
        self._kept_bytes = 0
        self._begun: dict[int, Beginning] = {}  # by the id of the first message

    def encode(self, messages: Sequence[Any]) -> list[bytes]:
        """Return the JSON of each message that is sent; other roles than our three are not.

        Raises:
            ProviderError: A message holds what cannot be sent; kind `invalid_request`.
        """
        begun: Beginning | None = self._beginning(messages)
        wire = begun.wire.copy() if begun else []
        images: list[dict[str, Any]] = []  # of the results that were just sent
        find = self._kept.get
        for message in messages[len(wire) :]:
            kept = find(id(message))
            # Not a function of its own: this is done for the whole history at each turn.
            if kept and not images and message.content is kept[0] and kept[0] == kept[1]:
                for part, text, arguments in kept[2]:
                    if text is None:
                        if dumps(part.arguments) != arguments:
                            break
                    elif part.text is not text or part.cache_control is not None:
                        break
                else:
                    wire.append(kept[3])
                    if begun:
                        begun.add(message, kept[2], kept[3])
                    continue
            begun = None  # what is sent for the first time may be so for the last
            self._add(message, wire, images)
        if images:
            wire.append(_user_images(images))
        return wire

    def system(self, prompt: str, control: CacheControl | None) -> bytes:
        """Return the JSON of the system prompt."""
        content: Any = prompt
        if control is not None and self.dialect.cache_control:
            content = [_text_part(prompt, control)]
        return dumps({"role": self.dialect.system_role, "content": content})

    def thinking_fields(self, parts: list[ThinkingContent]) -> dict[str, Any]:
        """Return the fields that send a model's own thinking back to it."""
        fields: dict[str, str] = {}
        for part in parts:
            name = part.thinking_signature
            if name in self.dialect.reasoning_fields and part.thinking:
                fields[name] = (
                    f"{fields[name]}\n{part.thinking}" if name in fields else part.thinking
                )
        return fields

    def _beginning(self, messages: Sequence[Any]) -> Beginning | None:
        """Return what of the history needs no closer look; it may be nothing yet."""
        if len(messages) < _SHORTEST_HISTORY:
            return None
        first = id(messages[0])
        found = self._begun.get(first)
        if found is None or not found.is_of(messages):
            if len(self._begun) >= _MOST_HISTORIES:
                self._begun.clear()
            self._begun[first] = found = Beginning()
        return found

    def _add(self, message: Any, wire: list[bytes], images: list[dict[str, Any]]) -> None:
        """Add a message, behind the images of the results before it."""
        if images and not isinstance(message, ToolResultMessage):
            wire.append(_user_images(images))
            images.clear()
        place = f"messages[{len(wire)}]"
        if isinstance(message, ToolResultMessage):
            fields = self._result(message, place)
            images += self._result_images(message, place)
        elif isinstance(message, AssistantMessage):
            fields = self._assistant(message)
        elif isinstance(message, UserMessage):
            fields = {"role": "user", "content": self._user_content(message.content, place)}
        else:
            return
        encoded = dumps(fields)
        wire.append(encoded)
        if not images and len(encoded) <= _LARGEST_KEPT:
            self._keep(message, encoded)

    def _keep(self, message: Any, encoded: bytes) -> None:
        values = _values(message.content)
        if not values:
            return
        self._kept_bytes += len(encoded)
        if self._kept_bytes > KEPT_BYTES:  # histories that nobody asks for any more among them
            self._kept.clear()
            self._begun.clear()
            self._kept_bytes = len(encoded)
        kept = (message.content, list(message.content), values, encoded, message)
        self._kept[id(message)] = kept

    def _user_content(self, parts: Sequence[Any], place: str) -> Any:
        if not self._needs_parts(parts):
            return "\n".join(part.text for part in parts if isinstance(part, TextContent))
        found = (self._part(part, f"{place}.content[{at}]") for at, part in enumerate(parts))
        return [part for part in found if part]

    def _needs_parts(self, parts: Sequence[Any]) -> bool:
        for part in parts:
            if isinstance(part, ImageContent):
                return True
            if self.dialect.cache_control and getattr(part, "cache_control", None) is not None:
                return True
        return False

    def _part(self, part: Any, place: str) -> dict[str, Any] | None:
        if isinstance(part, TextContent):
            return _text_part(part.text, part.cache_control if self.dialect.cache_control else None)
        if not isinstance(part, ImageContent):
            return None
        if not self.dialect.images:
            return _text_part(f"[image omitted: {part.mime_type or 'unknown type'}]")
        if not part.url.startswith(("https://", "http://", "data:")):
            raise ProviderError(
                f"{place}.url is {part.url[:30]!r}, no http(s) or data: URL.",
                kind="invalid_request",
                hint="Send bytes as data:<mime type>;base64,<data>.",
            )
        return {"type": "image_url", "image_url": {"url": part.url}}

    def _assistant(self, message: AssistantMessage) -> dict[str, Any]:
        fields: dict[str, Any] = {"role": "assistant", "content": None}
        texts, thinking, calls = [], [], []
        for part in message.content:
            if isinstance(part, TextContent):
                texts.append(part)
            elif isinstance(part, ToolCallContent):
                calls.append(_call(part))
            elif isinstance(part, ThinkingContent):
                thinking.append(part)
        if self._needs_parts(texts):
            fields["content"] = [_text_part(part.text, part.cache_control) for part in texts]
        elif texts or not calls:
            fields["content"] = "".join(part.text for part in texts)
        if thinking and self.dialect.replay_reasoning:
            fields |= self.thinking_fields(thinking)
        if calls:
            fields["tool_calls"] = calls
        return fields

    def _result(self, message: ToolResultMessage, place: str) -> dict[str, Any]:
        fields: dict[str, Any] = {"role": "tool", "tool_call_id": message.tool_call_id}
        if self.dialect.result_names:
            fields["name"] = message.tool_name
        parts: list[Any] = message.content
        if self.dialect.tool_images == "user":
            parts = [part for part in parts if isinstance(part, TextContent)]
        content = self._user_content(parts, place)
        fields["content"] = content or ("Error" if message.is_error else "(no output)")
        return fields

    def _result_images(self, message: ToolResultMessage, place: str) -> list[dict[str, Any]]:
        """Return the parts that show the result's images in a user message."""
        if self.dialect.tool_images != "user":
            return []
        found = [
            self._part(part, f"{place}.content[{at}]")
            for at, part in enumerate(message.content)
            if isinstance(part, ImageContent)
        ]
        if not found:
            return []
        return [_text_part(f"Image from tool {message.tool_name}:"), *filter(None, found)]


def _values(parts: list[Any]) -> list[Value]:
    """Return what may change in the parts; nothing where we do not follow the changes."""
    values: list[Value] = []
    for part in parts:
        if part.__class__ is TextContent and part.cache_control is None:
            values.append((part, part.text, b""))
        elif part.__class__ is ToolCallContent and part.partial_json is None:
            values.append((part, None, dumps(part.arguments)))
        else:
            return []
    return values


def _call(part: ToolCallContent) -> dict[str, Any]:
    arguments = dumps(part.arguments).decode() if part.partial_json is None else "{}"
    function = {"name": part.name, "arguments": arguments}
    return {"id": part.id, "type": "function", "function": function}


def _text_part(text: str, control: CacheControl | None = None) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "text", "text": text}
    if control is not None:
        part["cache_control"] = control.to_dict()
    return part


def _user_images(parts: list[dict[str, Any]]) -> bytes:
    return dumps({"role": "user", "content": parts})


def dumps(value: Any) -> bytes:
    """Return JSON: UTF-8, no spaces; lone surrogates become U+FFFD, big integers stay exact.

    Raises:
        TypeError: JSON cannot hold the value.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
