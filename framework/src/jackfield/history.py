"""History as providers get it: valid whatever happened before, and nothing private in it.

One pass over the messages; what needs no change is passed on as the same object, so that a
provider may keep its encoding of a message by identity. Source: spec/agent.md, 9.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from operator import is_
from typing import Any, TypeVar

from jackfield.messages import (
    AgentMessage,
    AssistantMessage,
    AssistantPart,
    ImageContent,
    Message,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.models import Model
from jackfield.shapes import as_part
from jackfield.surrogates import cleaned, is_clean

NO_RESULT = "No result provided"
LOCAL_FIELDS = frozenset({"details", "terminate", "timestamp", "partial_json"})
"""Fields of messages and parts that never leave the process (rule N9)."""

_BROKEN = frozenset({"error", "aborted"})
_Part = TypeVar("_Part", TextContent, ImageContent, ThinkingContent, ToolCallContent)
_Content = TypeVar("_Content", UserMessage, ToolResultMessage)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallIds:
    """Which tool call ids an API accepts; others are replaced, the same way each time.

    Attributes:
        max_length: Longest id, in characters; at least 9.
        characters: Allowed characters, as inside the brackets of a regular expression.
    """

    max_length: int = 64
    characters: str = "A-Za-z0-9_-"
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = re.compile(f"[{self.characters}]{{1,{self.max_length}}}")
        object.__setattr__(self, "pattern", pattern)

    def accepted(self, call_id: str) -> bool:
        """Tell whether an id can be sent as it is."""
        return self.pattern.fullmatch(call_id) is not None

    def derived(self, source: str) -> str:
        """Return an acceptable id that is always the same for the same source."""
        digest = sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
        return digest[: min(self.max_length, 24)]


DEFAULT_CALL_IDS = CallIds()


def default_convert_to_llm(messages: Iterable[AgentMessage]) -> list[Message]:
    """Return the messages that models understand, in order; an application's own are left out."""
    return [each for each in messages if isinstance(each, _MESSAGES)]


def normalise(
    messages: Sequence[Any], model: Model, *, call_ids: CallIds = DEFAULT_CALL_IDS
) -> list[Message]:
    """Return a history that every provider accepts; the messages given are not changed.

    Failed answers are dropped, every tool call has exactly one result right after its
    message, thinking of other models becomes text, lone surrogates and unusable call ids are
    replaced. Rule N9 is for who writes messages to a wire: see `wire_dict`.

    Args:
        messages: From `convert_to_llm`; anything but our three roles is dropped.
        model: The model that will read them.
        call_ids: Which tool call ids its API accepts.
    """
    return GrowingHistory(model, call_ids=call_ids).normalised(messages)


class GrowingHistory:
    """Normalises a history again and again while it grows, as a run does before each call.

    What was seen before is not looked at again, as long as the messages are the same objects in
    the same order: messages must not be changed once they were sent.

    Args:
        model: The model that will read the messages.
        call_ids: Which tool call ids its API accepts.
    """

    __slots__ = ("_call_ids", "_history", "_model", "_seen")

    def __init__(self, model: Model, *, call_ids: CallIds = DEFAULT_CALL_IDS) -> None:
        self._model, self._call_ids = model, call_ids
        self._seen: list[Any] = []
        self._history = _History(model, call_ids)

    def normalised(self, messages: Sequence[Any]) -> list[Message]:
        """Return what `normalise` returns for the same messages."""
        known = len(self._seen)
        if len(messages) < known or not all(map(is_, self._seen, messages)):
            self._history, known = _History(self._model, self._call_ids), 0
        self._history.read(messages[known:])
        self._seen = list(messages)
        return self._history.so_far()


def wire_dict(message: Message) -> dict[str, Any]:
    """Return a message as a dictionary without what must not leave the process (rule N9)."""
    wire = {name: value for name, value in message.to_dict().items() if name not in LOCAL_FIELDS}
    wire["content"] = [
        {name: value for name, value in part.items() if name not in LOCAL_FIELDS}
        for part in wire["content"]
    ]
    return wire


