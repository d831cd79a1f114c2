"""What a run of the service does: the snapshots that polling clients get to see.

A run goes on with each poll, or with time; tests say which snapshots there are, in which order
and form, so that polls may answer out of order, rewrite what they said, or never end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jackfield.testing import Hold

TERMINAL = ("succeeded", "failed", "cancelled")
"""The statuses that end a response."""


def tool_call(name: str, output_text: str | None = None, **args: Any) -> dict[str, Any]:
    """Return a tool call of a progress entry."""
    call: dict[str, Any] = {"name": name, "args": args}
    return call if output_text is None else call | {"output_text": output_text}


def entry(state: str, message: str, *calls: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a progress entry. Source: spec/lumnis.md, 2.1."""
    told: dict[str, Any] = {"ts": "2025-03-01T10:00:01Z", "state": state, "message": message}
    if calls:
        told["tool_calls"] = [dict(call) for call in calls]
    return told | fields


@dataclass(slots=True, kw_only=True)
class Step:
    """What a response says from one moment on.

    Attributes:
        status: Its status.
        progress: All entries of the snapshot; None (as JSON null) is what some servers say.
        after_s: Seconds since the step before, for runs that go on with time.
        hold: The poll that shows the step first stalls until this is released.
        fields: Anything else of the response, such as `output_text`.
    """

    status: str = "in_progress"
    progress: Sequence[Mapping[str, Any]] | None = ()
    after_s: float = 0.0
    hold: Hold | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Run:
    """The script of one response.

    Attributes:
        steps: One after the other; the last one stays.
        pace: `poll`: each poll shows the next step. `time`: see `Step.after_s`.
    """

    steps: Sequence[Step] = ()
    pace: Literal["poll", "time"] = "poll"

    @classmethod
    def of(
        cls,
        *entries: Mapping[str, Any],
        output_text: str | None = None,
        status: str = "succeeded",
        every_s: float | None = None,
        **fields: Any,
    ) -> "Run":
        """Return a run whose entries come one by one, and then its end.

        Args:
            entries: What it tells on its way.
            output_text: What it says at its end.
            status: How it ends.
            every_s: Seconds between its steps; None to go on with each poll.
            fields: Further fields of the end, such as `error` and `structured_response`.
        """
        pause = every_s or 0.0
        steps = [
            Step(progress=entries[: count + 1], after_s=pause) for count in range(len(entries))
        ]
        said = {"output_text": output_text} | fields
        steps.append(Step(status=status, progress=entries, after_s=pause, fields=said))
        return cls(steps=steps, pace="poll" if every_s is None else "time")

    @classmethod
    def endless(cls, *entries: Mapping[str, Any]) -> "Run":
        """Return a run that tells these entries and then never ends."""
        return cls(steps=[Step(progress=entries[:count]) for count in range(len(entries) + 1)])


class LiveRun:
    """A run that was started.

    Args:
        script: What it does.
        record: The fields of its response that stay the same.
        started_at: Of the server's clock, in seconds.
    """

    def __init__(self, script: Run, record: dict[str, Any], started_at: float) -> None:
        self.script = script
        self.record = record
        self.is_cancelled = False
        self._started_at = started_at
        self._at = -1
        self._held: list[Hold] = []

    @property
    def status(self) -> str:
        """Its status as last told."""
        return str(self.snapshot()["status"])

    def move(self, now: float) -> Hold | None:
        """Go on, as a poll makes it; return what that poll must wait for."""
        before, steps = self._at, self.script.steps
        if self.script.pace == "time":
            self._at = self._due(now)
        else:
            self._at = min(self._at + 1, len(steps) - 1)
        hold = steps[self._at].hold if steps and self._at > before else None
        if hold is None or self.is_cancelled:
            return None
        self._held.append(hold)
        return hold

    def next_in_s(self, now: float, *, until_end: bool) -> float | None:
        """Return the seconds until the next step (or the last one); None if nothing comes."""
        if self.script.pace != "time" or self.is_over:
            return None
        steps, here = self.script.steps, self._due(now)
        if here + 1 >= len(steps):
            return None
        upto = len(steps) if until_end else here + 2
        return self._started_at + sum(step.after_s for step in steps[:upto]) - now

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return self.snapshot()["status"] in TERMINAL

    def wait(self, hold: Hold) -> None:
        """Have a poll released when the run is cancelled."""
        self._held.append(hold)

    def cancel(self) -> None:
        """End it; polls that are held come back."""
        self.is_cancelled = True
        for hold in self._held:
            hold.release()

    def snapshot(self) -> dict[str, Any]:
        """Return the response as it is now."""
        step = self._step()
        progress = None if step.progress is None else [dict(each) for each in step.progress]
        told = self.record | {"status": step.status, "progress": progress} | dict(step.fields)
        if self.is_cancelled and told["status"] not in TERMINAL:
            told |= {"status": "cancelled", "output_text": None}
        if told["status"] in TERMINAL:
            told.setdefault("completed_at", "2025-03-01T10:00:02Z")
        return told

    def _step(self) -> Step:
        if self._at < 0 or not self.script.steps:
            return Step(status="queued")
        return self.script.steps[self._at]

    def _due(self, now: float) -> int:
        moment, found = self._started_at, -1
        for index, step in enumerate(self.script.steps):
            moment += step.after_s
            if moment > now + 1e-9:
                break
            found = index
        return max(found, self._at)
