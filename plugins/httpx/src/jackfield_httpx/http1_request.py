"""The head of an HTTP/1.1 request, as bytes."""

import re
from collections.abc import Mapping

from jackfield.http import Request
from jackfield_httpx.targets import Target
from jackfield_httpx.transfer_errors import BadRequestError

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_FRAMING = frozenset({"content-length", "host", "transfer-encoding"})

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_HEAD = re.compile(
    rf"{_NAME} [!-~]+ HTTP/1\.1\r\n(?:{_NAME}: (?:[!-~](?:[\t -~]*[!-~])?)?\r\n)+\r\n"
)


def written_head(request: Request, target: Target) -> tuple[bytes, int | None]:
    """Return the head of a request, and the length of its body; None for chunks.

    Raises:
        BadRequestError: A header would break the request, or contradicts its body.
    """
    headers = request.headers
    length = _length(request)
    lines = [f"{request.method} {target.path} HTTP/1.1\r\n", f"host: {target.host}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    if length is None:
        lines.append("transfer-encoding: chunked\r\n")
    elif (length or request.body is not None or request.method in _WITH_BODY) and (
        _declared(headers) is None
    ):
        lines.append(f"content-length: {length}\r\n")
    lines.append("\r\n")
    head = "".join(lines)
    # A line break inside of a value would make a line that looks as good as the others.
    if not _HEAD.fullmatch(head) or head.count("\n") != len(lines):
        raise BadRequestError("A header cannot be sent.")
    return head.encode("ascii"), length


def _length(request: Request) -> int | None:
    declared = _declared(request.headers)
    if request.body_stream is not None:
        return declared
    length = len(request.body or b"")
    if declared not in (None, length):
        raise BadRequestError("The header content-length contradicts the body.")
    return length


def _declared(headers: Mapping[str, str]) -> int | None:
    """Return the content-length that the caller set; other framing is not theirs to set."""
    found = [(name.lower(), value) for name, value in headers.items() if name.lower() in _FRAMING]
    if not found:
        return None
    if len(found) > 1 or found[0][0] != "content-length" or not _is_number(found[0][1]):
        raise BadRequestError("The headers frame the body in a way of their own.")
    return int(found[0][1])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
