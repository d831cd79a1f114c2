"""What the loopback service remembers, as long as the server lives."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal

from jackfield_lumnis.testing.asked import missing
from jackfield_lumnis.testing.runs import LiveRun, Run, entry

Entity = dict[str, Any]
_BEGINNING = datetime(2025, 3, 1, 10, tzinfo=UTC)


class State:
    """All entities of one tenant, by id.

    Attributes:
        tenant: The tenant.
        users: People.
        threads: Conversations.
        runs: Responses.
        feedback: What was said about a response, by its id.
        keys: Keys of model providers; the secrets are in `secrets` and in no answer.
        secrets: The keys themselves, and the headers and environments of MCP servers.
        files: Files.
        contents: Their bytes.
        apps: Integrations that are there; the value tells whether they are enabled.
        connections: By (user, app).
        mcp_servers: MCP servers.
        preferences: Models by their type.
        skills: Skills.
        once: Response ids by idempotency key.
        script: Runs for the next responses, in order.
        answer: Makes the run of a response when `script` is empty.
        long_poll: Whether a held poll comes back when something changes, or at the end only.
        clock: Seconds, for runs that go on with time.
    """

    def __init__(
        self,
        runs: Iterable[Run] = (),
        *,
        tenant_id: str = "n-1",
        long_poll: Literal["change", "end"] = "change",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tenant: Entity = {
            "id": tenant_id,
            "name": "Acme",
            "api_key_mode": "platform",
            "created_at": "2025-01-01T00:00:00Z",
        }
        self.users: dict[str, Entity] = {}
        self.threads: dict[str, Entity] = {}
        self.runs: dict[str, LiveRun] = {}
        self.feedback: dict[str, list[Entity]] = {}
        self.keys: dict[str, Entity] = {}
        self.secrets: dict[str, Any] = {}
        self.files: dict[str, Entity] = {}
        self.contents: dict[str, bytes] = {}
        self.apps = {"GITHUB": True, "GMAIL": False, "SLACK": False}
        self.connections: dict[tuple[str, str], Entity] = {}
        self.mcp_servers: dict[str, Entity] = {}
        self.preferences: dict[str, Entity] = {}
        self.skills: dict[str, Entity] = {}
        self.once: dict[str, str] = {}
        self.script = deque(runs)
        self.answer: Callable[[Mapping[str, Any]], Run] = repeated
        self.long_poll: Literal["change", "end"] = long_poll
        self.clock = clock
        self._counters: dict[str, count[int]] = {}
        self._moments = count()

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return str(self.tenant["id"])

    def new_id(self, prefix: str) -> str:
        """Return an id that was never given before: `r-1`, `r-2` ..."""
        return f"{prefix}-{next(self._counters.setdefault(prefix, count(1)))}"

    def now(self) -> str:
        """Return a moment that comes after all others that were told."""
        moment = _BEGINNING + timedelta(seconds=next(self._moments))
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def next_run(self, asked: Mapping[str, Any]) -> Run:
        """Return what the response to this body will do."""
        return self.script.popleft() if self.script else self.answer(asked)

    def forget_thread(self, thread_id: str) -> None:
        """Delete a thread and its responses."""
        del self.threads[thread_id]
        for response_id, run in list(self.runs.items()):
            if run.record["thread_id"] == thread_id:
                run.cancel()
                del self.runs[response_id]


def found(entities: Mapping[str, Any], name: str, kind: str) -> Any:
    """Return an entity.

    Raises:
        Refused: There is none: 404.
    """
    if name not in entities:
        raise missing(kind, name)
    return entities[name]


def cut(entities: Iterable[Entity], offset: int, limit: int) -> list[Entity]:
    """Return a page of a list, in the order in which it was made."""
    return list(entities)[offset : offset + limit]


def repeated(asked: Mapping[str, Any]) -> Run:
    """Return the run of a service that repeats the last question."""
    question = str(asked["messages"][-1]["content"])
    return Run.of(
        entry("planning", "Reading the question"),
        entry("processing", "Writing the answer"),
        output_text=f"You said: {question}",
        response_title=question[:40],
    )
