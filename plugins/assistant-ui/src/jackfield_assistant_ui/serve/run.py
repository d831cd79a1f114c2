"""One answer from its beginning to its end, whoever reads it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from jackfield import Agent, AgentEvent
from jackfield.messages import AgentMessage
from jackfield_assistant_ui.serve.failure import INTERNAL, UNFIT, failure_text
from jackfield_assistant_ui.serve.narrator import Narrator
from jackfield_assistant_ui.serve.parts_writer import PartsWriter
from jackfield_assistant_ui.serve.state_writer import StateWriter
from jackfield_assistant_ui.serve.tape import Tape
from jackfield_assistant_ui.wire.encoders.encoder import StreamEncoder
from jackfield_assistant_ui.wire.encoders.json_bytes import UnfitValueError
from jackfield_assistant_ui.wire.events import (
    Aborted,
    Event,
    Finish,
    FinishReason,
    StateOps,
    StreamError,
)

_log = logging.getLogger(__name__)


class Story:
    """What a run has to say, in bytes.

    Args:
        encoder: Of the protocol.
        narrator: Tells the writers.
        state: Writes the state; None if the page has none.
        parts: Writes parts; None if the page does not show them.
    """

    def __init__(
        self,
        encoder: StreamEncoder,
        narrator: Narrator,
        state: StateWriter | None,
        parts: PartsWriter | None,
    ) -> None:
        self.encoder = encoder
        self.narrator = narrator
        self.state = state
        self.parts = parts

    def bytes_of(self, events: list[Event]) -> bytes:
        """Return events as bytes."""
        return self.encoder.encode_all(events)

    def told(self, batch: list[AgentEvent]) -> bytes:
        """Return what a network read of the model means for the page: one call, one piece."""
        self.narrator.tell(batch)
        return self.encoder.encode_all(self._news())

    def snapshot(self) -> bytes:
        """Return what brings a page up to date that comes in the middle."""
        if self.state is None:
            return b""
        whole = {"type": "set", "path": [], "value": self.state.settled()}
        return self.encoder.encode(StateOps([whole]))

    def ending(self, reason: FinishReason, error: str | None) -> bytes:
        """Return the last words, but for the end of the stream itself."""
        usage = self.narrator.usage
        if self.state is not None:
            self.state.status(_status(reason, error))
            if error is not None:
                self.state.error(error)
        if self.parts is not None:
            self.parts.run_end(reason, usage)
        events = self._news()
        if error is not None:
            events.append(StreamError(error))
        elif reason == "other" and self.narrator.reason == "aborted":
            events.append(Aborted())
        events.append(Finish(reason, usage))
        return self.encoder.encode_all(events)

    def _news(self) -> list[Event]:
        events = self.parts.take() if self.parts is not None else []
        if self.state is not None and (operations := self.state.take()):
            events.append(StateOps(operations))
        return events


def _status(reason: FinishReason, error: str | None) -> dict[str, Any]:
    if error is not None:
        return {"type": "incomplete", "reason": "error", "error": error}
    if reason == "tool-calls":
        return {"type": "requires-action", "reason": "tool-calls"}
    if reason == "stop":
        return {"type": "complete", "reason": "stop"}
    return {"type": "incomplete", "reason": "cancelled" if reason == "other" else reason}


class Run:
    """One run of an agent; it writes to its tape and does not care who reads.

    Args:
        agent: With everything but the last message in its history; closed at the end.
        prompt: The last message of the history.
        story: Makes bytes of it.
        tape: Takes the bytes.
        details: Whether the page is told what a provider says of a failure.
        keep: Awaited with the run when it is over, before the stream ends.

    Attributes:
        agent: Whose run it is.
        story: What it has to say.
        tape: What it wrote.
        reason: Why it ended; `unknown` before.
        error: What the page was told of a failure.
        finished: Set when everything is over and cleaned up.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        agent: Agent,
        prompt: AgentMessage,
        story: Story,
        tape: Tape,
        *,
        details: bool,
        keep: Callable[["Run"], Awaitable[None]],
    ) -> None:
        self.agent = agent
        self.story = story
        self.tape = tape
        self.reason: FinishReason = "unknown"
        self.error: str | None = None
        self.finished = asyncio.Event()
        self._prompt = prompt
        self._details = details
        self._keep = keep
        self._cancelled = False
        self._broken: Exception | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, opening: list[Event]) -> None:
        """Begin the run in a task of its own; the page is told `opening` first."""
        self.tape.write(self.story.bytes_of(opening))
        self._task = asyncio.get_running_loop().create_task(self._live(), name="answer")

    def cancel(self) -> None:
        """End the run, in good order."""
        if not self._cancelled:
            self._cancelled = True
            self.tape.release()
            self.agent.abort()

    async def _live(self) -> None:
        try:
            await self._answer()
            await self._end()
        except Exception:  # noqa: BLE001 - the stream ends all the same
            _log.exception("A run could not be ended in good order.")
        finally:
            self.tape.end()
            try:
                await self.agent.aclose()
            except Exception:  # noqa: BLE001 - the run is over all the same
                _log.exception("An agent could not be closed.")
            self.finished.set()

    async def _answer(self) -> None:
        """Run the agent; no failure cuts the stream. Source: c.0, d.2 (2)."""
        agent = self.agent
        agent.subscribe_batches(self._hear)
        try:
            async with aclosing(agent.stream([self._prompt])) as events:
                async for _ in events:
                    if self.tape.is_full:
                        await self.tape.room()
                    if self._cancelled:
                        agent.abort()
        except Exception as error:  # noqa: BLE001 - told in the stream, which ends normally
            self._broken = self._broken or error

    def _hear(self, batch: list[AgentEvent]) -> None:
        if self._broken is not None:
            return
        try:
            self.tape.write(self.story.told(batch))
        except Exception as error:  # noqa: BLE001 - told in the stream, which ends normally
            self._broken = error
            self.agent.abort()

    async def _end(self) -> None:
        narrator = self.story.narrator
        self.reason = narrator.finish_reason()
        if self._broken is not None:
            _log.error("A run failed.", exc_info=self._broken)
            self.error = UNFIT if isinstance(self._broken, UnfitValueError) else INTERNAL
        elif self.reason == "error":
            if narrator.last is not None and narrator.last.stop_reason == "error":
                self.error = failure_text(narrator.last, details=self._details)
            else:
                self.error = INTERNAL
            _log.warning("A run failed: %s", narrator.error or _said(narrator))
        if self.error is not None:
            self.reason = "error"
        try:
            self.tape.write(self.story.ending(self.reason, self.error))
            await self._keep(self)
        finally:
            self.tape.write(self.story.encoder.end())


def _said(narrator: Narrator) -> str:
    return (narrator.last.error_message if narrator.last else None) or "no message"
