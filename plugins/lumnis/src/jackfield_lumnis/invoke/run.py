"""One run: begun, followed to its end. Source: spec/lumnis.md, 3.2 to 3.5."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jackfield_httpx.service import Call, Flow, ItemFlow, expanded, last_of, mapped
from jackfield_lumnis.invoke.input import Messages
from jackfield_lumnis.invoke.polling import Polling, followed
from jackfield_lumnis.invoke.progress import ProgressPrinter
from jackfield_lumnis.invoke.updates import UpdateFeed
from jackfield_lumnis.models.response import CreatedResponse, ProgressUpdate, ResponseObject
from jackfield_lumnis.resources.responses import Responses
from jackfield_lumnis.scoping import UserId
from jackfield_lumnis.types import Scope


@dataclass(slots=True, frozen=True, kw_only=True)
class Task:
    """What `invoke` was asked for.

    Attributes:
        messages: What the run is asked.
        user_id: For whom.
        scope: The call's own.
        thread_id: The conversation that it continues.
        idempotency_key: A second run with the same key is the first one.
        polling: How to wait for the run.
        show_progress: Whether to print its progress.
        options: See `RunOptions`; names are checked.
    """

    messages: Messages
    user_id: UserId = None
    scope: Scope | str | None = None
    thread_id: object = None
    idempotency_key: str | None = None
    polling: Polling = field(default_factory=Polling)
    show_progress: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


class Run:
    """A run that is about to be begun.

    Args:
        responses: Where plans are made.
        task: What it is to do.

    Raises:
        ValidationError: The task is not allowed.
    """

    def __init__(self, responses: Responses[Any], task: Task) -> None:
        self._responses = responses
        self._task = task
        self._call: Call[CreatedResponse] = responses.creation(
            messages=task.messages,
            user_id=task.user_id,
            scope=task.scope,
            thread_id=task.thread_id,
            idempotency_key=task.idempotency_key,
            run_options=task.options,
        )

    def begun(self) -> Flow["BegunRun"]:
        """Begin it."""
        created = yield from self._call
        return BegunRun(self._responses, created, self._task)

    def result(self) -> Flow[ResponseObject]:
        """Begin it, and wait for its end; a run that failed is returned, too."""
        begun = yield from self.begun()
        return (yield from begun.result())

    def updates(self) -> ItemFlow[ProgressUpdate]:
        """Begin it, and give what it tells."""
        begun = yield from self.begun()
        yield from begun.updates()


class BegunRun:
    """A run that the service works at.

    Args:
        responses: Where plans are made.
        created: What the service answered.
        task: What it is to do.

    Attributes:
        created: What the service answered: the ids of run and thread.
    """

    def __init__(self, responses: Responses[Any], created: CreatedResponse, task: Task) -> None:
        self.created = created
        self._responses = responses
        self._polling = task.polling
        self._printer = ProgressPrinter() if task.show_progress else None

    def updates(self) -> ItemFlow[ProgressUpdate]:
        """Give each change, the end included, as soon as it is known."""
        return expanded(self._snapshots(), UpdateFeed().take)

    def result(self) -> Flow[ResponseObject]:
        """Wait for its end."""
        return last_of(self._snapshots())

    def _snapshots(self) -> ItemFlow[ResponseObject]:
        found = followed(self._responses, self.created.response_id, self._polling)
        return found if self._printer is None else mapped(found, self._shown)

    def _shown(self, snapshot: ResponseObject) -> ResponseObject:
        if self._printer is not None:
            self._printer.take(snapshot)
        return snapshot
