"""All events of an answer -> one document. Source: spec/assistant-ui.md, a.6."""

from collections.abc import Iterable, Mapping
from typing import Any

from jackfield.partial_json import load_object
from jackfield_assistant_ui.wire.events import (
    Aborted,
    Annotations,
    ApprovalRequest,
    CallArgs,
    CallDenied,
    CallResult,
    CallStart,
    Data,
    Event,
    File,
    Finish,
    MessageStart,
    Metadata,
    Reasoning,
    Source,
    StateOps,
    StepReset,
    StepStart,
    StreamError,
    Text,
)

Part = dict[str, Any]
"""A part of a message, as in the state that pages show."""


class ResultBuilder:
    """Gathers what the events of one answer tell.

    Attributes:
        state: After the last operations; None if there were none.
        finish: The end that was told; None if none was.
        error: The failure that was told; None if none was.
    """

    def __init__(self) -> None:
        self.state: Any = None
        self.finish: Finish | None = None
        self.error: StreamError | None = None
        self._message_id = ""
        self._aborted = False
        self._parts: list[Part] = []
        self._calls: dict[str, Part] = {}
        self._metadata: dict[str, Any] = {}
        self._step = 0

    def add(self, events: Iterable[Event]) -> None:
        """Take some events, in their order."""
        for event in events:
            self._add(event)

    def result(self) -> dict[str, Any]:
        """Return what was gathered so far: `message`, `state` and `status`."""
        return {"message": self.message(), "state": self.state, "status": self.status()}

    def message(self) -> dict[str, Any]:
        """Return the message: its parts, or the last answer in the state if it has none."""
        shown = _last_answer(self.state)
        if not self._parts and shown is not None:
            return shown
        parts = [_finished(part) for part in self._parts]
        message: dict[str, Any] = {"id": self._message_id, "role": "assistant", "parts": parts}
        return message | ({"metadata": self._metadata} if self._metadata else {})

    def status(self) -> dict[str, Any]:
        """Return how the answer ended, in the words of the pages."""
        if self.error is not None:
            return {"type": "incomplete", "reason": "error", "error": self.error.message}
        if self._aborted:
            return {"type": "incomplete", "reason": "cancelled"}
        reason = "unknown" if self.finish is None else self.finish.reason
        waits = any("result" not in call for call in self._calls.values())
        if reason == "tool-calls" or (self.finish is None and waits):
            return {"type": "requires-action", "reason": "tool-calls"}
        if reason in ("stop", "unknown"):
            return {"type": "complete", "reason": reason}
        return {"type": "incomplete", "reason": reason}

    def _add(self, event: Event) -> None:  # noqa: C901 - one line for each kind of event
        match event:
            case Text() | Reasoning():
                self._grow(event)
            case CallStart():
                self._begin(event)
            case CallArgs(id=call_id, text=text):
                self._call(call_id)["argsText"].append(text)
            case CallResult():
                self._settle(event)
            case CallDenied(id=call_id):
                self._call(call_id).update(result="Denied.", isError=True)
            case ApprovalRequest():
                approval = {"id": event.id, "state": "requested"}
                self._call(event.call_id)["approval"] = approval
            case Source():
                part = {"type": "source", "sourceType": "url", "id": event.id, "url": event.url}
                self._put(part | ({"title": event.title} if event.title else {}), event.parent_id)
            case File():
                part = {"type": "file", "data": event.data, "mimeType": event.mime_type}
                self._put(part, event.parent_id)
            case Data() if event.name and not event.transient:
                self._put({"type": "data", "name": event.name, "data": event.data})
            case Data(name="") | Annotations() | Metadata():
                self._note(event)
            case StateOps():
                self.state = event.state
            case _:
                self._mark(event)

    def _mark(self, event: Event) -> None:
        match event:
            case MessageStart():
                self._message_id = event.message_id or self._message_id
            case StepStart():
                self._step = len(self._parts)
                self._message_id = self._message_id or event.message_id
            case StepReset():
                del self._parts[self._step :]
            case Finish():
                self.finish = event
            case Aborted():
                self._aborted = True
            case StreamError():
                self.error = event

    def _grow(self, event: Text | Reasoning) -> None:
        kind = "text" if isinstance(event, Text) else "reasoning"
        last = self._parts[-1] if len(self._parts) > self._step else {}
        if last.get("type") == kind and last.get("parentId", "") == event.parent_id:
            last["text"].append(event.text)
        else:
            self._put({"type": kind, "text": [event.text]}, event.parent_id)

    def _begin(self, event: CallStart) -> None:
        call = {"type": "tool-call", "toolCallId": event.id, "toolName": event.name}
        self._calls[event.id] = self._put(call | {"argsText": []}, event.parent_id)

    def _settle(self, event: CallResult) -> None:
        call = self._call(event.id)
        call["result"] = event.result
        if event.is_error:
            call["isError"] = True
        if event.artifact is not None:
            call["artifact"] = event.artifact

    def _call(self, call_id: str) -> Part:
        return self._calls.get(call_id) or {"argsText": []}

    def _put(self, part: Part, parent_id: str = "") -> Part:
        part = part | ({"parentId": parent_id} if parent_id else {})
        self._parts.append(part)
        return part

    def _note(self, event: Data | Annotations | Metadata) -> None:
        if isinstance(event, Metadata):
            self._metadata |= event.values
            return
        name, values = (
            ("unstable_data", event.data)
            if isinstance(event, Data)
            else ("unstable_annotations", event.values)
        )
        self._metadata.setdefault(name, []).extend(values)


def result_of(events: Iterable[Event]) -> dict[str, Any]:
    """Return what all events of an answer tell."""
    builder = ResultBuilder()
    builder.add(events)
    return builder.result()


def _finished(part: Part) -> Part:
    """Return the part with its text, which was gathered in pieces."""
    if part["type"] in ("text", "reasoning"):
        return part | {"text": "".join(part["text"])}
    if part["type"] != "tool-call":
        return part
    text = "".join(part["argsText"]) or "{}"
    try:
        args = load_object(text)
    except ValueError:
        args = {}
    return part | {"args": args, "argsText": text}


def _last_answer(state: Any) -> dict[str, Any] | None:
    messages = state.get("messages") if isinstance(state, Mapping) else None
    for message in reversed(messages if isinstance(messages, list) else []):
        if isinstance(message, Mapping) and message.get("role") == "assistant":
            return dict(message)
    return None