class _History:
    def __init__(self, model: Model, call_ids: CallIds) -> None:
        self.model = model
        self.call_ids = call_ids
        self.out: list[Message] = []
        # Of the last assistant message: the calls still without a result, by the id they came with.
        self.waiting: dict[str, list[ToolCallContent]] = {}

    def read(self, messages: Sequence[Any]) -> None:
        """Go on with the messages that come next."""
        for message in messages:
            if isinstance(message, AssistantMessage):
                self._assistant(message)
            elif isinstance(message, ToolResultMessage):
                self._result(message)
            elif isinstance(message, UserMessage):
                self._answer_rest()
                self.out.append(_with_user_content(message))

    def so_far(self) -> list[Message]:
        """Return a valid history; calls whose results may still come are answered in it only."""
        return [*self.out, *self._missing_results()]

    def _assistant(self, message: AssistantMessage) -> None:
        if message.stop_reason in _BROKEN:
            return
        is_own = self._is_own(message)
        parts = message.content
        for part in parts:
            if not _is_sendable(part, is_own):
                parts = [kept for part in parts if (kept := _rewritten(part, is_own)) is not None]
                break
        if not parts:
            return
        if self.waiting:
            self._answer_rest()
        calls = [part for part in parts if isinstance(part, ToolCallContent)]
        if calls:
            parts = self._expect_results(calls, parts)
        self.out.append(message if parts is message.content else replace(message, content=parts))

    def _is_own(self, message: AssistantMessage) -> bool:
        """Tell whether the model wrote the message; one that names no API speaks only one.

        A provider that chooses among models notes its own name in `metadata["via"]`: so that
        it gets the thinking as it was, and can normalise for the model that it chooses.
        """
        model = self.model
        if message.model == model.id and message.provider == model.provider:
            return not model.api or message.api == model.api or message.api in model.same_apis
        via = message.metadata.get("via")
        return isinstance(via, list) and f"{model.provider}:{model.id}" in via

    def _expect_results(
        self, calls: list[ToolCallContent], parts: list[AssistantPart]
    ) -> list[AssistantPart]:
        """Note which results are due; return the parts with ids that can be sent."""
        if len(calls) == 1 and self.call_ids.accepted(calls[0].id):  # nearly always
            self.waiting[calls[0].id] = calls
            return parts
        renamed = self._renamed(calls)
        for call, final in zip(calls, renamed, strict=True):
            self.waiting.setdefault(call.id, []).append(final)
        if all(map(is_, calls, renamed)):
            return parts
        fresh = iter(renamed)
        return [next(fresh) if isinstance(part, ToolCallContent) else part for part in parts]

    def _result(self, message: ToolResultMessage) -> None:
        calls = self.waiting.get(message.tool_call_id)
        if not calls:
            return
        call = calls.pop(0)
        clean = _with_user_content(message)
        if clean.tool_call_id != call.id or clean.tool_name != call.name:
            clean = replace(clean, tool_call_id=call.id, tool_name=call.name)
        self.out.append(clean)

    def _answer_rest(self) -> None:
        """Answer the calls that nobody answered, for good."""
        self.out.extend(self._missing_results())
        self.waiting = {}

    def _missing_results(self) -> list[ToolResultMessage]:
        return [
            ToolResultMessage(
                tool_call_id=call.id,
                tool_name=call.name,
                content=[TextContent(text=NO_RESULT)],
                is_error=True,
            )
            for calls in self.waiting.values()
            for call in calls
        ]

    def _renamed(self, calls: list[ToolCallContent]) -> list[ToolCallContent]:
        """Return the calls with ids that the API accepts, each different from the others."""
        taken: set[str] = set()
        renamed = []
        for at, call in enumerate(calls):
            final = call.id
            if not self.call_ids.accepted(final):
                # The place in the history stays the same while the history grows.
                final = self.call_ids.derived(final or f"{len(self.out)}/{at}")
            if final in taken:
                final = self.call_ids.derived(f"{final}/{at}")
            taken.add(final)
            renamed.append(call if final == call.id else replace(call, id=final))
        return renamed


def _is_sendable(part: Any, is_own: bool) -> bool:  # noqa: FBT001 - private, hot
    """Tell quickly whether a part can stay as it is; a wrong no costs only time."""
    if isinstance(part, ToolCallContent):
        return is_clean(part.id) and is_clean(part.name) and is_clean(part.arguments)
    if isinstance(part, ThinkingContent):
        return is_own and is_clean(part.thinking) and is_clean(part.thinking_signature)
    if not isinstance(part, TextContent):
        return False  # a dictionary that a hook put there
    if part.text_signature is not None and not (is_own and is_clean(part.text_signature)):
        return False
    return is_clean(part.text) and not (part.text == "" or part.text.isspace())


def _rewritten(part: Any, is_own: bool) -> AssistantPart | None:  # noqa: FBT001 - as above
    """Return an assistant's part as it can be sent; None to leave it out."""
    if isinstance(part, dict):
        part = as_part(part, "content", ("text", "thinking", "tool_call"))
    if isinstance(part, ToolCallContent):
        return _clean_fields(part, "id", "name", "arguments")
    if isinstance(part, ThinkingContent) and is_own:
        return _clean_fields(part, "thinking", "thinking_signature")
    if isinstance(part, ThinkingContent):
        if part.redacted:
            return None
        part = TextContent(text=part.thinking, cache_control=part.cache_control)
    elif not is_own and part.text_signature is not None:
        part = replace(part, text_signature=None)
    part = _clean_fields(part, "text", "text_signature")
    return part if part.text and not part.text.isspace() else None


def _with_user_content(message: _Content) -> _Content:
    """Return a user message or tool result as it can be sent."""
    for part in message.content:
        if not (isinstance(part, TextContent) and part.text.isascii()):
            break
    else:
        return message
    content: list[Any] = []
    for each in message.content:
        part = as_part(each, "content", ("text", "image"))
        names = (
            ("text", "text_signature") if isinstance(part, TextContent) else ("url", "mime_type")
        )
        content.append(_clean_fields(part, *names))
    is_same = all(map(is_, content, message.content))
    return message if is_same else replace(message, content=content)


def _clean_fields(part: _Part, *names: str) -> _Part:
    """Return the part without surrogates in these fields; the part itself if there are none."""
    dirty = {name: value for name in names if not is_clean(value := getattr(part, name))}
    if not dirty:
        return part
    return replace(part, **{name: cleaned(value) for name, value in dirty.items()})


_MESSAGES = (UserMessage, AssistantMessage, ToolResultMessage)
