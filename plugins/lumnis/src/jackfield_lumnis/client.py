"""The two clients: one blocks, one is awaited; otherwise they are the same.

Source: spec/lumnis.md, 6.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal, Self, Unpack, overload

from jackfield.contracts import Transport
from jackfield_httpx.service import (
    Async,
    AsyncItems,
    AsyncServiceClient,
    Service,
    Sync,
    SyncItems,
    SyncServiceClient,
)
from jackfield_lumnis.flat.endpoints import Endpoints
from jackfield_lumnis.invoke.arguments import InvokeArguments, task_of, with_signature
from jackfield_lumnis.invoke.input import Messages
from jackfield_lumnis.models.response import ProgressUpdate, ResponseObject
from jackfield_lumnis.scoping import Scoping, UserId
from jackfield_lumnis.service import lumnis_service
from jackfield_lumnis.types import Scope


class Client(SyncServiceClient, Endpoints[Sync]):
    """The blocking client.

    It needs no event loop, works inside of a running one, and may be used by several threads.
    Nothing is opened before the first call.

    Args:
        api_key: By default `LUMNISAI_API_KEY` of the environment.
        base_url: By default `LUMNISAI_BASE_URL`, else the public service.
        tenant_id: Needed for keys of several tenants only; by default `LUMNISAI_TENANT_ID`.
        timeout: Seconds for each step of a request.
        max_retries: Attempts after the first one, for calls that may be repeated.
        scope: `Scope.USER`, where calls name a user, or `Scope.TENANT`.

    Raises:
        ValueError: There is no key, or a value makes no sense.
    """

    def __init__(  # noqa: PLR0913 - the documented signature
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        tenant_id: str | None = None,
        timeout: float | None = 30.0,
        max_retries: int = 3,
        scope: Scope | str = Scope.USER,
    ) -> None:
        service = lumnis_service(
            api_key=api_key,
            base_url=base_url,
            tenant_id=tenant_id,
            timeout=timeout,
            max_retries=max_retries,
        )
        super().__init__(service)
        self.scoping = Scoping(scope)

    @classmethod
    def of(
        cls, service: Service, scoping: Scoping | None = None, *, sharing: Self | None = None
    ) -> Self:
        """Return a client of a service that was described in detail.

        Args:
            service: From `lumnis_service`.
            scoping: For whom it works.
            sharing: Another client whose connections are used.
        """
        client = cls.__new__(cls)
        SyncServiceClient.__init__(client, service, sharing=sharing)
        client.scoping = scoping or Scoping()
        return client

    def for_user(self, user_id: UserId) -> Self:
        """Return a client that works for one user, over the connections of this one.

        Args:
            user_id: Id, e-mail or whatever the tenant calls the user.

        Raises:
            MissingUserId: It is empty.
        """
        return self.of(self.service, self.scoping.for_user(user_id), sharing=self)

    @contextmanager
    def as_user(self, user_id: UserId) -> Iterator[Self]:
        """Open a client that works for one user; see `for_user`."""
        yield self.for_user(user_id)

    @overload
    def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: Literal[False] = False,
        **arguments: Unpack[InvokeArguments],
    ) -> ResponseObject: ...

    @overload
    def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: Literal[True],
        **arguments: Unpack[InvokeArguments],
    ) -> SyncItems[ProgressUpdate]: ...

    @overload
    def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: bool,
        **arguments: Unpack[InvokeArguments],
    ) -> ResponseObject | SyncItems[ProgressUpdate]: ...

    @with_signature
    def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: bool = False,
        **arguments: Unpack[InvokeArguments],
    ) -> ResponseObject | SyncItems[ProgressUpdate]:
        """Have agents work on something, and wait until they are done.

        A run that failed or was cancelled is returned like any other: look at its `status`.

        Args:
            messages: What they are asked: a text, a message or several.
            stream: Whether to return, once the run has begun, an iterator of what it tells;
                leaving that early does not cancel the run.
            arguments: See `InvokeArguments`.

        Raises:
            MissingUserId: User scope, and nobody is named.
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
            ValueError: Nothing is asked, or several things.
            TypeError: There is no such argument.
            LumnisAIError: The service failed; with `response_id` if the run had begun.
        """
        task = task_of(messages, arguments, function="invoke", stacklevel=2)
        return self.follow(self.begin(task)) if stream else self.finish(task)


class AsyncClient(AsyncServiceClient, Endpoints[Async]):
    """The async client; nothing is opened before the first call.

    Args:
        api_key: By default `LUMNISAI_API_KEY` of the environment.
        base_url: By default `LUMNISAI_BASE_URL`, else the public service.
        tenant_id: Needed for keys of several tenants only; by default `LUMNISAI_TENANT_ID`.
        timeout: Seconds for each step of a request.
        max_retries: Attempts after the first one, for calls that may be repeated.
        scope: `Scope.USER`, where calls name a user, or `Scope.TENANT`.

    Raises:
        ValueError: There is no key, or a value makes no sense.
    """

    def __init__(  # noqa: PLR0913 - the documented signature
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        tenant_id: str | None = None,
        timeout: float | None = 30.0,
        max_retries: int = 3,
        scope: Scope | str = Scope.USER,
    ) -> None:
        service = lumnis_service(
            api_key=api_key,
            base_url=base_url,
            tenant_id=tenant_id,
            timeout=timeout,
            max_retries=max_retries,
        )
        super().__init__(service)
        self.scoping = Scoping(scope)

    @classmethod
    def of(
        cls,
        service: Service,
        scoping: Scoping | None = None,
        *,
        transport: Transport | None = None,
        sharing: Self | None = None,
    ) -> Self:
        """Return a client of a service that was described in detail.

        Args:
            service: From `lumnis_service`.
            scoping: For whom it works.
            transport: Sends the requests, and stays open when the client is closed.
            sharing: Another client whose connections are used.
        """
        client = cls.__new__(cls)
        AsyncServiceClient.__init__(client, service, transport=transport, sharing=sharing)
        client.scoping = scoping or Scoping()
        return client

    async def init(self) -> None:
        """Do nothing: connections are opened when they are needed."""

    async def close(self) -> None:
        """Close all connections; idempotent. The next call opens them again."""
        await self.aclose()

    def for_user(self, user_id: UserId) -> Self:
        """Return a client that works for one user, over the connections of this one.

        Args:
            user_id: Id, e-mail or whatever the tenant calls the user.

        Raises:
            MissingUserId: It is empty.
        """
        return self.of(self.service, self.scoping.for_user(user_id), sharing=self)

    @asynccontextmanager
    async def as_user(self, user_id: UserId) -> AsyncIterator[Self]:
        """Open a client that works for one user; see `for_user`."""
        yield self.for_user(user_id)

    @overload
    async def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: Literal[False] = False,
        **arguments: Unpack[InvokeArguments],
    ) -> ResponseObject: ...

    @overload
    async def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: Literal[True],
        **arguments: Unpack[InvokeArguments],
    ) -> AsyncItems[ProgressUpdate]: ...

    @overload
    async def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: bool,
        **arguments: Unpack[InvokeArguments],
    ) -> ResponseObject | AsyncItems[ProgressUpdate]: ...

    @with_signature
    async def invoke(
        self,
        messages: Messages | None = None,
        *,
        stream: bool = False,
        **arguments: Unpack[InvokeArguments],
    ) -> ResponseObject | AsyncItems[ProgressUpdate]:
        """Have agents work on something, and wait until they are done; see `Client.invoke`.

        Args:
            messages: What they are asked: a text, a message or several.
            stream: Whether to return, once the run has begun, an async iterator of what it
                tells: `async for update in await client.invoke(..., stream=True)`.
            arguments: See `InvokeArguments`.

        Raises:
            MissingUserId: User scope, and nobody is named.
            TenantScopeUserIdConflict: Tenant scope, and somebody is named.
            ValueError: Nothing is asked, or several things.
            TypeError: There is no such argument.
            LumnisAIError: The service failed; with `response_id` if the run had begun.
        """
        task = task_of(messages, arguments, function="invoke", stacklevel=2)
        return self.follow(await self.begin(task)) if stream else await self.finish(task)
