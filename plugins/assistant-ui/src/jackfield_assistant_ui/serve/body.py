"""Reading the body of a request: bounded in size and in time."""

import asyncio
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from jackfield_assistant_ui.serve.fields import Json, table
from jackfield_assistant_ui.serve.refusal import RefusalError
from jackfield_assistant_ui.serve.settings import ServeSettings


async def read_json(request: Request, settings: ServeSettings) -> Json:
    """Return the JSON object that a request brings.

    Raises:
        RefusalError: It is too large, too slow, or no JSON object.
    """
    try:
        async with asyncio.timeout(settings.request_timeout_s):
            raw = await _read(request, settings.max_body_bytes)
    except TimeoutError:
        headers = {"connection": "close"}
        raise RefusalError(408, "The request took too long.", headers=headers) from None
    except ClientDisconnect:
        raise RefusalError(400, "The request was cut off.") from None
    try:
        value: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise RefusalError(400, "The body is not valid JSON.") from None
    return table(value, "The body")


async def _read(request: Request, limit: int) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(limit: int) -> RefusalError:
    # The rest of the body is on its way: the connection cannot be used again.
    headers = {"connection": "close"}
    return RefusalError(413, f"The request is larger than {limit} bytes.", headers=headers)
