"""A request on its way out, and the rules for sending it. Without I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from jackfield.errors import ProviderError
from jackfield.http import Request
from jackfield_httpx.masking import masked_headers, masked_url, secrets_added, secrets_in
from jackfield_httpx.service.reply import Failure, Reply
from jackfield_httpx.service.service import Service
from jackfield_httpx.service.upload import Upload


@dataclass(slots=True, kw_only=True)
class Outgoing:
    """A request of a service, not yet sent, and the rules for sending it.

    Attributes:
        service: Where it is sent.
        operation: Method and path template, for messages.
        request: Without the headers and credentials that are added when it is sent;
            `repeatable` says whether it may be sent again, `timeout_s` bounds one attempt.
        upload: A body that is read while it is sent.
        accept_statuses: Statuses besides 200 to 299 that are no failure.
        deadline_s: Of all attempts together; None for the service's.
        max_reply_bytes: Longest answer that is read as a whole; None for any.
        authenticated: Whether credentials are added.
        default_headers: Sent unless the service or the request has others of the same name.
    """

    service: Service
    operation: str
    request: Request
    upload: Upload | None = field(default=None, repr=False)
    accept_statuses: Collection[int] = ()
    deadline_s: float | None = None
    max_reply_bytes: int | None = None
    authenticated: bool = True
    default_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Method and URL, without secrets, for messages."""
        return f"{self.request.method} {masked_url(self.request.url)}"

    def accepts(self, status: int) -> bool:
        """Return whether a reply of that status is no failure."""
        return 200 <= status < 300 or status in self.accept_statuses

    def secrets_of(self, sent: Request) -> tuple[str, ...]:
        """Return the credentials of the request as it was sent, the longest first."""
        plain = {"user-agent": self.service.user_agent, **self.default_headers}
        before = replace(self.request, headers={**plain, **self.request.headers})
        found = {*secrets_added(before, sent), *secrets_in(sent)}
        return tuple(sorted(found, key=len, reverse=True))

    def failure(
        self,
        signed: Request | None = None,
        *,
        reply: Reply | None = None,
        cause: ProviderError | None = None,
        attempt: int = 0,
        started: bool = False,
    ) -> Failure:
        """Return what the service is asked to judge, without credentials.

        Args:
            signed: The request as it was sent.
            reply: What was answered.
            cause: What else went wrong.
            attempt: How many attempts there were before.
            started: Whether a part of the answer has reached the caller.
        """
        sent = signed or self.request
        return Failure(
            request=shown(sent),
            operation=self.operation,
            reply=None
            if reply is None
            else reply.without([*self.secrets_of(sent), *reply.secrets]),
            cause=cause,
            attempt=attempt,
            may_repeat=self.request.repeatable,
            answered=reply is not None,
            started=started,
        )


def shown(request: Request) -> Request:
    """Return the request with its credentials masked and without its body."""
    return replace(
        request,
        url=masked_url(request.url),
        headers=masked_headers(request.headers),
        body=None,
        on_notice=None,
    )
