"""Who may ask what: tokens, hosts, origins, rates. An ASGI middleware before all routes.

A browser sends what any page asks for. Without tokens the names under which the server is called
are checked (a page of another name may point to this machine), and pages of other origins are
refused always, unless they are named.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jackfield_assistant_ui.serve.rate import RateLimit
from jackfield_assistant_ui.serve.refusal import RefusalError
from jackfield_assistant_ui.serve.reply import STREAM_ID_HEADER, plain_reply
from jackfield_assistant_ui.serve.settings import ServeSettings, is_loopback
from jackfield_assistant_ui.serve.users import Users

EXPOSED = ", ".join(
    (
        "x-vercel-ai-data-stream",
        "x-vercel-ai-ui-message-stream",
        STREAM_ID_HEADER,
        "Aui-Replay-Content-Length",
    )
)
"""Headers that a page of another origin may read. Source: spec/assistant-ui.md, c.0."""

_API = ("/api/", "/assistant", "/resume")
_HARMLESS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class _Asking:
    """What the guard looks at."""

    method: str
    path: str
    headers: Headers
    client: str

    @property
    def is_api(self) -> bool:
        return self.path.startswith(_API)


class Guard:
    """Refuses what must not reach the routes; those find the user in `scope["user"]`.

    Args:
        app: The routes.
        users: Knows the tokens.
        settings: Has hosts, origins and rates.
    """

    def __init__(self, app: ASGIApp, users: Users, settings: ServeSettings) -> None:
        self._app = app
        self._users = users
        self._hosts = {host.lower() for host in (*settings.hosts, settings.host)}
        self._origins = {origin.rstrip("/").lower() for origin in settings.cors_origins}
        self._rate = RateLimit(settings.requests_per_minute)
        self._failures = RateLimit(30)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        client = scope.get("client")
        asking = _Asking(
            scope["method"], scope["path"], Headers(scope=scope), client[0] if client else ""
        )
        allowed = self._allowed_origin(asking)
        send = _with_headers(send, _cors_headers(allowed))
        try:
            reply = self._checked(scope, asking, allowed)
        except RefusalError as refusal:
            reply = plain_reply(refusal.text, refusal.status, refusal.headers)
        await (reply or self._app)(scope, receive, send)

    def _checked(self, scope: Scope, asking: _Asking, origin: str) -> Response | None:
        """Return a reply of our own, or None once the user is known."""
        self._check_host(asking)
        if asking.method == "OPTIONS":
            return _preflight(asking, origin)
        if asking.is_api:
            self._check_origin(asking, origin)
            scope["user"] = self._user(asking)
            _check_content(asking)
        return None

    def _check_host(self, asking: _Asking) -> None:
        if self._users.needs_token:
            return
        name = _host_name(asking.headers.get("host", ""))
        if not is_loopback(name) and name not in self._hosts:
            raise RefusalError(403, "The server is not called by this name.")

    def _allowed_origin(self, asking: _Asking) -> str:
        """Return the origin of a page of another server that may call; empty for none."""
        origin = asking.headers.get("origin", "")
        return origin if origin.lower() in self._origins else ""

    def _check_origin(self, asking: _Asking, allowed: str) -> None:
        origin = asking.headers.get("origin")
        if allowed:
            return
        if origin is not None:
            if urlsplit(origin).netloc.lower() != asking.headers.get("host", "").lower():
                raise RefusalError(403, "Pages of this origin may not call the server.")
        elif asking.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            raise RefusalError(403, "Pages of other origins may not call the server.")

    def _user(self, asking: _Asking) -> str:
        user = self._users.user_of(asking.headers.get("authorization", ""))
        if user is None:
            wait = self._failures.wait_s(asking.client)
            if wait:
                raise _too_many(wait)
            challenge = {"www-authenticate": "Bearer"}
            raise RefusalError(401, "A valid token is needed.", headers=challenge)
        wait = self._rate.wait_s(user)
        if wait:
            raise _too_many(wait)
        return user


def _too_many(wait_s: float) -> RefusalError:
    headers = {"retry-after": str(math.ceil(wait_s))}
    return RefusalError(429, "Too many requests. Try again later.", headers=headers)


def _check_content(asking: _Asking) -> None:
    """Refuse what a form of another page could send without asking first."""
    if asking.method not in ("POST", "PATCH", "PUT"):
        return
    kind = asking.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusalError(415, "The body must be application/json.")


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def _preflight(asking: _Asking, origin: str) -> Response:
    if not origin:
        raise RefusalError(403, "Pages of this origin may not call the server.")
    asked = asking.headers.get("access-control-request-headers", "")
    headers = {
        "access-control-allow-methods": "POST, GET, PATCH, DELETE, OPTIONS",
        "access-control-max-age": "600",
    }
    if asked:
        headers["access-control-allow-headers"] = asked
    return Response(None, 204, headers)


def _cors_headers(origin: str) -> Iterable[tuple[str, str]]:
    if not origin:
        return ()
    return (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", EXPOSED),
        ("vary", "origin"),
    )


def _with_headers(send: Send, extra: Iterable[tuple[str, str]]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in (*_HARMLESS.items(), *extra):
                headers.setdefault(name, value)
        await send(message)

    return sending
