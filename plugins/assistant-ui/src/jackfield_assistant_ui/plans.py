"""The calls of a client, without I/O. Source: spec/assistant-ui.md, a.3, a.5 and a.7."""

from typing import Any

from jackfield_assistant_ui.replies import AssistantResponse
from jackfield_assistant_ui.service import THREAD_ID
from jackfield_assistant_ui.wire.choosing import (
    ProtocolName,
    decoder_for,
    decoder_of,
    media_type_of,
)
from jackfield_assistant_ui.wire.decoder import EventDecoder
from jackfield_assistant_ui.wire.events import Event
from jackfield_httpx.service import Body, Call, Item, ItemFlow, Reply, Resource, expanded

CHAT, CANCEL = "/api/chat", "/api/cancel"

_ACCEPT_WHOLE = "application/json, text/event-stream;q=0.9, text/plain;q=0.8"
_ACCEPT_STREAM = "text/event-stream, text/plain;q=0.9, application/json;q=0.5"


def chat_call(client: Resource[Any], body: dict[str, Any]) -> Call[AssistantResponse]:
    """Return the call that asks for an answer as a whole.

    Args:
        client: Who calls.
        body: From `chat_body`.
    """

    def read(reply: Reply) -> AssistantResponse:
        return AssistantResponse(reply, body.get("state"))

    return client.call(
        "POST", CHAT, json=body, accept=_ACCEPT_WHOLE, read_reply=read, metadata=_about(body)
    )


def cancel_call(client: Resource[Any], thread_id: str) -> Call[AssistantResponse]:
    """Return the call that ends what runs in a thread.

    Args:
        client: Who calls.
        thread_id: Of the thread.
    """
    body = {"threadId": thread_id}
    return client.call(
        "POST",
        CANCEL,
        json=body,
        repeatable=True,
        read_reply=AssistantResponse,
        metadata=_about(body),
    )


def chat_events(
    client: Resource[Any], body: dict[str, Any], protocol: ProtocolName | None = None
) -> ItemFlow[Event]:
    """Give the events of an answer as they come.

    Args:
        client: Who calls.
        body: From `chat_body`.
        protocol: What the server speaks; None to see that from the answer.
    """
    return expanded(chat_batches(client, body, protocol), lambda batch: batch)


def chat_batches(
    client: Resource[Any],
    body: dict[str, Any],
    protocol: ProtocolName | None = None,
    *,
    path: str = CHAT,
) -> ItemFlow[list[Event]]:
    """Give the events of an answer as they come, one list for each read.

    Args:
        client: Who calls.
        body: What is sent.
        protocol: What the server speaks; None to see that from the answer.
        path: Of the endpoint.
    """
    call = client.call("POST", path, json=body, accept=_ACCEPT_STREAM, metadata=_about(body))
    opened = yield from call.open()
    yield from decoded(opened, _decoder(opened, protocol, body.get("state")))


def decoded(body: Body, decoder: EventDecoder) -> ItemFlow[list[Event]]:
    """Give what a decoder makes of a body; what comes before a mistake is given, too.

    Raises:
        AssistantProtocolError: Into the flow: the stream cannot be read on.
        AssistantConnectionError: Into the flow: the connection broke.
    """
    chunk: bytes | None = b""
    while chunk is not None and not decoder.is_done:
        chunk = yield from body.read()
        events = decoder.close() if chunk is None else decoder.feed(chunk)
        if chunk is None or _is_over(decoder):
            yield from body.close()
        if events:
            yield Item(events)
        if decoder.problem:
            raise body.broken(decoder.problem)


def _is_over(decoder: EventDecoder) -> bool:
    return decoder.is_done or bool(decoder.problem)


def _decoder(body: Body, protocol: ProtocolName | None, state: Any) -> EventDecoder:
    if protocol is not None:
        return decoder_of(protocol, state)
    found = decoder_for(body.headers, state)
    if found is None:
        what = media_type_of(body.headers) or "something without a content type"
        raise body.broken(f"the server answered with {what}, which is no known stream.")
    return found


def _about(body: dict[str, Any]) -> dict[str, Any]:
    return {THREAD_ID: body.get("threadId")}
