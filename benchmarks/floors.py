"""What the figures are compared with: hand-written loops over the same bytes.

`Raw` is httpx2 and orjson, `Socket` is asyncio streams and orjson. Neither builds an event.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
import orjson

NUMBER = {"type": "integer"}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Add two numbers.",
            "parameters": {
                "type": "object",
                "properties": {"a": NUMBER, "b": NUMBER},
                "required": ["a", "b"],
            },
        },
    }
]


class Raw:
    """httpx2 and orjson, with one pooled client."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/chat/completions"
        self._client = httpx2.AsyncClient(timeout=60)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def text(self, model: str) -> str:
        """Make one call and return the text of the answer."""
        pieces = []
        async for chunk in self._chunks(model, [_user("go")]):
            if chunk["choices"] and (content := chunk["choices"][0]["delta"].get("content")):
                pieces.append(content)  # noqa: PERF401 - one loop, as a person writes it
        return "".join(pieces)

    async def tool_loop(self, model: str) -> None:
        """Call the model and answer its tool calls until it makes none."""
        messages: list[Any] = [_user("go")]
        while True:
            calls: list[Any] = []
            async for chunk in self._chunks(model, messages):
                if chunk["choices"]:
                    calls += chunk["choices"][0]["delta"].get("tool_calls", ())
            if not calls:
                return
            messages.append({"role": "assistant", "content": None, "tool_calls": calls})
            for call in calls:
                given = orjson.loads(call["function"]["arguments"])
                result = str(given["a"] + given["b"])
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})

    async def _chunks(self, model: str, messages: list[Any]) -> AsyncGenerator[Any, None]:
        body = orjson.dumps({"model": model, "messages": messages, "stream": True, "tools": TOOLS})
        headers = {"authorization": "Bearer x", "content-type": "application/json"}
        rest = b""
        request = self._client.stream("POST", self._url, content=body, headers=headers)
        async with request as response:
            async for data in response.aiter_bytes():
                *events, rest = (rest + data).split(b"\n\n")
                for event in events:
                    if event != b"data: [DONE]":
                        yield orjson.loads(event[6:])


class Socket:
    """asyncio streams and orjson; batched answers only, one connection a call."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is kept open."""

    async def text(self, model: str) -> str:
        """Make one call and return the text of the answer."""
        reader, writer = await asyncio.open_connection(*self._address)
        body = orjson.dumps({"model": model, "messages": [_user("go")], "stream": True})
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        await reader.readuntil(b"\r\n\r\n")
        pieces, rest = [], b""
        while size := int((await reader.readline())[:-2], 16):
            data = await reader.readexactly(size + 2)
            *events, rest = (rest + data[:-2]).split(b"\n\n")
            for event in events:
                if event != b"data: [DONE]":
                    chunk = orjson.loads(event[6:])
                    if chunk["choices"]:
                        pieces.append(chunk["choices"][0]["delta"].get("content") or "")
        writer.close()
        await writer.wait_closed()
        return "".join(pieces)


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}
