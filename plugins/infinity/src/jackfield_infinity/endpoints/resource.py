"""What the endpoints of both clients have in common."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from jackfield_httpx.service import Call, D, Plan, Resource
from jackfield_infinity.failures import ROUTED
from jackfield_infinity.profiles.candidate import Candidate
from jackfield_infinity.profiles.routes import Way, first_that_answers
from jackfield_infinity.service import InfinityService

T = TypeVar("T")


class InfinityResource(Resource[D]):
    """A group of endpoints that knows the profile."""

    @property
    def service(self) -> InfinityService:
        """The service that the endpoints belong to."""
        service = self.binding.service
        if not isinstance(service, InfinityService):
            raise TypeError(f"{service.name!r} is described by no InfinityService.")
        return service

    def routed(self, operation: str, ways: Mapping[str, Way[T]]) -> Plan[T]:
        """Return the plan of an operation: the way of the profile, or whichever works.

        Args:
            operation: What is asked for.
            ways: By profile, in the order in which they are tried.
        """
        service = self.service
        if service.profile in ways:
            return ways[service.profile].plan()
        return first_that_answers(operation, ways, service.routes)

    def way(self, place: str, make: "partial[Candidate[T]]") -> Way[T]:
        """Return the way of a candidate.

        Args:
            place: Method and path.
            make: Makes it, when its turn comes.
        """
        return Way(place, lambda: self.asked(make()))

    def asked(self, candidate: Candidate[T]) -> Call[T]:
        """Return the call of a candidate."""
        body: dict[str, Any] = {} if candidate.body is None else {"json": candidate.body}
        return self.call(
            candidate.method,
            candidate.path,
            query=candidate.query or {},
            read=candidate.read,
            metadata={ROUTED: True},
            **body,
        )


def unchanged(body: dict[str, Any]) -> Any:
    """Return an answer that is in the documented form already."""
    return body
