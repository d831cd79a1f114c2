"""What all endpoints of a service share: where it is, how it is called, how it fails. No I/O."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from jackfield.errors import OptionError, ProviderError
from jackfield.events import NoticeEvent
from jackfield.http import Request, Timeouts
from jackfield_httpx.masking import masked_url
from jackfield_httpx.retry import Clock, RetryPolicy
from jackfield_httpx.service.auth import ServiceAuth
from jackfield_httpx.service.reply import Failure, Reply
from jackfield_httpx.service_errors import error_from_response

Headers: TypeAlias = Mapping[str, str]
HeaderSource: TypeAlias = Headers | Callable[[], Headers | Awaitable[Headers | None] | None]
"""Headers, or a function that is asked for them before each call; async in async clients only."""

RequestHook: TypeAlias = Callable[[Request], Request | Awaitable[Request | None] | None]
"""Sees each request before the credentials are added; may return another one."""

ResponseHook: TypeAlias = Callable[[Request, int, Headers], Awaitable[None] | None]
"""Sees status and headers of each answer, and the request with its credentials masked."""


@dataclass(kw_only=True)
class Service:
    """Describes a service; derive from it to say how it reports errors.

    One object serves all calls of a client and may be used by several threads at once.

    Attributes:
        name: For messages.
        base_url: A path in it is kept: the paths of endpoints are appended.
        auth: Adds the credentials; None for none.
        headers: Sent with each call.
        user_agent: The header of that name; empty for none.
        timeouts: Of the single steps; None for those of the driver.
        timeout_s: Longest time for one attempt, its body included; not for streams. A blocking
            driver looks at the clock after each read.
        deadline_s: Longest time for a call, retries and waits included; for a stream, after
            which it is not opened again.
        retries: How often, and after which waits, a call is sent again.
        idempotency_header: Name of the header.
        max_reply_bytes: Longest answer that is read as a whole.
        before: Hooks for requests, in order.
        after: Hooks for answers, in order.
        on_notice: Told of each retry, before the wait.
        reopens: Whether a call after `close` opens the client again, instead of an error.
        logger: Gets one line for each answer at DEBUG, without secrets.
        clock: Time and chance.

    Raises:
        OptionError: `base_url` is not the URL of a server.
    """

    name: str
    base_url: str
    auth: ServiceAuth | None = field(default=None, repr=False)
    headers: HeaderSource | None = field(default=None, repr=False)
    user_agent: str = ""
    timeouts: Timeouts | None = None
    timeout_s: float | None = None
    deadline_s: float | None = None
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    idempotency_header: str = "idempotency-key"
    max_reply_bytes: int = 64 * 1024 * 1024
    before: Sequence[RequestHook] = ()
    after: Sequence[ResponseHook] = ()
    on_notice: Callable[[NoticeEvent], None] | None = field(default=None, repr=False)
    reopens: bool = False
    logger: logging.Logger = field(
        default_factory=lambda: logging.getLogger("jackfield_httpx.service"), repr=False
    )
    clock: Clock = field(default_factory=Clock, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise OptionError(
                f"{masked_url(self.base_url)!r} is not a URL for the service '{self.name}'.",
                hint="It begins with https:// (or http://), names a host, and holds no password.",
            )

    def judge(self, failure: Failure) -> ProviderError:
        """Return the failure as an error of ours; override it to correct the judgement.

        What counts for retries: `retryable`, and `retry_after_s`, the wait that the service
        asks for. By default the common reading of statuses, `Retry-After` and error bodies.
        """
        if failure.cause is not None:
            return failure.cause
        reply = failure.reply or Reply(status=0)
        return error_from_response(self.name, reply.status, reply.headers, reply.content)

    def may_repeat(self, failure: Failure) -> bool:
        """Return whether a call that failed like this may be sent again, if `judge` agrees.

        By default if the call says so (a GET, an idempotency key ...), or if the service
        cannot have seen the request.
        """
        return not failure.started and (failure.may_repeat or failure.is_unsent)

    def error(self, failure: Failure, judged: ProviderError) -> Exception:  # noqa: ARG002 - for those who override it
        """Return the exception that the caller of the endpoint gets; by default `judged`.

        Called once the last attempt has failed. Override it to raise the client's own classes.
        """
        return judged

    def refused(self, error: OptionError) -> Exception:
        """Return the exception for arguments that cannot be sent; by default `error`.

        An id that is empty or would lead to another place, a body without a JSON form. Override
        it to raise the client's own class.
        """
        return error

    def failed(self, failure: Failure) -> Exception:
        """Return the exception for a failure, with the network's error as its cause."""
        error = self.error(failure, self.judge(failure))
        if error is not failure.cause and failure.cause is not None:
            error.__cause__ = failure.cause
        return error

    def read_json(self, reply: Reply) -> Any:
        """Return the body of an accepted reply read as JSON; override it to unwrap envelopes.

        Raises:
            ProtocolError: It is not JSON.
        """
        return reply.json()
