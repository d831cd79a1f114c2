"""Talking to the assistant. Source: spec/infinity.md, 2.2, 2.3 and 6."""

from typing import Any

from jackfield_httpx.service import (
    Body,
    Call,
    D,
    Flow,
    Item,
    ItemFlow,
    decoded_body,
    endpoint,
    items,
)
from jackfield_infinity.answers import chat_response
from jackfield_infinity.endpoints.resource import InfinityResource
from jackfield_infinity.failures import ROUTED
from jackfield_infinity.fields import chat_body
from jackfield_infinity.profiles.routes import Way
from jackfield_infinity.stream.decoder import EventChunks, answer_chunks
from jackfield_infinity.stream.frames import Chunks
from jackfield_infinity.types import ChatResponse, ChatStreamChunk

_CHAT = "/chat"
_STREAM = "/chat/stream"
_ACCEPT = "text/event-stream, application/json;q=0.5"
_NO_STREAM = ("json", "html")


class Chat(InfinityResource[D]):
    """Messages and their answers, whole or as they are written."""

    @endpoint
    def chat(self, /, message: str, **fields: Any) -> Call[ChatResponse]:
        """Send a message and return the answer.

        Args:
            message: What the user says.
            fields: See `ChatRequest`; names also in snake_case: `conversation_id`,
                `driving_mode` ... Others are sent as they are.

        Raises:
            TypeError: A field is given in both ways, or asks for a stream.
            InfinityAssistantError: The service refused or failed.
        """
        if fields.pop("stream", False):
            raise TypeError("chat() returns the whole answer; use chat_stream() for a stream.")
        return self.call("POST", _CHAT, json=chat_body(message, fields), read=chat_response)

    @items
    def chat_stream(self, /, message: str, **fields: Any) -> ItemFlow[ChatStreamChunk]:
        """Send a message and give the answer as it is written.

        The contents of all chunks of type `text` are the answer. The last chunk is of type
        `done`, or of type `error` if the service failed while it wrote.

        Args:
            message: What the user says.
            fields: As for `chat`.

        Raises:
            TypeError: A field is given in both ways.
            InfinityAssistantError: The service refused or failed before the answer began, or
                the connection broke.
        """
        fields.pop("stream", None)
        return self._stream(chat_body(message, fields))

    def _stream(self, body: dict[str, Any]) -> ItemFlow[ChatStreamChunk]:
        ways = {
            "deployed": self._way(_STREAM, body),
            "published": self._way(_CHAT, {**body, "stream": True}),
        }
        call, opened = yield from self.routed("chat_stream", ways)
        if opened.media_type.endswith(_NO_STREAM):
            reply = yield from opened.rest()
            for chunk in call.value_of(reply):
                yield Item(chunk)
        else:
            yield from decoded_body(opened, EventChunks())

    def _way(self, path: str, body: dict[str, Any]) -> Way[tuple[Call[Chunks], Body]]:
        call = self.call(
            "POST", path, json=body, read=answer_chunks, accept=_ACCEPT, metadata={ROUTED: True}
        )
        return Way(f"POST {path}", lambda: _opened(call))


def _opened(call: Call[Chunks]) -> Flow[tuple[Call[Chunks], Body]]:
    body = yield from call.open()
    return call, body
