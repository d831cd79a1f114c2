"""What a request asks for, read as the service reads it; and the five forms of its refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from jackfield.testing import ReceivedRequest, Reply, json_reply

Form: TypeAlias = Literal["A", "B", "C", "D", "E"]
"""How the service writes errors: plain, with a code, unsuccessful, HTML, of newer parts."""

NOT_FOUND_PAGE = (
    "<!DOCTYPE html><html><body><h1>404</h1>This page could not be found.</body></html>"
)


class Refused(Exception):  # noqa: N818 - what the service does, not a mistake of the program
    """The service refuses a request.

    Args:
        reply: What it answers.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def error_reply(
    form: Form,
    status: int,
    message: str = "It went wrong.",
    /,
    *,
    code: str = "INTERNAL_ERROR",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Reply:
    """Return an error in one of the five forms. Source: spec/infinity.md, 3.

    Args:
        form: Which one; `D` is a page of HTML.
        status: The HTTP status.
        message: What happened.
        code: The service's word for it, in the forms that have one (`B`, `E`).
        headers: Of the reply.
        more: Further fields: of the error in `B` and `E`, of the body in `A` and `C`.
    """
    told = dict(headers or {})
    if form == "D":
        html = {"content-type": "text/html; charset=utf-8"}
        return Reply(status=status, headers=html | told, body=NOT_FOUND_PAGE)
    return json_reply(_BODIES[form](message, code, more), status=status, headers=told)


def no_such_route() -> Refused:
    """Return what the platform answers for a path that nobody serves."""
    return Refused(error_reply("D", 404))


@dataclass
class Asked:
    """One request.

    Attributes:
        request: As it came.
        key: The id of the key that it has, if the service knows that key.
    """

    request: ReceivedRequest
    key: str | None = None
    query: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.query = dict(parse_qsl(urlsplit(self.request.path).query, keep_blank_values=True))

    @property
    def path(self) -> str:
        """The path without the query, and without the `/api` of the service's own address."""
        path = urlsplit(self.request.path).path
        return path[4:] if path.startswith("/api/") else path

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent.

        Raises:
            Refused: It is none.
        """
        try:
            body = self.request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused(error_reply("E", 400, "Invalid JSON", code="INVALID_JSON"))
        return body

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that were sent."""
        jar = SimpleCookie(self.request.headers.get("cookie", ""))
        return {name: morsel.value for name, morsel in jar.items()}

    def text(self, name: str, *, most: int = 5000, form: Form = "A") -> str:
        """Return a field of the body that must be a text that says something.

        Raises:
            Refused: It is missing, empty, or longer than `most` characters.
        """
        value = self.body.get(name)
        if not isinstance(value, str) or not value.strip():
            raise Refused(error_reply(form, 400, f"{name} is required", code="VALIDATION_ERROR"))
        if len(value) > most:
            too_long = f"{name} exceeds {most} characters"
            raise Refused(error_reply(form, 400, too_long, code="MESSAGE_TOO_LONG"))
        return value


def _form_a(message: str, code: str, more: dict[str, Any]) -> dict[str, Any]:
    del code
    return {"error": message, **more}


def _form_b(message: str, code: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "message": message, **more}}


def _form_c(message: str, code: str, more: dict[str, Any]) -> dict[str, Any]:
    del code
    return {"success": False, "error": message, **more}


def _form_e(message: str, code: str, more: dict[str, Any]) -> dict[str, Any]:
    stamp = {"timestamp": "2026-01-02T03:04:05.000Z"}
    return {"error": {"code": code, "message": message, **stamp, **more}}


_BODIES = {"A": _form_a, "B": _form_b, "C": _form_c, "E": _form_e}
