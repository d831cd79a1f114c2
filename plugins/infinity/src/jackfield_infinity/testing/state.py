"""What the loopback service remembers, as long as the server lives."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal, TypeAlias

from jackfield_infinity.testing.answers import Dialect, Turn, turn_of

Entity: TypeAlias = dict[str, Any]
RouteSet: TypeAlias = Literal["published", "deployed", "both"]
Shape: TypeAlias = Literal["sdk", "deployed", "page"]
"""How `/chat` answers: as the SDKs read it, as the service writes it, as its page says."""

QUOTAS = {"anonymous": 50, "free": 50, "pro": 100}
"""Calls a day by tier; the others have no limit."""

_BEGINNING = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the service behaves where its descriptions disagree.

    Attributes:
        routes: Which requests it knows.
        dialect: How it writes streams.
        shape: How `/chat` answers.
        refuses_keys: Whether an unknown key is a 401; else the caller is anonymous, silently.
        lets_manage: Whether keys and webhooks can be managed with a key; else that is a 401.
        checks_stream_keys: Whether `/chat/stream` looks at keys at all.
    """

    routes: RouteSet
    dialect: Dialect
    shape: Shape
    refuses_keys: bool
    lets_manage: bool
    checks_stream_keys: bool = False


class State:
    """Everything that can be asked for.

    Attributes:
        manner: How the service behaves.
        turns: What the assistant says next; when it is empty, it repeats the question.
        conversations: Their messages, by id.
        known_keys: The tiers of the keys that are accepted; None for any that begins with `ia_`.
        keys: API keys that were made, by id.
        webhooks: Webhooks that were registered, by id; with their secrets.
        values: The published memory, by key: value and seconds to live.
        facts: The deployed memory, by conversation.
        knowledge: What can be found: `type`, `id`, `title`, `content`, `score` ...
        findings: What research finds, in the deployed form.
        spent: Chats by user.
    """

    def __init__(
        self,
        manner: Manner,
        turns: Iterable[Turn | str] = (),
        known_keys: Mapping[str, str] | None = None,
    ) -> None:
        self.manner = manner
        self.turns = deque(turn_of(turn) for turn in turns)
        self.known_keys = known_keys
        self.conversations: dict[str, list[Entity]] = {}
        self.keys: dict[str, Entity] = {}
        self.webhooks: dict[str, Entity] = {}
        self.values: dict[str, tuple[Any, int | None]] = {}
        self.facts: dict[str, list[Entity]] = {}
        self.knowledge = _knowledge()
        self.findings = _findings()
        self.spent: Counter[str] = Counter()
        self._counters: dict[str, count[int]] = {}
        self._moments = count()

    def new_id(self, prefix: str) -> str:
        """Return an id that was never given before: `conv_1`, `conv_2` ..."""
        return f"{prefix}_{next(self._counters.setdefault(prefix, count(1)))}"

    def now(self) -> str:
        """Return a moment that comes after all others that were told."""
        moment = _BEGINNING + timedelta(seconds=next(self._moments))
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def tier_of(self, key: str | None) -> str | None:
        """Return the tier of a key; None for one that the service does not know."""
        if key is None:
            return None
        for made in self.keys.values():
            if made["key"] == key:
                return "pro" if made["isActive"] else None
        if self.known_keys is not None:
            return self.known_keys.get(key)
        return "pro" if key.startswith("ia_") else None

    def next_turn(self, message: str) -> Turn:
        """Return what the assistant says to a message."""
        return self.turns.popleft() if self.turns else Turn(text=f"You said: {message}")

    def spend(self, user: str, tier: str) -> Entity:
        """Count a chat of a user; return what is left, in the words of the service."""
        limit = QUOTAS.get(tier, -1)
        reset = {"reset_at": _tomorrow()}
        if limit < 0:
            return {"allowed": True, "limit": -1, "remaining": -1}
        if self.spent[user] >= limit:
            refused = {"allowed": False, "limit": limit, "remaining": 0}
            return refused | reset | {"reason": f"Daily limit of {limit} requests reached"}
        self.spent[user] += 1
        return {"allowed": True, "limit": limit, "remaining": limit - self.spent[user]} | reset


def _tomorrow() -> str:
    """Return the next midnight, to which quotas last; a real one, as clients subtract it."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _knowledge() -> list[Entity]:
    return [
        {
            "type": "wisdom",
            "id": "w1",
            "title": "Ship small",
            "content": "Small steps.",
            "score": 0.7,
        },
        {
            "type": "pattern",
            "id": "p1",
            "title": "Retry with backoff",
            "content": "Wait longer each time.",
            "score": 0.9,
            "domain": "backend",
        },
        {"type": "gotcha", "id": "g1", "title": "Time zones", "content": "Use UTC.", "score": 0.8},
    ]


def _findings() -> list[Entity]:
    return [
        {
            "id": "f1",
            "content": "Small primes\n2, 3, 5 and 7.",
            "source": "web-search",
            "sourceType": "fact",
            "relevance": 0.9,
            "confidence": 0.8,
            "metadata": {"references": ["book 7", "https://primes.example/small"]},
        },
        {
            "id": "f2",
            "content": "There is no largest one.",
            "source": "synthesis",
            "sourceType": "insight",
            "relevance": 0.4,
            "confidence": 0.9,
            "metadata": {},
        },
    ]
