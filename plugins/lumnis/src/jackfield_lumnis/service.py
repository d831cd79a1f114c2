"""The service: where it is, how it is called, what is sent again. Source: spec/lumnis.md, 1, 4."""

import logging
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from jackfield.errors import OptionError, ProtocolError, ProviderError
from jackfield.http import Timeouts
from jackfield_httpx.retry import Clock, RetryPolicy
from jackfield_httpx.service import Failure, KeyAuth, Reply, Service, ServiceAuth
from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.failures import error_of, wait_of
from jackfield_lumnis.version import __version__

BASE_URL = "https://api.lumnis.ai"
HELD_S = 10.0
"""What a GET that the service may hold is given beyond the time that it may hold it."""

logging.getLogger("lumnisai").addHandler(logging.NullHandler())


@dataclass(kw_only=True)
class LumnisService(Service):
    """What all calls share.

    Attributes:
        tenant_id: Of a key that is good for several tenants; None for the key's own.
        timeout: Seconds for each step of a request.
    """

    name: str = "lumnis"
    base_url: str = BASE_URL
    tenant_id: str | None = None
    timeout: float | None = 30.0
    reopens: bool = True
    user_agent: str = f"lumnisai-python/{__version__}"
    retries: RetryPolicy = field(default_factory=lambda: RetryPolicy(max_retries=3, jitter=0.25))
    logger: logging.Logger = field(
        default_factory=lambda: logging.getLogger("lumnisai.transport"), repr=False
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        # The one place for a header that names the tenant, should the service want one.
        self.headers = {"content-type": "application/json"}
        step = math.inf if self.timeout is None else self.timeout
        self.timeouts = Timeouts(connect_s=step, read_s=step, write_s=step, pool_s=step)

    def judge(self, failure: Failure) -> ProviderError:
        """Judge: 429 and 5xx may pass, except 501; and what the network did."""
        judged = super().judge(failure)
        if failure.cause is None and failure.status is not None:
            status = failure.status
            judged.retryable = status == 429 or (status >= 500 and status != 501)
            judged.retry_after_s = wait_of(failure)
        return judged

    def may_repeat(self, failure: Failure) -> bool:
        """Return whether the call may be sent again: a GET, or one with an idempotency key."""
        return failure.may_repeat and not failure.started

    def error(self, failure: Failure, judged: ProviderError) -> Exception:
        """Make one of our exceptions."""
        return error_of(failure, judged)

    def refused(self, error: OptionError) -> Exception:
        """Make a `ValidationError` of arguments that cannot be sent."""
        return ValidationError(str(error))

    def read_json(self, reply: Reply) -> object:
        """Return the body read as JSON; None for no body.

        Raises:
            ProtocolError: It is something else.
        """
        if not reply.content:
            return None
        kind = reply.media_type
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise ProtocolError(
                f"{reply.place} answered {reply.status} with {kind} instead of JSON.",
                status=reply.status,
            )
        return reply.json()


def longer_read(timeouts: Timeouts | None, wait_s: float | None) -> Timeouts | None:
    """Return the timeouts for a request that the service may hold for some seconds.

    Without it a question that is held for as long as the timeout would fail as it is answered.
    Source: spec/lumnis.md, 4.2.
    """
    if timeouts is None or timeouts.read_s is None or not wait_s:
        return timeouts
    return replace(timeouts, read_s=max(timeouts.read_s, wait_s + HELD_S))


def lumnis_service(  # noqa: PLR0913 - the settings of a client
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    tenant_id: str | None = None,
    timeout: float | None = 30.0,
    max_retries: int = 3,
    auth: ServiceAuth | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> LumnisService:
    """Return the service that a client's arguments and the environment describe.

    Args:
        api_key: By default `LUMNISAI_API_KEY`.
        base_url: By default `LUMNISAI_BASE_URL`, else the public service.
        tenant_id: By default `LUMNISAI_TENANT_ID`, else the key's.
        timeout: Seconds for each step of a request; None for no limit.
        max_retries: Attempts after the first one.
        auth: Adds the credentials instead of a key.
        environ: By default the process's.
        clock: Time and chance.

    Raises:
        ValueError: There is no key, or a value makes no sense.
    """
    environ = os.environ if environ is None else environ
    if auth is None:
        auth = KeyAuth(_key(api_key, environ))
    if timeout is not None and not timeout > 0:
        raise ValueError(f"timeout must be more than 0 s, not {timeout!r}.")
    if max_retries < 0:
        raise ValueError(f"max_retries must be 0 or more, not {max_retries!r}.")
    url = base_url or environ.get("LUMNISAI_BASE_URL") or BASE_URL
    return LumnisService(
        base_url=url.rstrip("/"),
        tenant_id=tenant_id or environ.get("LUMNISAI_TENANT_ID") or None,
        timeout=timeout,
        retries=RetryPolicy(max_retries=max_retries, jitter=0.25),
        auth=auth,
        clock=clock or Clock(),
    )


def _key(given: str | None, environ: Mapping[str, str]) -> str:
    key = (given or environ.get("LUMNISAI_API_KEY") or "").strip()
    if not key:
        raise ValueError(
            "There is no API key: pass api_key=..., or set the environment variable "
            "LUMNISAI_API_KEY."
        )
    return key
