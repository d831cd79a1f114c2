"""What webhooks are told: checking signatures, reading events. Source: spec/infinity.md, 8.

What is signed is disputed: the service signs the JSON text of `data` alone, the example in its
documentation checks the whole body. Both are understood. Neither signs when something was sent,
and where `data` alone is signed, neither is the name of the event.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, cast

from jackfield_httpx.service.json_values import from_json
from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.types import WebhookEvent

Scheme: TypeAlias = Literal["auto", "body", "data"]
"""What is signed: the whole body, the value of `data`, or whichever fits."""

SIGNATURE_HEADER = "X-Infinity-Signature"
EVENT_HEADER = "X-Infinity-Event"
WEBHOOK_ID_HEADER = "X-Infinity-Webhook-Id"

WEBHOOK_EVENTS = (
    "chat.message",
    "chat.response",
    "knowledge.created",
    "memory.stored",
    "user.preferences.updated",
    "subscription.created",
    "subscription.updated",
    "subscription.cancelled",
)
"""The events that the service knows; others may come with a later version of it."""

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DATA_KEY = b'"data":'  # a text in JSON cannot hold it: its quotes would be escaped


def verify_webhook(
    body: bytes, signature: str | None, secret: str, *, scheme: Scheme = "auto"
) -> bool:
    """Tell whether somebody who knows the secret has signed what a webhook was sent.

    Args:
        body: The body as it came, byte by byte; never one that was parsed and written again.
        signature: Value of the header `X-Infinity-Signature`; anything that cannot be one is
            wrong, not an error.
        secret: The webhook's, as it was shown when the webhook was made.
        scheme: What must be signed. Name it once you know it: `auto` accepts both.

    Raises:
        TypeError: The body is no bytes.
        ValueError: The secret is empty, so that anybody could sign.
    """
    return signed_part(body, signature, secret, scheme=scheme) is not None


def parse_webhook(  # noqa: PLR0913 - what is checked, and against what
    body: bytes,
    signature: str | None,
    secret: str,
    *,
    scheme: Scheme = "auto",
    max_age: float | None = None,
    clock: Callable[[], float] = time.time,
) -> WebhookEvent:
    """Return the event that a webhook was sent, once its signature was found to be right.

    Args:
        body: As for `verify_webhook`.
        signature: As for `verify_webhook`.
        secret: As for `verify_webhook`.
        scheme: As for `verify_webhook`.
        max_age: Most seconds between the event's timestamp and now, either way; None for any.
            The timestamp is not signed where `data` alone is.
        clock: Seconds since 1970.

    Raises:
        InfinityAssistantError: `code` is `INVALID_SIGNATURE`, `INVALID_PAYLOAD` (signed, but
            not in the form of an event) or `STALE_TIMESTAMP`.
        TypeError: The body is no bytes.
        ValueError: The secret is empty.
    """
    if not verify_webhook(body, signature, secret, scheme=scheme):
        raise InfinityAssistantError(
            "The signature does not fit what the webhook was sent.", "INVALID_SIGNATURE"
        )
    event = _event_of(body)
    if max_age is not None and not _age_s(event["timestamp"], clock()) <= max_age:
        raise InfinityAssistantError(
            f"The event is of {event['timestamp']}, which is more than {max_age:g} s from now.",
            "STALE_TIMESTAMP",
        )
    return cast("WebhookEvent", {**event, "signature": signature})


def signed_part(
    body: bytes, signature: str | None, secret: str, *, scheme: Scheme = "auto"
) -> bytes | None:
    """Return the bytes that the signature covers; None if it covers nothing that may be signed.

    Args:
        body: As for `verify_webhook`.
        signature: As for `verify_webhook`.
        secret: As for `verify_webhook`.
        scheme: As for `verify_webhook`.

    Raises:
        TypeError: The body is no bytes.
        ValueError: The secret is empty, or there is no such scheme.
    """
    _check(body, secret, scheme)
    if not isinstance(signature, str) or not _HEX.fullmatch(signature):
        return None
    found = None
    for part in _parts(body, scheme):  # each is compared, so that the time does not tell which
        if hmac.compare_digest(sign(part, secret), signature):
            found = part
    return found


def sign(part: bytes, secret: str) -> str:
    """Return the signature of some bytes: lowercase hexadecimal HMAC-SHA256."""
    return hmac.new(secret.encode(), part, hashlib.sha256).hexdigest()


def data_part(body: bytes) -> bytes | None:
    """Return the JSON text of `data` as it stands in a body; None where there is none."""
    _, key, rest = body.partition(_DATA_KEY)
    end = rest.rfind(b"}")
    return rest[:end] if key and end >= 0 else None


def _parts(body: bytes, scheme: Scheme) -> list[bytes]:
    parts = [body] if scheme in ("auto", "body") else []
    data = data_part(body) if scheme in ("auto", "data") else None
    return parts if data is None else [*parts, data]


def _check(body: bytes, secret: str, scheme: str) -> None:
    if not isinstance(body, bytes | bytearray):
        raise TypeError(f"The body of a webhook is bytes as they came, not {type(body).__name__}.")
    if not secret:
        raise ValueError("The secret of the webhook is empty: anybody could sign.")
    if scheme not in ("auto", "body", "data"):
        raise ValueError(f"There is no scheme {scheme!r}: it is auto, body or data.")


def _event_of(body: bytes) -> dict[str, Any]:
    try:
        event = from_json(bytes(body))
    except (ValueError, RecursionError) as exc:
        raise _malformed(f"it is no JSON: {exc}") from exc
    if not isinstance(event, dict):
        raise _malformed("it is no object")
    for name in ("event", "timestamp"):
        if not isinstance(event.get(name), str):
            raise _malformed(f"its {name!r} is no text")
    if "data" not in event:
        raise _malformed("it has no 'data'")
    return {name: event[name] for name in ("event", "timestamp", "data")}


def _malformed(why: str) -> InfinityAssistantError:
    return InfinityAssistantError(
        f"What the webhook was sent is signed, but is no event: {why}.", "INVALID_PAYLOAD"
    )


def _age_s(timestamp: str, now: float) -> float:
    """Return the seconds between an ISO timestamp and now, either way."""
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError as exc:
        raise _malformed(f"its timestamp {timestamp!r} is none") from exc
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return abs(now - moment.timestamp())
