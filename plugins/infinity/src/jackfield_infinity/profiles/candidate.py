"""One way to ask the service for something. Source: spec/infinity.md, 2.1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from jackfield_infinity.types import (
    KnowledgeSearchResponse,
    MemoryRetrieveResponse,
    MemoryStoreResponse,
    ResearchResponse,
)

T_co = TypeVar("T_co", covariant=True)


@dataclass(slots=True, frozen=True, kw_only=True)
class Candidate(Generic[T_co]):
    """A request, and how its answer is brought into the documented form.

    Attributes:
        method: In upper case.
        path: Appended to the base URL.
        read: Makes the value of the answer.
        body: Sent as JSON; None for no body.
        query: Values by name.
    """

    method: str
    path: str
    read: Callable[[dict[str, Any]], T_co]
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None


@dataclass(slots=True, frozen=True)
class Search:
    """What `search_knowledge` is asked.

    Attributes:
        query: What to look for.
        limit: How many results at most; None leaves it to the service.
        filters: `type`, `domain`, `tags`.
        extra: Other fields; sent as they are.
    """

    query: str
    limit: int | None
    filters: Mapping[str, Any] | None
    extra: Mapping[str, Any]


@dataclass(slots=True, frozen=True)
class Research:
    """What `research` is asked.

    Attributes:
        query: The subject.
        depth: `shallow`, `medium`, `deep`, or a mode of the service.
        sources: How many results at most; None leaves it to the service.
        extra: Other fields; sent as they are.
    """

    query: str
    depth: str | None
    sources: int | None
    extra: Mapping[str, Any]


@dataclass(slots=True, frozen=True)
class Storing:
    """What `store_memory` is asked.

    Attributes:
        key: Where to store.
        value: Anything that has a JSON form.
        ttl: After how many seconds it is forgotten; None for never.
    """

    key: str
    value: Any
    ttl: int | None


Searching = Candidate[KnowledgeSearchResponse]
Researching = Candidate[ResearchResponse]
MemoryStoring = Candidate[MemoryStoreResponse]
MemoryRetrieving = Candidate[MemoryRetrieveResponse]
