"""What the service sends to webhooks, signed. Source: spec/infinity.md, 8."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from jackfield_infinity.webhooks import (
    EVENT_HEADER,
    SIGNATURE_HEADER,
    WEBHOOK_ID_HEADER,
    data_part,
    sign,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One POST to a webhook.

    Attributes:
        body: Byte by byte.
        headers: As the service writes their names.
    """

    body: bytes
    headers: dict[str, str]

    @property
    def signature(self) -> str:
        """The value of `X-Infinity-Signature`."""
        return self.headers[SIGNATURE_HEADER]


def delivery(  # noqa: PLR0913 - all that a delivery consists of
    event: str,
    data: Any,
    secret: str,
    *,
    scheme: Literal["body", "data"] = "data",
    timestamp: str = "2026-01-02T03:04:05.000Z",
    webhook_id: str = "00000000-0000-4000-8000-000000000001",
) -> Delivery:
    """Return what the service sends: JSON without spaces, non-ASCII text as it is.

    Args:
        event: Its name.
        data: What is told.
        secret: The webhook's.
        scheme: What is signed: `data` alone as the service does, or the whole `body`.
        timestamp: When it happened.
        webhook_id: Which webhook it is for.
    """
    told = {"event": event, "timestamp": timestamp, "data": data}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    part = body if scheme == "body" else data_part(body)
    assert part is not None  # noqa: S101 - there is `data`
    headers = {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: sign(part, secret),
        EVENT_HEADER: event,
        WEBHOOK_ID_HEADER: webhook_id,
    }
    return Delivery(body=body, headers=headers)
