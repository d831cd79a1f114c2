"""A small ASGI app that takes what webhooks are sent and gives you the events in it.

    receiver = WebhookReceiver(secret, handle)      # mount it, or: uvicorn module:receiver

It needs no framework. Source: spec/infinity.md, 8.
"""

import inspect
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Literal, TypeAlias

import orjson

from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.replays import SeenDeliveries
from jackfield_infinity.types import WebhookEvent
from jackfield_infinity.webhooks import (
    SIGNATURE_HEADER,
    WEBHOOK_ID_HEADER,
    Scheme,
    parse_webhook,
    signed_part,
)

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
EventHandler: TypeAlias = Callable[[WebhookEvent], Awaitable[None] | None]

MAX_AGE_S = 300.0
MAX_BODY_BYTES = 1024 * 1024

_STATUSES = {"INVALID_SIGNATURE": 401, "INVALID_PAYLOAD": 400, "STALE_TIMESTAMP": 400}

_log = logging.getLogger(__name__)


class WebhookReceiver:
    """Checks what comes and hands each event to a function, once.

    The sender makes one attempt for each event and switches a webhook off after five failures
    in a row: so what was seen before is answered with 200, and only what is wrong with another
    status. The function is awaited before the answer; if it fails, the answer is 500.

    Args:
        secret: The webhook's secret; or the secrets of several webhooks, by their ids.
        handle: Takes an event; may be async.
        scheme: What must be signed; name it once you know it.
        max_age: Most seconds between an event's timestamp and now, either way, and how long
            deliveries are remembered; None for any age, remembered for `MAX_AGE_S`.
        same: What makes a delivery one that was seen before: the same `body`, or the same
            `signed` part. Where `data` alone is signed, `signed` also catches a replay whose
            timestamp was changed; but events that truly say the same twice are dropped, too.
        max_body_bytes: Longest body.
        clock: Seconds since 1970.

    Raises:
        ValueError: There is no secret.
    """

    def __init__(  # noqa: PLR0913 - what is checked, and against what
        self,
        secret: str | Mapping[str, str],
        handle: EventHandler,
        *,
        scheme: Scheme = "auto",
        max_age: float | None = MAX_AGE_S,
        same: Literal["body", "signed"] = "body",
        max_body_bytes: int = MAX_BODY_BYTES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not secret or (not isinstance(secret, str) and not all(secret.values())):
            raise ValueError("A webhook receiver needs the webhook's secret.")
        self._secret = secret
        self._nobodys = secrets.token_hex(32)
        self._handle = handle
        self._scheme: Scheme = scheme
        self._max_age = max_age
        self._same = same
        self._max_body_bytes = max_body_bytes
        self._clock = clock
        # A timestamp may lie as far in the future as in the past.
        self._seen = SeenDeliveries(2 * (MAX_AGE_S if max_age is None else max_age), clock)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request; the interface of ASGI."""
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        if scope["type"] != "http":
            raise ValueError(f"A webhook receiver serves HTTP, not {scope['type']}.")
        if scope["method"] != "POST":
            return await _answer(send, 405, {"error": "Method not allowed"}, allow=b"POST")
        body = await _body(receive, self._max_body_bytes)
        if body is None:
            return None  # nobody waits for an answer
        if len(body) > self._max_body_bytes:
            return await _answer(send, 413, {"error": "The body is too large"})
        status, told = await self.take(body, _headers(scope))
        return await _answer(send, status, told)

    async def take(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Take one delivery that has arrived in some other way.

        Args:
            body: As it came, byte by byte.
            headers: Names in lower case.

        Returns:
            The status and the JSON document to answer.
        """
        secret = self._secret_for(headers)
        signature = headers.get(SIGNATURE_HEADER.lower())
        try:
            event = self._checked(body, signature, secret)
        except InfinityAssistantError as error:
            _log.warning("A webhook was refused: %s", error)
            return _STATUSES[str(error.code)], {"error": error.message, "code": error.code}
        digest = self._seen.digest(self._identity(body, signature, secret))
        if not self._seen.add(digest):
            return 200, {"received": True, "duplicate": True}
        return await self._handled(event, digest)

    async def _handled(self, event: WebhookEvent, digest: bytes) -> tuple[int, dict[str, Any]]:
        try:
            handling = self._handle(event)
            if inspect.isawaitable(handling):
                await handling
        except BaseException as error:
            self._seen.forget(digest)  # so that it may be sent again
            if not isinstance(error, Exception):
                raise
            _log.exception("The handler of the webhook event %s failed", event["event"])
            return 500, {"error": "The event could not be handled"}
        return 200, {"received": True}

    def _checked(self, body: bytes, signature: str | None, secret: str) -> WebhookEvent:
        return parse_webhook(
            body,
            signature,
            secret,
            scheme=self._scheme,
            max_age=self._max_age,
            clock=self._clock,
        )

    def _identity(self, body: bytes, signature: str | None, secret: str) -> bytes:
        if self._same == "body":
            return body
        return signed_part(body, signature, secret, scheme=self._scheme) or body

    def _secret_for(self, headers: Mapping[str, str]) -> str:
        """Return the secret to check with; nobody knows the one of an unknown webhook."""
        if isinstance(self._secret, str):
            return self._secret
        name = headers.get(WEBHOOK_ID_HEADER.lower(), "")
        return self._secret.get(name) or self._nobodys


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
    }


async def _body(receive: Receive, most: int) -> bytes | None:
    """Return the body, or more than `most` bytes of it; None if its sender is gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most or not message.get("more_body", False):
            return bytes(body)


async def _answer(send: Send, status: int, told: dict[str, Any], **more: bytes) -> None:
    body = orjson.dumps(told)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    headers += [(name.encode(), value) for name, value in more.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    """Say yes to whatever the server asks as it begins and ends."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
