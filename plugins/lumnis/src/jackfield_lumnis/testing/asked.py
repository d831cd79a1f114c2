"""What a request asks for, read as the service reads it; and how the service refuses it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jackfield.testing import ReceivedRequest, Reply, json_reply


class Refused(Exception):  # noqa: N818 - what the service does, not a mistake of the program
    """The service refuses a request.

    Args:
        reply: What it answers.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def error_reply(status: int, code: str, message: str, **details: Any) -> Reply:
    """Return an error in the words of the service. Source: spec/lumnis.md, 5."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = details
    return json_reply({"error": error}, status=status, headers={"x-request-id": "req-refused"})


def missing(kind: str, name: str) -> Refused:
    """Return the refusal of something that is not there."""
    return Refused(error_reply(404, "NOT_FOUND", f"There is no {kind} {name!r}."))


def invalid(where: str, message: str) -> Refused:
    """Return the refusal of a field, in the form of the service's framework."""
    detail = [{"loc": where.split("."), "msg": f"{where}: {message}", "type": "value_error"}]
    return Refused(json_reply({"detail": detail}, status=422))


@dataclass(frozen=True, slots=True)
class FormPart:
    """One part of a multipart body; `filename` is None for plain fields."""

    name: str
    filename: str | None
    content: bytes


@dataclass
class Asked:
    """One request and the ids of its path, decoded."""

    request: ReceivedRequest
    ids: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent.

        Raises:
            Refused: It is none.
        """
        try:
            body = self.request.json()
        except ValueError:
            raise invalid("body", "is no JSON") from None
        if not isinstance(body, dict):
            raise invalid("body", "must be an object")
        return body

    @cached_property
    def parts(self) -> list[FormPart]:
        """The parts of a multipart body.

        Raises:
            Refused: There is no such body.
        """
        kind = self.request.headers.get("content-type", "")
        found = re.search(r'boundary="?([^";]+)"?', kind)
        if not kind.startswith("multipart/form-data") or not found:
            raise invalid("body", "must be multipart/form-data")
        pieces = (b"\r\n" + self.request.body).split(b"\r\n--" + found[1].encode())
        return [_part(piece) for piece in pieces[1:-1]]

    @cached_property
    def form(self) -> dict[str, str]:
        """The plain fields of a multipart body."""
        plain = [part for part in self.parts if part.filename is None]
        return {part.name: part.content.decode() for part in plain}

    def needed(self, name: str, kind: type | tuple[type, ...] = str) -> Any:
        """Return a field of the body that must be there and not empty.

        Raises:
            Refused: It is missing or of another type.
        """
        value = self.body.get(name)
        if not isinstance(value, kind) or value in ("", [], {}):
            raise invalid(f"body.{name}", "is required")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return a field of the body or the form that must be one of these words.

        Raises:
            Refused: It is another.
        """
        is_form = self.request.headers.get("content-type", "").startswith("multipart/")
        source: Mapping[str, Any] = self.form if is_form else self.body
        value = source.get(name, default)
        if value not in allowed:
            raise invalid(f"body.{name}", f"must be one of {', '.join(allowed)}")
        return str(value)

    def number(self, name: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
        """Return a whole number of the query.

        Raises:
            Refused: It is none, or out of bounds.
        """
        text = self.query.get(name, str(default))
        if not re.fullmatch(r"-?\d+", text) or not least <= int(text) <= most:
            raise invalid(f"query.{name}", f"must be a whole number from {least} to {most}")
        return int(text)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean of the query.

        Raises:
            Refused: It is neither `true` nor `false`.
        """
        text = self.query.get(name, str(default).lower())
        if text not in ("true", "false"):
            raise invalid(f"query.{name}", "must be true or false")
        return text == "true"


def asked_of(request: ReceivedRequest, ids: tuple[str, ...]) -> Asked:
    """Return a request with its query read."""
    query = dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True))
    return Asked(request, ids, query)


def _part(raw: bytes) -> FormPart:
    head, _, content = raw.partition(b"\r\n\r\n")
    names = dict(re.findall(r'(name|filename)="([^"]*)"', head.decode()))
    if "name" not in names:
        raise invalid("body", "has a part without a name")
    return FormPart(_unescaped(names["name"]) or "", _unescaped(names.get("filename")), content)


def _unescaped(name: str | None) -> str | None:
    if name is None:
        return None
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
