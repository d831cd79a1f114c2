"""One call on its way: credentials, attempts, one refresh on a 401, errors. Without I/O."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from jackfield.errors import ProviderError
from jackfield.http import Request
from jackfield_httpx.masking import masked_headers, masked_url
from jackfield_httpx.retry import Schedule
from jackfield_httpx.service.body import Body, read_refusal, read_whole
from jackfield_httpx.service.outgoing import Outgoing, shown
from jackfield_httpx.service.reply import Failure, Reply
from jackfield_httpx.service.service import HeaderSource, Service
from jackfield_httpx.service.steps import Ask, Close, Flow, Opened, Pause, Plan, Ready, Send
from jackfield_httpx.service.upload import Upload

T = TypeVar("T")


def exchange(outgoing: Outgoing) -> Flow[Reply]:
    """Send until a reply is accepted and has been read to its end.

    Raises:
        Exception: What `Service.error` makes of the last failure.
    """
    reply, signed = yield from _attempts(
        outgoing, lambda answer: read_whole(outgoing, answer), is_stream=False
    )
    return replace(reply, secrets=outgoing.secrets_of(signed))


def opened(outgoing: Outgoing) -> Flow[Body]:
    """Send until a reply is accepted; its body is still to be read.

    Raises:
        Exception: What `Service.error` makes of the last failure.
    """
    answer, signed = yield from _attempts(outgoing, Ready, is_stream=True)
    return Body(outgoing, signed, answer)


def received(outgoing: Outgoing, take: Callable[[Opened], Plan[T]]) -> Flow[T]:
    """Send until a reply is accepted and its body was taken: one that breaks is asked for again.

    Args:
        outgoing: The request.
        take: Reads the body with `Read`; it is called anew for each body.

    Raises:
        Exception: What `Service.error` makes of the last failure.
    """
    value, _ = yield from _attempts(outgoing, take, is_stream=True)
    return value


def _attempts(
    outgoing: Outgoing, take: Callable[[Opened], Plan[T]], *, is_stream: bool
) -> Flow[tuple[T, Request]]:
    service = outgoing.service
    request = yield from _with_headers(outgoing)
    schedule = _schedule(outgoing, request)
    refreshed = not outgoing.authenticated or service.auth is None
    failures: tuple[Failure, ...] = ()
    while True:
        signed = yield from _signed(outgoing, schedule, is_stream=is_stream)
        outcome = yield from _attempt(outgoing, signed, schedule.retries, take)
        if not isinstance(outcome, Failure):
            return outcome, signed
        if outcome.status == 401 and not refreshed:
            refreshed = True
            if (yield from _renewed(service, signed)):
                continue
        outcome.earlier = failures
        judged = service.judge(outcome)
        wait = schedule.wait_s(judged) if service.may_repeat(outcome) else None
        if wait is None:
            raise service.failed(outcome)
        failures = (*failures, outcome)
        schedule.tell(judged, wait)
        yield from Pause(wait)


def _schedule(outgoing: Outgoing, request: Request) -> Schedule:
    service = outgoing.service
    deadline = outgoing.deadline_s if outgoing.deadline_s is not None else service.deadline_s
    # Whether a failure may be repeated is asked for each one.
    whole = replace(request, repeatable=True, timeout_s=deadline)
    return Schedule(whole, service.retries, service.clock)


def _with_headers(outgoing: Outgoing) -> Flow[Request]:
    service, request = outgoing.service, outgoing.request
    headers = {"user-agent": service.user_agent} if service.user_agent else {}
    headers |= outgoing.default_headers
    headers |= yield from _given_headers(service.headers)
    headers |= request.headers
    if outgoing.upload is not None:
        headers |= _upload_headers(outgoing.upload)
    request = replace(request, headers=headers)
    for hook in service.before:
        request = (yield from Ask(hook, (request,), "request hooks")) or request
    return request


def _upload_headers(upload: Upload) -> dict[str, str]:
    size = upload.size_bytes
    headers = {"content-type": upload.content_type}
    return headers if size is None else {**headers, "content-length": str(size)}


def _given_headers(source: HeaderSource | None) -> Flow[dict[str, str]]:
    headers: Any = source
    if callable(source) and not isinstance(source, Mapping):
        headers = yield from Ask(source, (), "header functions")
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise TypeError(f"Headers must be a mapping, not {type(headers).__name__}.")
    return {name.lower(): value for name, value in headers.items()}


def _signed(outgoing: Outgoing, schedule: Schedule, *, is_stream: bool) -> Flow[Request]:
    service = outgoing.service
    request = schedule.single()
    if outgoing.authenticated and service.auth is not None:
        request = yield from service.auth.apply(request)
    attempt_s = None if is_stream else outgoing.request.timeout_s
    bounds = [each for each in (attempt_s, request.timeout_s) if each is not None]
    # The retries are ours: a transport below must not add its own.
    return replace(
        request,
        repeatable=False,
        max_retries=0,
        timeout_s=max(min(bounds), 1e-3) if bounds and not is_stream else None,
        on_notice=None,
        metadata=outgoing.request.metadata,
    )


def _attempt(
    outgoing: Outgoing, signed: Request, attempt: int, take: Callable[[Opened], Plan[T]]
) -> Flow[T | Failure]:
    opened: Opened | None = None
    try:
        opened = yield from Send(signed, outgoing.upload)
        yield from _told(outgoing, signed, opened)
        if outgoing.accepts(opened.status):
            return (yield from take(opened))
        reply = yield from read_refusal(outgoing, opened)
    except ProviderError as exc:
        if opened is not None:
            yield from Close(opened)
        failure = outgoing.failure(signed, cause=exc, attempt=attempt)
        failure.answered = opened is not None or bool(exc.details.get("answered"))
        return failure
    return outgoing.failure(signed, reply=reply, attempt=attempt)


def _told(outgoing: Outgoing, signed: Request, opened: Opened) -> Flow[None]:
    service = outgoing.service
    where = masked_url(signed.url)
    service.logger.debug(
        "%s %s %s -> %d", signed.method, where, masked_headers(signed.headers), opened.status
    )
    for hook in service.after:
        arguments = (shown(signed), opened.status, opened.headers)
        yield from Ask(hook, arguments, "response hooks")


def _renewed(service: Service, signed: Request) -> Flow[bool]:
    if service.auth is None:
        return False
    return bool((yield from service.auth.refused(signed, 401)))
