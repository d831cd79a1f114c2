"""Cassettes: files of recorded exchanges, one JSON object a line.

The first line is `{"cassette": 1}`; then one line for each exchange, in the order in which they
ended:

    {"request": {"method", "url", "headers", "body"},
     "response": {"status", "headers", "chunks": [[at_s, data], ...], "end": "complete"}}

`data` and `body` are text, or `{"base64": "..."}` where the bytes are not UTF-8. `at_s` counts
seconds from the sending of the request. `end` is `complete`, `left` (the reader stopped), or an
object with `kind`, `message` and `retryable` of the failure. An exchange without any answer has
`"error"` with such an object in place of `response`.
"""

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from jackfield.errors import ConfigError, ProviderError
from jackfield.record import Record

VERSION = 1
COMPLETE = "complete"
LEFT = "left"


@dataclass(slots=True, kw_only=True)
class Exchange(Record):
    """One request and what came back.

    Attributes:
        method: Upper case.
        url: Without the values of secret query parameters.
        request_headers: Without the values of credentials.
        body: Of the request, without secret fields; empty for none.
        status: Of the answer; None where there was none.
        headers: Of the answer.
        chunks: Its body: when each piece came, in seconds from the start, and its bytes.
        end: `complete`, `left`, or empty when `failure` says more.
        failure: What ended it; None for nothing.
    """

    method: str
    url: str
    request_headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    end: str = ""
    failure: ProviderError | None = None


def read_cassette(path: Path) -> list[Exchange]:
    """Return the exchanges of a cassette.

    Raises:
        ConfigError: There is no such file, or it is no cassette.
    """
    try:
        lines = path.read_bytes().splitlines()
        head = orjson.loads(lines[0]) if lines else {}
        if not isinstance(head, dict) or head.get("cassette") != VERSION:
            raise ConfigError(
                f"{path} is no cassette of version {VERSION}.", file=str(path), key="path"
            )
        return [_exchange(orjson.loads(line)) for line in lines[1:] if line]
    except OSError as error:
        raise ConfigError(
            f"The cassette {path} cannot be read: {error.strerror}.",
            file=str(path),
            hint="Make it with the transport `record`.",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"The cassette {path} is damaged: {error}.", file=str(path)) from error


def begin_cassette(path: Path) -> None:
    """Make an empty cassette; folders on the way to it are made as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps({"cassette": VERSION}) + b"\n")


def append_exchange(path: Path, exchange: Exchange) -> None:
    """Write one exchange at the end of a cassette."""
    with path.open("ab") as file:
        file.write(orjson.dumps(_plain(exchange)) + b"\n")


def _plain(exchange: Exchange) -> dict[str, Any]:
    request = {
        "method": exchange.method,
        "url": exchange.url,
        "headers": exchange.request_headers,
        "body": _from_bytes(exchange.body),
    }
    failure = _from_error(exchange.failure)
    if exchange.status is None:
        return {"request": request, "error": failure}
    response = {
        "status": exchange.status,
        "headers": exchange.headers,
        "chunks": [[round(at_s, 6), _from_bytes(data)] for at_s, data in exchange.chunks],
        "end": failure or exchange.end,
    }
    return {"request": request, "response": response}


def _exchange(line: dict[str, Any]) -> Exchange:
    request, response = line["request"], line.get("response")
    made = Exchange(
        method=request["method"],
        url=request["url"],
        request_headers=request["headers"],
        body=_to_bytes(request["body"]),
    )
    if response is None:
        made.failure = _to_error(line["error"])
        return made
    made.status, made.headers = response["status"], response["headers"]
    made.chunks = [(at_s, _to_bytes(data)) for at_s, data in response["chunks"]]
    if isinstance(response["end"], dict):
        made.failure = _to_error(response["end"])
    else:
        made.end = response["end"]
    return made


def _from_bytes(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _to_bytes(data: str | dict[str, str]) -> bytes:
    return data.encode() if isinstance(data, str) else base64.b64decode(data["base64"])


def _from_error(error: ProviderError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"kind": error.kind, "message": error.message, "retryable": error.retryable}


def _to_error(told: dict[str, Any]) -> ProviderError:
    return ProviderError(told["message"], kind=told["kind"], retryable=told["retryable"])
