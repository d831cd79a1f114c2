"""Values that the service remembers. Source: spec/infinity.md, 2.5."""

from functools import partial
from http import HTTPStatus
from typing import Any

from jackfield_httpx.service import D, Flow, Plan, endpoint
from jackfield_infinity.endpoints.resource import InfinityResource
from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.failures import RouteMissedError
from jackfield_infinity.profiles import deployed_memory, published
from jackfield_infinity.profiles.candidate import Storing
from jackfield_infinity.types import MemoryRetrieveResponse, MemoryStoreResponse


class Memory(InfinityResource[D]):
    """Values by their keys."""

    @endpoint
    def store_memory(
        self, key: str, value: Any, ttl: int | None = None
    ) -> Plan[MemoryStoreResponse]:
        """Store a value.

        Args:
            key: Where.
            value: Anything that has a JSON form, None included.
            ttl: After how many seconds it is forgotten; not every service can do that.

        Raises:
            ValueError: `ttl` is not more than 0, or the value has no JSON form.
            InfinityAssistantError: The service refused or failed; code `TTL_UNSUPPORTED` if it
                cannot forget: then nothing was stored.
        """
        if ttl is not None and ttl <= 0:
            raise ValueError(f"ttl must be more than 0 s, not {ttl!r}; None is for ever.")
        wanted = Storing(key, value, ttl)
        ways = {
            "published": self.way("POST /memory/store", partial(published.store, wanted)),
            "deployed": self.way("POST /memory", partial(deployed_memory.store, wanted)),
        }
        return self.routed("store_memory", ways)

    @endpoint
    def retrieve_memory(self, key: str) -> Flow[MemoryRetrieveResponse]:
        """Return a value, under `value`; `found` tells a stored None from nothing.

        Args:
            key: Where it was stored.

        Raises:
            InfinityAssistantError: The service refused or failed.
        """
        ways = {
            "published": self.way("GET /memory/retrieve", partial(published.retrieve, key)),
            "deployed": self.way("GET /memory", partial(deployed_memory.retrieve, key)),
        }
        try:
            return (yield from self.routed("retrieve_memory", ways))
        except RouteMissedError:
            raise
        except InfinityAssistantError as exc:
            is_unknown = exc.status_code == HTTPStatus.NOT_FOUND and exc.code != "ROUTE_NOT_FOUND"
            if not is_unknown:
                raise
        return {"success": True, "found": False, "value": None}
