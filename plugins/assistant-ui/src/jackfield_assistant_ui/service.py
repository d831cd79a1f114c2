"""The sync server: where it is, how it is called, how it fails. Source: spec/assistant-ui.md, a."""

import math
from dataclasses import dataclass

from jackfield.errors import ProviderError
from jackfield.http import Timeouts
from jackfield_assistant_ui.errors import (
    AssistantAPIError,
    AssistantConnectionError,
    AssistantError,
    AssistantProtocolError,
    AssistantTimeoutError,
)
from jackfield_assistant_ui.version import __version__
from jackfield_httpx.service import Failure, HeaderSource, Service

CONNECT_S = 10.0
THREAD_ID = "thread_id"
"""In the metadata of requests."""


@dataclass(kw_only=True)
class AssistantService(Service):
    """What all calls of a client share."""

    name: str = "assistant-ui"
    user_agent: str = f"jackfield-assistant-ui/{__version__}"
    reopens: bool = True

    def may_repeat(self, failure: Failure) -> bool:
        """Return whether the call is sent again: those that say so, if nobody has seen them."""
        return failure.may_repeat and failure.is_unsent and not failure.started

    def error(self, failure: Failure, judged: ProviderError) -> Exception:
        """Return the exception of ours for a call whose last attempt failed."""
        thread_id = failure.request.metadata.get(THREAD_ID)
        reply, cause = failure.reply, failure.cause
        if cause is None and reply is not None:
            return AssistantAPIError(reply.status, reply.text, reply.headers, thread_id)
        if cause is not None and cause.kind == "redirect" and cause.status is not None:
            return AssistantAPIError(cause.status, cause.message, {}, thread_id)
        return _error_kind(judged.kind)(judged.message)


def assistant_service(
    base_url: str, headers: HeaderSource | None = None, timeout: float | None = None
) -> AssistantService:
    """Return the description of a server.

    Args:
        base_url: With the path that all routes begin with.
        headers: Sent with each request, or a function that is asked for them.
        timeout: Seconds to connect, to write, and between two reads; None for 10 s to connect
            and no other limit.

    Raises:
        OptionError: `base_url` is not the URL of a server.
    """
    connect, other = (CONNECT_S, math.inf) if timeout is None else (timeout, timeout)
    return AssistantService(
        base_url=base_url.rstrip("/"),
        headers=headers,
        timeouts=Timeouts(connect_s=connect, read_s=other, write_s=other, pool_s=other),
    )


def _error_kind(kind: str) -> type[AssistantError]:
    if kind == "timeout":
        return AssistantTimeoutError
    return AssistantProtocolError if kind == "protocol" else AssistantConnectionError
