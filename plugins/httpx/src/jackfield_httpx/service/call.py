"""A call of an endpoint: its request and how its answer is read."""

import uuid
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypedDict, TypeVar

from jackfield.errors import JackfieldError, OptionError, ProtocolError
from jackfield.events import NoticeEvent
from jackfield.http import Request, Timeouts
from jackfield_httpx.masking import SECRETS, Hidden, without
from jackfield_httpx.service.address import path_of, query_of, url_of
from jackfield_httpx.service.body import Body
from jackfield_httpx.service.exchange import exchange, opened
from jackfield_httpx.service.json_values import OMIT, to_json
from jackfield_httpx.service.outgoing import Outgoing
from jackfield_httpx.service.reply import Reply, request_id_of
from jackfield_httpx.service.service import Service
from jackfield_httpx.service.steps import Flow, Step
from jackfield_httpx.service.upload import FilePart, MultipartForm, Upload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

AUTO: Final = "auto"
"""An idempotency key that is drawn for the call: all its attempts carry the same."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BODIES = ("json", "form", "upload", "body")


class CallOptions(TypedDict, total=False):
    """What a call may have besides method, path and reader; nothing is required.

    Attributes:
        query: Values by name, None left out; see `address.query_of`.
        json: The body, written as JSON; `OMIT` values are left out, None is null.
        form: Values by name: a multipart form with `files`, else a URL-encoded one.
        files: Sent as a multipart form, read from the disk while they are sent.
        upload: A body of another kind that is read while it is sent.
        body: The body as bytes; give the content type in `headers`.
        headers: Beside the service's; None values are left out.
        idempotency_key: Sent in the service's header, and allows repetition; `AUTO` draws one.
        repeatable: Whether the call may be sent again; by default for GET, HEAD, OPTIONS and
            with an idempotency key.
        accept: The header; by default `application/json`.
        accept_statuses: Statuses besides 200 to 299 that are no failure.
        timeouts: Of the single steps, instead of the service's.
        timeout_s: Of one attempt, instead of the service's.
        deadline_s: Of the call with all its attempts, instead of the service's; a stream counts
            until it is open.
        max_reply_bytes: Longest answer that is read as a whole, instead of the service's; None
            for any.
        authenticated: False for a call without credentials.
        on_notice: Told of each retry, instead of the service's.
        metadata: For hooks; never sent.
        secrets: Values in the body that are secret; masked in errors that repeat them, and in
            recordings. Those of less than 6 characters are not.
    """

    query: Mapping[str, Any]
    json: Any
    form: Mapping[str, Any]
    files: Sequence[FilePart]
    upload: Upload
    body: bytes
    headers: Mapping[str, str | None]
    idempotency_key: str | None
    repeatable: bool
    accept: str
    accept_statuses: Collection[int]
    timeouts: Timeouts | None
    timeout_s: float | None
    deadline_s: float | None
    max_reply_bytes: int | None
    authenticated: bool
    on_notice: Callable[[NoticeEvent], None] | None
    metadata: dict[str, Any]
    secrets: Iterable[str]


@dataclass(slots=True, kw_only=True)
class Call(Outgoing, Generic[T_co]):
    """One request of a service; a plan that returns what its reader makes of the answer.

    Made by `Resource.call`. It may be driven several times: each time it is sent anew.

    Attributes:
        reader: Makes the value of the accepted reply.
    """

    reader: Callable[[Reply], T_co]

    def __iter__(self) -> Generator[Step[Any], Any, T_co]:
        reply = yield from exchange(self)
        return self.value_of(reply)

    def open(self) -> Flow[Body]:
        """Send the request and return the body, to be read piece by piece."""
        return opened(self)

    def value_of(self, reply: Reply) -> T_co:
        """Return what the reader makes of an accepted reply.

        Raises:
            Exception: What `Service.error` makes of a reply that cannot be understood.
        """
        try:
            return self.reader(reply)
        except ProtocolError as exc:
            problem = exc
        except JackfieldError:
            raise
        except (ValueError, TypeError, LookupError, AttributeError) as exc:
            problem = self._other_form(reply, exc)
            problem.__cause__ = exc
        raise self.service.failed(self.failure(reply=reply, cause=problem))

    def _other_form(self, reply: Reply, exc: Exception) -> ProtocolError:
        told = without(f"{type(exc).__name__}: {exc}", reply.secrets)
        return ProtocolError(
            f"{self.place} answered {reply.status} with something of another form than "
            f"expected: {told}.",
            provider=self.service.name,
            status=reply.status,
            request_id=request_id_of(reply.headers),
        )


def call_of(
    service: Service,
    operation: tuple[str, str, tuple[object, ...]],
    reader: Callable[[Reply], T],
    options: CallOptions,
) -> Call[T]:
    """Return the call of an endpoint.

    Args:
        service: The service.
        operation: Method, path template, ids for the path.
        reader: Makes the value of the accepted reply.
        options: See there.

    Raises:
        OptionError: An id cannot stand in a path, a body cannot be written, there is more than
            one body.
    """
    method, template, ids = operation
    where = f"{method} {template}"
    defaults, body = _body_of(options, where)
    request = Request(
        method=method,
        url=url_of(service.base_url, path_of(template, *ids), options.get("query")),
        headers=_headers_of(service, options),
        body=body,
        repeatable=_is_repeatable(method, options),
        timeouts=options.get("timeouts", service.timeouts),
        timeout_s=options.get("timeout_s", service.timeout_s),
        on_notice=options.get("on_notice", service.on_notice),
        metadata=_metadata_of(options),
    )
    return Call(
        service=service,
        operation=where,
        request=request,
        reader=reader,
        upload=_upload_of(options),
        accept_statuses=options.get("accept_statuses", ()),
        deadline_s=options.get("deadline_s", service.deadline_s),
        max_reply_bytes=options.get("max_reply_bytes", service.max_reply_bytes),
        authenticated=options.get("authenticated", True),
        default_headers={"accept": options.get("accept", "application/json"), **defaults},
    )


def _body_of(options: CallOptions, where: str) -> tuple[dict[str, str], bytes | None]:
    given = [name for name in _BODIES if name in options]
    if len(given) > 1 or ("files" in options and given not in ([], ["form"])):
        raise OptionError(f"{where} has more than one body: {', '.join(given)}.")
    if "json" in options:
        return {"content-type": "application/json"}, to_json(options["json"], where=where)
    if "form" in options and "files" not in options:
        text = query_of(_without_omitted(options["form"]))
        return {"content-type": "application/x-www-form-urlencoded"}, text.encode()
    return {}, options.get("body")


def _upload_of(options: CallOptions) -> Upload | None:
    if "files" not in options:
        return options.get("upload")
    return MultipartForm(_without_omitted(options.get("form", {})), options["files"])


def _metadata_of(options: CallOptions) -> dict[str, Any]:
    metadata = options.get("metadata", {})
    secrets = Hidden(options.get("secrets", ()))
    return {**metadata, SECRETS: secrets} if secrets else metadata


def _headers_of(service: Service, options: CallOptions) -> dict[str, str]:
    given = options.get("headers", {})
    headers = {name.lower(): str(value) for name, value in given.items() if value is not None}
    if key := options.get("idempotency_key"):
        drawn = str(uuid.uuid4() if key == AUTO else key)
        headers[service.idempotency_header.lower()] = drawn
    return headers


def _is_repeatable(method: str, options: CallOptions) -> bool:
    by_default = method in _SAFE_METHODS or bool(options.get("idempotency_key"))
    return options.get("repeatable", by_default)


def _without_omitted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not OMIT}
