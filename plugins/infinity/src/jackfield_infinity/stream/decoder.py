"""Bytes of an answer, however they are cut -> chunks; or its JSON, as a whole.

Source: spec/infinity.md, 6.2.
"""

from typing import Any

from jackfield_httpx.sse import SseDecoder, SseEvent
from jackfield_infinity.answers import chat_response
from jackfield_infinity.exceptions import InfinityAssistantNetworkError
from jackfield_infinity.stream.frames import TERMINAL, Chunks, chunks_of, done, metadata, text
from jackfield_infinity.types import ChatStreamChunk


class EventChunks:
    """Decodes an event stream of any dialect; implements `StreamDecoder`.

    Attributes:
        is_done: Whether the last chunk was given.
    """

    def __init__(self) -> None:
        self.is_done = False
        self._events = SseDecoder()
        self._conversation_id: Any = None

    def feed(self, data: bytes) -> Chunks:
        """Return the chunks that the bytes complete; none after the last.

        Raises:
            ProtocolError: A line is too long.
        """
        return self._chunks(self._events.feed(data))

    def close(self) -> Chunks:
        """Return what the end of the body cut off.

        Raises:
            InfinityAssistantNetworkError: The stream was not over.
        """
        found = self._chunks(self._events.close())
        if not self.is_done:
            raise InfinityAssistantNetworkError("stream ended early", "NETWORK_ERROR", 0)
        return found

    def _chunks(self, events: list[SseEvent]) -> Chunks:
        found: Chunks = []
        for event in events:
            for chunk in chunks_of(event):
                if not self.is_done:
                    found.append(self._noted(chunk))
        return found

    def _noted(self, chunk: ChatStreamChunk) -> ChatStreamChunk:
        """Return the chunk; the last one with the conversation that was named earlier."""
        self.is_done = chunk["type"] in TERMINAL
        told = chunk.get("metadata", {}).get("conversationId")
        self._conversation_id = told or self._conversation_id
        if chunk["type"] == "done" and self._conversation_id:
            chunk.setdefault("conversationId", self._conversation_id)
        return chunk


def answer_chunks(body: dict[str, Any]) -> Chunks:
    """Return the chunks of an answer that came as a whole: from a service that does not stream."""
    answer: Any = chat_response(body)
    conversation_id = answer.get("conversationId")
    about = dict(answer["metadata"]) if isinstance(answer.get("metadata"), dict) else {}
    for name in ("conversationId", "rateLimit"):
        if answer.get(name):
            about[name] = answer[name]
    return [*text(answer.get("response")), *metadata(about), *done(conversation_id)]
