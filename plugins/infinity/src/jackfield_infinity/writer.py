"""Chunks of the service -> the events and the message of an answer. Sans I/O."""

from typing import Any

from jackfield.answer import Answer
from jackfield.usage import Usage
from jackfield_infinity.conversation import CONVERSATION
from jackfield_infinity.problems import failure_of
from jackfield_infinity.types import ChatStreamChunk

SERVICE = "infinity"
"""In the metadata of our answers: what else the service told about one."""


class AnswerWriter:
    """Writes one chat into one answer.

    Args:
        answer: Is told what comes.
        provider: Our name, for errors.

    Attributes:
        rate_limit: What the service told about the quota; None where it did not.
    """

    def __init__(self, answer: Answer, *, provider: str) -> None:
        self._answer = answer
        self._provider = provider
        self._conversation_id: str | None = None
        self.rate_limit: dict[str, Any] | None = None

    def take(self, chunk: ChatStreamChunk) -> str | None:
        """Write a chunk; the last one does not end the answer, `finish` does.

        Returns:
            The id of the conversation when it becomes known, else None.

        Raises:
            ProviderError: The service has failed.
        """
        if chunk["type"] == "text":
            self._answer.text(chunk["content"])
        elif chunk["type"] == "error":
            raise failure_of(chunk, self._provider)
        known = self._conversation_id
        self._note({**chunk.get("metadata", {}), **_conversation(chunk)})
        return None if self._conversation_id == known else self._conversation_id

    def finish(self) -> None:
        """End the answer."""
        self._answer.finish("stop")

    def _note(self, told: dict[str, Any]) -> None:
        message = self._answer.message
        for name, value in told.items():
            if name in ("conversationId", "conversation_id") and isinstance(value, str):
                self._conversation_id = message.metadata[CONVERSATION] = value
            elif name in ("messageId", "message_id") and isinstance(value, str):
                message.response_id = value
            elif name == "rateLimit" and isinstance(value, dict):
                self.rate_limit = value
            elif name == "model" and isinstance(value, str):
                message.response_model = value
            elif name in ("tokensUsed", "tokens_used"):
                message.usage = _usage(value)
            else:
                message.metadata.setdefault(SERVICE, {})[name] = value


def _conversation(chunk: ChatStreamChunk) -> dict[str, Any]:
    conversation_id = chunk.get("conversationId")
    return {"conversationId": conversation_id} if conversation_id else {}


def _usage(value: Any) -> Usage:
    """Return the usage: the service tells one number for question and answer."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return Usage(total_tokens=value) if is_count else Usage()
