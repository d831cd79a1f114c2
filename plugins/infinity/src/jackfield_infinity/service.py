"""The service: where it is, how it is called, what is sent again.

Source: spec/infinity.md, 1 and 4.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, get_args

from jackfield.errors import ProtocolError, ProviderError
from jackfield.http import Timeouts
from jackfield_httpx.retry import Clock, RetryPolicy
from jackfield_httpx.service import Failure, KeyAuth, Reply, Service, ServiceAuth
from jackfield_infinity.cookies import Cookies
from jackfield_infinity.failures import error_of
from jackfield_infinity.refusals import wait_of
from jackfield_infinity.repeating import may_pass
from jackfield_infinity.version import __version__

BASE_URL = "https://infinityassistant.io/api"
KEY_HEADER = "x-api-key"
KEY_VARIABLE = "INFINITY_ASSISTANT_API_KEY"
LONGEST_BACKOFF_S = 30.0

Profile: TypeAlias = Literal["auto", "published", "deployed"]
"""Which requests are sent: as documented, as the service takes them, or whichever works."""

_CONNECT_SHARE = 0.75
"""Of an attempt's time: a connection that comes later leaves none for an answer."""


@dataclass(kw_only=True)
class InfinityService(Service):
    """What all calls of a client share.

    Attributes:
        api_key: Sent in the header `X-API-Key`, unless there is an `auth`; None for anonymous.
        profile: Which requests are sent.
        timeout: Seconds for an attempt; of a stream, until it begins and between two reads.
        retry_timeouts: Whether a POST is sent again after a timeout.
        cookies: What the service set; sent along.
        routes: For each operation of several candidates, the one that is tried first.
    """

    name: str = "infinity"
    base_url: str = BASE_URL
    api_key: str | None = field(default=None, repr=False)
    profile: Profile = "auto"
    timeout: float | None = 60.0
    retry_timeouts: bool = False
    user_agent: str = f"jackfield-infinity/{__version__}"
    retries: RetryPolicy = field(default_factory=lambda: backoff())
    cookies: Cookies = field(default_factory=Cookies, repr=False)
    routes: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.profile not in get_args(Profile):
            raise ValueError(f"profile is one of {get_args(Profile)}, not {self.profile!r}.")
        if self.auth is None:
            self.auth = KeyAuth(lambda: self.api_key, header=KEY_HEADER, scheme="")
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"timeout must be more than 0 s, not {self.timeout!r}.")
        self.timeout_s = self.timeout
        self.timeouts = _steps(self.timeout)
        self.before = (*self.before, self.cookies.add)
        self.after = (*self.after, self.cookies.keep)

    def use_key(self, api_key: str | None) -> None:
        """Use another key, or none, from the next request on; the cookies of the old one go."""
        self.api_key = (api_key or "").strip() or None
        self.cookies.clear()

    def judge(self, failure: Failure) -> ProviderError:
        """Judge by the table of the service."""
        judged = super().judge(failure)
        answered = failure.reply if failure.cause is None else None
        judged.retry_after_s = None if answered is None else wait_of(answered)
        judged.retryable = may_pass(
            failure, judged.retry_after_s, retry_timeouts=self.retry_timeouts
        )
        return judged

    def may_repeat(self, failure: Failure) -> bool:
        """Return whether nothing has reached the caller; `judge` knows the rest."""
        return not failure.started

    def error(self, failure: Failure, judged: ProviderError) -> Exception:
        """Make one of our exceptions."""
        return error_of(failure, judged)

    def read_json(self, reply: Reply) -> dict[str, Any]:
        """Return the body, a JSON object that does not say that the call failed.

        Raises:
            ProtocolError: It is something else; or it says so, whatever the status.
        """
        found = reply.json()
        if not isinstance(found, dict):
            raise ProtocolError(
                f"{reply.place} answered {reply.status} with JSON that is no object.",
                status=reply.status,
            )
        if found.get("success") is False:
            raise ProtocolError(
                f"{reply.place} answered {reply.status}, but says that it failed.",
                status=reply.status,
            )
        return found


def backoff(
    max_retries: int = 3, retry_delay: float = 1.0, max_retry_wait: float = 60.0
) -> RetryPolicy:
    """Return how often and after which waits a call is sent again.

    Args:
        max_retries: Attempts after the first one.
        retry_delay: Seconds before the second attempt; each further wait is twice as long.
        max_retry_wait: A service that asks for more seconds ends the call.

    Raises:
        ValueError: One of them is negative.
    """
    given = {
        "max_retries": max_retries,
        "retry_delay": retry_delay,
        "max_retry_wait": max_retry_wait,
    }
    for name, value in given.items():
        if not value >= 0:
            raise ValueError(f"{name} must be 0 or more, not {value!r}.")
    return RetryPolicy(
        max_retries=max_retries,
        max_delay_s=max_retry_wait,
        base_s=retry_delay,
        cap_s=LONGEST_BACKOFF_S,
        jitter=0.0,
    )


def infinity_service(  # noqa: PLR0913 - the settings of a client
    api_key: str | None = None,
    base_url: str = BASE_URL,
    timeout: float | None = 60.0,
    max_retries: int = 3,
    retry_delay: float = 1.0,
    *,
    profile: Profile = "auto",
    max_retry_wait: float = 60.0,
    retry_timeouts: bool = False,
    auth: ServiceAuth | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> InfinityService:
    """Return the service that a client's arguments and the environment describe.

    Args:
        api_key: By default `INFINITY_ASSISTANT_API_KEY`; without any, calls are anonymous.
        base_url: With the path that all routes begin with.
        timeout: Seconds for an attempt; of a stream, until it begins and between two reads.
        max_retries: Attempts after the first one.
        retry_delay: Seconds before the second attempt; each further wait is twice as long.
        profile: Which requests are sent.
        max_retry_wait: A service that asks for more seconds ends the call.
        retry_timeouts: Whether a POST is sent again after a timeout.
        auth: Adds the credentials instead of a key.
        environ: By default the process's.
        clock: Time and chance.

    Raises:
        ValueError: A value makes no sense.
    """
    if api_key is None and auth is None:
        api_key = (os.environ if environ is None else environ).get(KEY_VARIABLE)
    return InfinityService(
        base_url=base_url.rstrip("/"),
        api_key=(api_key or "").strip() or None,
        profile=profile,
        timeout=timeout,
        retry_timeouts=retry_timeouts,
        retries=backoff(max_retries, retry_delay, max_retry_wait),
        auth=auth,
        clock=clock or Clock(),
    )


def _steps(timeout: float | None) -> Timeouts:
    if timeout is None:
        return replace(Timeouts(), connect_s=math.inf, read_s=math.inf, write_s=math.inf)
    connect = timeout * _CONNECT_SHARE
    return Timeouts(connect_s=connect, read_s=timeout, write_s=timeout, pool_s=connect)
