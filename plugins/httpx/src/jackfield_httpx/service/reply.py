"""What a service answered, and what went wrong with a call: values without I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jackfield.credentials import MASK
from jackfield.errors import ProtocolError, ProviderError
from jackfield.http import Request
from jackfield_httpx.masking import without as masked
from jackfield_httpx.service.json_values import from_json


@dataclass(slots=True, frozen=True, kw_only=True)
class Reply:
    """An answer that was read to its end.

    Attributes:
        status: The status code.
        headers: The header fields, names in lower case.
        content: The body.
        place: Method and URL, without secrets, for messages.
        secrets: Credentials of the request that was answered: whatever is told of the answer
            goes without them.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    place: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False, compare=False)

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.content.decode("utf-8", "replace")

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case; empty when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the body read as JSON.

        Raises:
            ProtocolError: It is not JSON.
        """
        try:
            return from_json(self.content)
        except ValueError:
            # Not raised from here: the parser's error has the whole body, and whatever of the
            # request's credentials the service repeats in it.
            what = self.media_type or "something without a content type"
        empty = "an empty body" if not self.content else f"{what} that is not JSON"
        raise ProtocolError(
            f"{self.place} answered {self.status} with {empty}.",
            status=self.status,
            request_id=request_id_of(self.headers),
        )

    def without(self, secrets: Iterable[str]) -> "Reply":
        """Return the reply with every one of the secrets masked."""
        content = self.content
        for secret in secrets:
            content = content.replace(secret.encode(), MASK.encode())
        headers = {name: masked(value, secrets) for name, value in self.headers.items()}
        return replace(self, headers=headers, content=content, secrets=())

    def json_or_none(self) -> Any:
        """Return the body read as JSON, or None when that fails or there is none."""
        try:
            return from_json(self.content)
        except ValueError:
            return None


@dataclass(slots=True, kw_only=True)
class Failure:
    """A call that went wrong, for `Service.error` and `Service.retry_wait_s` to judge.

    Attributes:
        request: As it was sent, but its credentials masked.
        operation: The endpoint, for example `GET /v1/threads/{}`.
        reply: What was answered; None when nothing was. Credentials of the request that it
            repeats are masked.
        cause: The error of the network, or of reading the answer; None when the reply itself
            is the failure.
        attempt: How many attempts there were before this one.
        may_repeat: Whether the call allows to be sent again.
        answered: Whether an answer had begun to arrive, so that the service has seen the
            request, even if nobody can read what followed.
        started: Whether a part of the answer has already reached the caller.
        earlier: The failures of the attempts before this one, in order.
    """

    request: Request
    operation: str
    reply: Reply | None = None
    cause: ProviderError | None = None
    attempt: int = 0
    may_repeat: bool = False
    answered: bool = False
    started: bool = False
    earlier: "tuple[Failure, ...]" = field(default=(), repr=False)

    @property
    def status(self) -> int | None:
        """The status code; None when there was no answer."""
        return None if self.reply is None else self.reply.status

    @property
    def request_id(self) -> str | None:
        """The service's id of the failed request."""
        return None if self.reply is None else request_id_of(self.reply.headers)

    @property
    def is_unsent(self) -> bool:
        """Whether no connection was made, so that the service cannot have seen the request."""
        return self.cause is not None and bool(self.cause.details.get("unsent"))

    @property
    def is_timeout(self) -> bool:
        """Whether the failure is that something took too long."""
        return self.cause is not None and self.cause.kind == "timeout"

    @property
    def is_unreadable(self) -> bool:
        """Whether the service accepted the request, but its answer cannot be understood."""
        return self.cause is not None and self.reply is not None


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return the service's id of a request. Source: spec/rulings.md."""
    return headers.get("x-request-id") or headers.get("request-id")
