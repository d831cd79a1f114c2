"""A chat-completions server in a process of its own: its CPU is nobody's but its own.

What it answers depends on the model's name: `batched-N` (N text deltas, 16 KiB to an HTTP chunk),
`framed-N` (every event its own HTTP chunk), `paced-N` (one write for each event), `tools-N` (asks
for a tool until N results are there), `parallel-N` (N calls at once, then an answer).
"""

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"transfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n"
)
LAST = b"0\r\n\r\n"
BATCH_BYTES = 16 * 1024
PAUSE_S = 0.0001


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start the server and give its base URL; it ends with the context."""
    process = subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def event(delta: object, finish: str | None = None) -> bytes:
    """Return one SSE event in the size and form that services send."""
    chunk = {
        "id": "chatcmpl-9f2c41",
        "object": "chat.completion.chunk",
        "created": 1795000000,
        "model": "bench",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def text_events(count: int) -> list[bytes]:
    """Return the events of an answer of `count` deltas of four characters."""
    usage = {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": count + 10}
    last = json.dumps({"id": "chatcmpl-9f2c41", "choices": [], "usage": usage}).encode()
    first = event({"role": "assistant", "content": ""})
    end = [event({}, "stop"), b"data: " + last + b"\n\n", b"data: [DONE]\n\n"]
    return [first, *([event({"content": "abcd"})] * count), *end]


def call_events(count: int, number: int) -> list[bytes]:
    """Return the events of an answer that asks for `count` tool calls."""
    calls = [
        {
            "index": index,
            "id": f"call_{number}_{index}",
            "type": "function",
            "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'},
        }
        for index in range(count)
    ]
    each = [event({"tool_calls": [call]}) for call in calls]
    return [*each, event({}, "tool_calls"), b"data: [DONE]\n\n"]


def http_chunk(data: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def answer(model: str, body: bytes) -> tuple[str, list[bytes]]:
    """Return how to frame the answer, and its events."""
    form, _, number = model.partition("-")
    count = int(number)
    if form in ("tools", "parallel"):
        results = body.count(b'"role":"tool"') + body.count(b'"role": "tool"')
        wanted = 1 if form == "tools" else count
        if results < count:
            return "batched", call_events(wanted, results)
        return "batched", text_events(1)
    return form, text_events(count)


async def send(writer: asyncio.StreamWriter, form: str, events: list[bytes]) -> None:
    """Send an answer in the form that was asked for."""
    writer.write(HEAD)
    if form == "paced":
        for each in events:
            writer.write(http_chunk(each))
            await writer.drain()
            await asyncio.sleep(PAUSE_S)
    elif form == "framed":
        whole = b"".join(map(http_chunk, events))
        for start in range(0, len(whole), BATCH_BYTES):
            writer.write(whole[start : start + BATCH_BYTES])
            await writer.drain()
    else:
        whole = b"".join(events)
        for start in range(0, len(whole), BATCH_BYTES):
            writer.write(http_chunk(whole[start : start + BATCH_BYTES]))
            await writer.drain()
    writer.write(LAST)
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            found = re.search(rb'"model"\s*:\s*"([^"]+)"', body)
            await send(writer, *answer(found[1].decode() if found else "batched-1", body))
    writer.close()


async def main() -> None:
    """Listen on a free port and say which."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
