"""Calling a service: credentials, sending, errors, retries. What every HTTP provider needs."""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import orjson

from jackfield.contracts import Auth, Transport
from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import (
    AuthenticationError,
    ConfigError,
    ProtocolError,
    ProviderError,
)
from jackfield.http import Request, Response
from jackfield_httpx.masking import CREDENTIALS, credential_names, secrets_added, without
from jackfield_httpx.retry import Attempts, Clock, RetryPolicy, Schedule
from jackfield_httpx.service_errors import error_from_response
from jackfield_httpx.settings import HttpProviderSettings
from jackfield_httpx.sse import STALL_S

_log = logging.getLogger(__name__)

_MAX_ERROR_BYTES = 256 * 1024
_REFUSED = (401, 403)
_FIRST_ERROR = 400


class Caller:
    """Sends a provider's requests through any transport, with auth and retries.

    Credentials are added for each attempt. On 401 and 403 the auth is asked once for others.
    A status of 400 or more is a `ProviderError` of its kind, which names the provider and never
    shows a credential, whatever the server echoed.

    Args:
        transport: Does the work; each attempt is one `stream` of it.
        auth: Adds credentials; None for none.
        provider: The provider's name, for errors.
        settings: `timeouts`, `max_retries`, `max_retry_delay` of the provider.
        clock: Time and chance, for tests.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        auth: Auth | None = None,
        provider: str = "",
        settings: HttpProviderSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._transport = transport
        self._auth = auth
        self._provider = provider
        self._settings = settings or HttpProviderSettings()
        self._clock: Clock = clock or getattr(transport, "clock", None) or Clock()
        self._policy: RetryPolicy = getattr(transport, "policy", RetryPolicy())
        self._timeouts = self._settings.timeouts.steps()

    @property
    def stall_s(self) -> float:
        """Longest time without an event, for `read_sse`; from the settings."""
        told = self._settings.timeouts.stall_s
        return STALL_S if told is None else told

    def through(self, transport: Transport) -> "Caller":
        """Return a caller that differs in the transport only."""
        return Caller(
            transport,
            auth=self._auth,
            provider=self._provider,
            settings=self._settings,
            clock=self._clock,
        )

    def attempts(self, request: Request, *, key: str | None = None) -> Attempts:
        """Return the attempts of one call; see `Attempts` for the loop to write.

        Args:
            request: Without credentials. What it leaves open is taken from the settings.
            key: Sent as `authorization: Bearer` in place of what the auth would add.
        """
        told = (request.max_retries, self._settings.max_retries, self._policy.max_retries)
        most = next(each for each in told if each is not None)
        auth = self._auth if key is None else _key_auth(key)

        async def open_(single: Request) -> "_Call":
            return await self._open(single, auth)

        schedule = Schedule(self._single(request), self._policy, self._clock, max_retries=most)
        return Attempts(open_, schedule)

    async def read(self, request: Request, *, key: str | None = None) -> bytes:
        """Return the whole body of the answer, after retries.

        Raises:
            ProviderError: The call failed.
        """
        body = b""
        async for attempt in self.attempts(request, key=key):
            async with attempt as response:
                body = await response.read()
        return body

    async def json(self, request: Request, *, key: str | None = None) -> Any:
        """Return the body of the answer, read as JSON.

        Raises:
            ProviderError: The call failed, or the body is no JSON.
        """
        body = await self.read(request, key=key)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            shown = body[:200].decode("utf-8", "replace")
            raise ProtocolError(
                f"{self._provider or 'The server'} answered with something that is no JSON: "
                f"{shown!r}.",
                provider=self._provider,
                hint="Check `base_url`.",
            ) from error

    def _single(self, request: Request) -> Request:
        """Return the request for single attempts, its metadata a copy of ours to write into."""
        total_s, delay_s = request.timeout_s, request.max_retry_delay_s
        settings = self._settings
        return replace(
            request,
            timeouts=self._timeouts if request.timeouts is None else request.timeouts,
            timeout_s=settings.timeouts.total_s if total_s is None else total_s,
            max_retries=0,
            max_retry_delay_s=settings.max_retry_delay if delay_s is None else delay_s,
            metadata=dict(request.metadata),
        )

    async def _open(self, request: Request, auth: Auth | None) -> "_Call":
        sent = await self._with_credentials(request, auth)
        call = await self._sent(request, sent)
        if await self._has_others(auth, sent, call):
            await call.close(None)
            call = await self._sent(request, await self._with_credentials(request, auth))
        if call.response.status >= _FIRST_ERROR:
            raise await self._refusal(call)
        return call

    async def _sent(self, request: Request, sent: Request) -> "_Call":
        secrets = secrets_added(request, sent)
        if secrets:
            if sent.metadata is not request.metadata:  # the auth's own
                sent = replace(sent, metadata=dict(sent.metadata))
            sent.metadata[CREDENTIALS] = credential_names(request, sent)
        context = self._transport.stream(sent)
        try:
            response = await context.__aenter__()
        except ProviderError as error:
            _told(error, self._provider, secrets)
            raise
        return _Call(context, response, self._provider, secrets)

    async def _with_credentials(self, request: Request, auth: Auth | None) -> Request:
        if auth is None:
            return request
        try:
            return await auth.apply(request)
        except ConfigError as error:  # a missing secret is one, too
            raise AuthenticationError(
                error.message, provider=self._provider, hint=error.hint
            ) from error

    async def _has_others(self, auth: Auth | None, sent: Request, call: "_Call") -> bool:
        """Tell whether the credentials were refused and the auth has found others."""
        if auth is None or call.response.status not in _REFUSED:
            return False
        try:
            return await auth.refused(sent, call.response.status)
        except ConfigError as error:
            _log.debug("The auth has no other credentials: %s", error)
            return False
        except BaseException as error:
            await call.close(error)
            raise

    async def _refusal(self, call: "_Call") -> ProviderError:
        body, response = b"", call.response
        known: ProviderError | None = getattr(response, "error", None)
        if known is not None:  # the transport reads errors itself
            await call.close(None)
            return call.told(known)
        try:
            body = await _beginning(response)
        except ProviderError as problem:
            _log.debug("The body of an error could not be read: %s", problem)
        except BaseException as problem:
            await call.close(problem)
            raise
        await call.close(None)
        found = error_from_response(self._provider, response.status, response.headers, body)
        return call.told(found)


class _Call:
    """An open response and what must not be told about its request."""

    def __init__(
        self,
        context: AbstractAsyncContextManager[Response],
        response: Response,
        provider: str,
        secrets: list[str],
    ) -> None:
        self.response = response
        self._context = context
        self._provider = provider
        self._secrets = secrets

    async def close(self, error: BaseException | None) -> None:
        """Release the connection: for use again if the body was well read, else closed."""
        try:
            linger = getattr(self.response, "linger", None)
            if error is None and linger is not None:
                await linger()
        finally:
            await self._context.__aexit__(None, None, None)

    def told(self, error: ProviderError) -> ProviderError:
        """Return the error with the provider's name and without credentials."""
        return _told(error, self._provider, self._secrets)


async def _beginning(response: Response) -> bytes:
    pieces, size = [], 0
    chunks: AsyncIterator[bytes] = response.chunks()
    async for piece in chunks:
        pieces.append(piece)
        size += len(piece)
        if size > _MAX_ERROR_BYTES:
            break
    return b"".join(pieces)


def _key_auth(key: str) -> HeaderAuth:
    async def read() -> Secret:
        return Secret(key, source="the option `api_key`")

    return HeaderAuth(read)


def _told(error: ProviderError, provider: str, secrets: list[str]) -> ProviderError:
    error.provider = error.provider or provider
    if secrets:
        error.message = without(error.message, secrets)
        error.hint = without(error.hint, secrets)
        error.details = _masked(error.details, secrets)
        error.args = (error.message,)
    return error


def _masked(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        return without(value, secrets)
    if isinstance(value, dict):
        return {key: _masked(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, secrets) for item in value]
    return value
