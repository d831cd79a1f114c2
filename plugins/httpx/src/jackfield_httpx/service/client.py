"""The outermost resource: what a client is, besides its endpoints."""

from types import TracebackType
from typing import Self, TypeVar

from jackfield.contracts import Transport
from jackfield_httpx.service.abort import Abort
from jackfield_httpx.service.async_driver import AsyncDriver
from jackfield_httpx.service.iterators import AsyncItems, SyncItems
from jackfield_httpx.service.resource import Async, Binding, Resource, Sync
from jackfield_httpx.service.service import Service
from jackfield_httpx.service.steps import ItemPlan, Plan
from jackfield_httpx.service.sync_driver import SyncDriver
from jackfield_httpx.settings import HttpxSettings

T = TypeVar("T")


class SyncServiceClient(Resource[Sync]):
    """Base of a blocking client: `class Client(SyncServiceClient, Endpoints[Sync])`.

    It needs no event loop, works inside of a running one, and may be used by several threads.

    Args:
        service: What the endpoints share.
        settings: Those of the transport `httpx`: TLS, proxy, limits.
        sharing: Another client whose connections are used; closing this one then leaves them
            open.
    """

    def __init__(
        self,
        service: Service,
        *,
        settings: HttpxSettings | None = None,
        sharing: "SyncServiceClient | None" = None,
    ) -> None:
        self._owns_driver = sharing is None
        self._driver: SyncDriver = (
            SyncDriver(settings, clock=service.clock, reopens=service.reopens)
            if sharing is None
            else sharing._driver  # noqa: SLF001 - of our own kind
        )
        self.binding = Binding(service, self._driver)

    @property
    def is_closed(self) -> bool:
        """Whether the client is closed."""
        return self._driver.is_closed

    def perform(self, plan: Plan[T], *, abort: Abort | None = None) -> T:
        """Drive a plan: a call, or a flow of several.

        Args:
            plan: What to drive.
            abort: May end it, from another thread.

        Raises:
            StateError: The client is closed.
        """
        return self._driver.perform(plan, abort=abort)

    def iterate(self, plan: ItemPlan[T], *, abort: Abort | None = None) -> SyncItems[T]:
        """Return the items of a plan.

        Args:
            plan: What to drive.
            abort: May end it, from another thread.

        Raises:
            StateError: The client is closed.
        """
        return self._driver.iterate(plan, abort=abort)

    def close(self) -> None:
        """Close all connections; idempotent. Calls that are under way end with `StateError`."""
        if self._owns_driver:
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncServiceClient(Resource[Async]):
    """Base of an async client: `class AsyncClient(AsyncServiceClient, Endpoints[Async])`.

    Args:
        service: What the endpoints share.
        transport: Sends the requests, and stays open when the client is closed; None for a
            transport `httpx` of its own.
        settings: Of the own transport.
        sharing: Another client whose connections are used; closing this one then leaves them
            open.
    """

    def __init__(
        self,
        service: Service,
        *,
        transport: Transport | None = None,
        settings: HttpxSettings | None = None,
        sharing: "AsyncServiceClient | None" = None,
    ) -> None:
        self._owns_driver = sharing is None
        self._driver: AsyncDriver = (
            AsyncDriver(transport, settings=settings, clock=service.clock, reopens=service.reopens)
            if sharing is None
            else sharing._driver  # noqa: SLF001 - of our own kind
        )
        self.binding = Binding(service, self._driver)

    @property
    def is_closed(self) -> bool:
        """Whether the client is closed."""
        return self._driver.is_closed

    async def perform(self, plan: Plan[T], *, abort: Abort | None = None) -> T:
        """Drive a plan: a call, or a flow of several.

        Args:
            plan: What to drive.
            abort: May end it, from another task or thread.

        Raises:
            StateError: The client is closed.
        """
        return await self._driver.perform(plan, abort=abort)

    def iterate(self, plan: ItemPlan[T], *, abort: Abort | None = None) -> AsyncItems[T]:
        """Return the items of a plan.

        Args:
            plan: What to drive.
            abort: May end it, from another task or thread.

        Raises:
            StateError: The client is closed.
        """
        return self._driver.iterate(plan, abort=abort)

    async def aclose(self) -> None:
        """Close all connections; idempotent."""
        if self._owns_driver:
            await self._driver.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
