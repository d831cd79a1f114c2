"""What goes wrong on the network, as the errors that callers see."""

import math
import os
import ssl

from jackfield.errors import ProtocolError, ProviderError
from jackfield.http import Timeouts
from jackfield_httpx.transfer_errors import (
    BadAnswerError,
    BadRequestError,
    ConnectError,
    ConnectTimeoutError,
    PoolTimeoutError,
    ProxyError,
    TransferError,
    TransferTimeoutError,
    WriteTimeoutError,
)

UNSENT = {"unsent": True}
"""Details of errors after which the server cannot have seen the request."""

ANSWERED = {"answered": True}
"""Details of errors after the first bytes of an answer: the server has seen the request."""

_LOST = "The connection to {} was lost: {}."


def network_error(error: TransferError, *, where: str, timeouts: Timeouts) -> ProviderError:
    """Return the error that the caller sees.

    Args:
        error: What was raised.
        where: Scheme, host and port of the server, for the message.
        timeouts: Those of the request, for the message.
    """
    found = _network_error(error, where, timeouts)
    if error.has_begun:
        found.details |= ANSWERED
    return found


def _network_error(error: TransferError, where: str, timeouts: Timeouts) -> ProviderError:
    if isinstance(error, TransferTimeoutError):
        return _timed_out(error, where, timeouts)
    if isinstance(error, ConnectError):
        return _unreachable(error, where)
    if isinstance(error, ProxyError):
        return ProviderError(
            f"The proxy did not open the way to {where}: {error}.",
            kind="connection",
            hint="Check the setting `proxy` of the transport, or HTTP_PROXY and HTTPS_PROXY.",
        )
    if isinstance(error, BadRequestError):
        return ProviderError(f"The request to {where} is not valid HTTP.", kind="invalid_request")
    if isinstance(error, BadAnswerError):
        return ProtocolError(f"{where} does not speak proper HTTP: {error}.")
    return lost(where, str(error) or "reset")


def lost(where: str, reason: str) -> ProviderError:
    """Return the error for a connection that ended before its answer did."""
    return ProviderError(_LOST.format(where, reason.rstrip(".")), kind="connection", retryable=True)


def timed_out(message: str, *, is_unsent: bool = False) -> ProviderError:
    """Return the error for anything that took too long."""
    details = dict(UNSENT) if is_unsent else {}
    return ProviderError(message, kind="timeout", retryable=True, details=details)


def _timed_out(error: TransferError, where: str, timeouts: Timeouts) -> ProviderError:
    if isinstance(error, ConnectTimeoutError):
        return timed_out(
            f"No connection to {where} within {_told(timeouts.connect_s)}.", is_unsent=True
        )
    if isinstance(error, PoolTimeoutError):
        return timed_out(
            f"No connection to {where} was free within {_told(timeouts.pool_s)}: all of the "
            "transport's are in use (setting `max_connections`).",
            is_unsent=True,
        )
    if isinstance(error, WriteTimeoutError):
        return timed_out(f"{where} took nothing of the request for {_told(timeouts.write_s)}.")
    return timed_out(f"{where} sent nothing for {_told(timeouts.read_s)}.")


def _told(seconds: float | None) -> str:
    return "the time allowed" if seconds is None or seconds == math.inf else f"{seconds:g} s"


def _unreachable(error: TransferError, where: str) -> ProviderError:
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ProviderError(
            f"The certificate of {where} is not trusted: {cause.verify_message}.",
            kind="connection",
            hint="If the server is your own, name its authority in `ca_file` of the transport.",
        )
    code = cause.errno if isinstance(cause, OSError) else None
    # asyncio's own words name the address tried, several times if there are several
    reason = os.strerror(code) if code is not None and code > 0 else str(error)
    return ProviderError(
        f"No connection to {where}: {reason.rstrip('.')}.",
        kind="connection",
        retryable=True,
        details=dict(UNSENT),
    )
