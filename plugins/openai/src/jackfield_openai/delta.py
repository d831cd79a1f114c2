"""A delta of an answer: thinking, text, tool calls, and what else stands in it.

Source: spec/openrouter.md, 10.3 to 10.5; spec/rulings.md.
"""

from typing import Any

from jackfield.answer import Answer
from jackfield.messages import ThinkingContent
from jackfield_openai.dialect import Dialect
from jackfield_openai.no_chunk import no_chunk
from jackfield_openai.tool_calls import CallFragments


class DeltaDecoder:
    """Tells an answer what its deltas say.

    Args:
        answer: Is filled.
        dialect: How the endpoint answers.

    Attributes:
        answer: The same.
    """

    def __init__(self, answer: Answer, dialect: Dialect) -> None:
        self.answer = answer
        self._dialect = dialect
        self._calls = CallFragments(answer)
        self._reasoning_field = ""

    def take_whole(self, message: dict[str, Any]) -> None:
        """Read an answer that is not streamed: its calls are whole and in order.

        Raises:
            ProviderError: A field has an impossible type.
        """
        calls = message.get("tool_calls") or ()
        self.take_delta({name: value for name, value in message.items() if name != "tool_calls"})
        for position, call in enumerate(calls):
            self._calls.take(call, position=position)

    def take_delta(self, delta: dict[str, Any]) -> str:
        """Read a delta; return the field whose text is all that it says, else an empty text.

        Raises:
            ProviderError: A field has an impossible type.
        """
        content = delta.get("content")
        if len(delta) == 1 and content.__class__ is str:  # nearly always
            self.answer.text(content)
            return "content"
        field = self._reasoning(delta)
        if content:
            field = self._content(content, alone=not field)
        return "" if self._others(delta) or delta.get("reasoning_details") else field

    def take_details(self, details: list[Any]) -> None:
        """Read `reasoning_details`; their text, where no field had it, was read before."""

    def sign_thinking(self) -> None:
        """Note on the thinking parts, all ended, how they are to be sent back."""
        for part in self.answer.message.content:
            if isinstance(part, ThinkingContent):
                part.thinking_signature = self._reasoning_field or None

    def _content(self, content: Any, *, alone: bool) -> str:
        if content.__class__ is str:
            self.answer.text(content)
            return "content" if alone else ""
        self._parts(content)
        return ""

    def _others(self, delta: dict[str, Any]) -> bool:
        """Take what is neither content nor thinking; tell whether there was anything."""
        get, metadata = delta.get, self.answer.message.metadata
        if refusal := get("refusal"):
            self.answer.text(_string(refusal))
            metadata["refusal"] = True
        calls, legacy = get("tool_calls"), get("function_call")
        for fragment in calls or ():
            self._calls.take(fragment)
        if legacy and not calls:
            self._calls.take({"function": legacy})
        collected = False
        for name in ("annotations", "images"):
            if name in delta and (more := delta[name]):
                metadata.setdefault(name, []).extend(list(more))
                collected = True
        return bool(collected or refusal or calls or legacy)

    def _reasoning(self, delta: dict[str, Any]) -> str:
        field = text = ""
        for name in self._dialect.reasoning_fields:
            found = delta.get(name)
            if found and isinstance(found, str):
                field, text = name, found
                break
        details = delta.get("reasoning_details")
        if details:
            text = text or _detail_text(details)
        if text:
            self._reasoning_field = self._reasoning_field or field
            self.answer.thinking(text)
        if details:
            self.take_details(details)
        return field

    def _parts(self, parts: Any) -> None:
        """Take a content that is a list of parts, as some services send it."""
        if not isinstance(parts, list):
            raise no_chunk(f"content: {parts!r}")
        for part in parts:
            kind = part.get("type")
            if kind == "text":
                self.answer.text(_string(part.get("text")))
            elif kind == "thinking":
                thinking = part["thinking"]
                for item in thinking if isinstance(thinking, list) else [{"text": thinking}]:
                    self.answer.thinking(_string(item.get("text")))
            else:
                self.answer.message.metadata.setdefault("parts", []).append(part)


def _string(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise TypeError(value)


def _detail_text(details: Any) -> str:
    return "".join(
        detail.get("text") or detail.get("summary") or ""
        for detail in details
        if isinstance(detail, dict)
    )
