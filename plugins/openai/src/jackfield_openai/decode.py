"""Chunks of an answer -> what `jackfield.answer.Answer` is told. Pure: no I/O.

Deltas: `jackfield_openai.delta`. Sources: spec/openrouter.md, 9 to 12 and 16; spec/rulings.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from jackfield.answer import Answer
from jackfield.errors import ProtocolError, ProviderError
from jackfield.messages import AssistantMessage
from jackfield.usage import Usage, reported_usage
from jackfield_httpx.payloads import PayloadReader
from jackfield_httpx.service_errors import error_from_object
from jackfield_openai.delta import DeltaDecoder
from jackfield_openai.dialect import Dialect, FinishReason
from jackfield_openai.no_chunk import COMPLAINT, no_chunk
from jackfield_openai.plain import NO_PATTERN, Pattern, PatternTrials, make_pattern

METADATA_FIELDS = ("provider", "service_tier", "system_fingerprint", "timings")
"""Fields of a chunk that are kept in the message's `metadata`; the last value counts."""

_KNOWN: frozenset[str] = frozenset({"stop", "length", "tool_calls", "content_filter", "error"})


class ChunkDecoder(DeltaDecoder):
    """Decodes one answer. Subclass it for what only one service sends: `take_*`, `sign_thinking`.

    Call `feed` with the data lines of each network read until `is_over`, or `chunk` with the
    object of an answer that is not streamed; then `close`, or `cut` if the transfer broke off.
    Whatever they raise is the end of the answer.

    Args:
        answer: Is filled.
        dialect: How the endpoint answers.
        provider: The provider's name, for errors.
        headers: Of the response, for errors; names in lower case.

    Attributes:
        answer: The same.
        provider: The same.
        has_begun: A chunk with a choice was there.
        is_over: The end mark was there; what follows is not read.
    """

    metadata_fields: tuple[str, ...] = METADATA_FIELDS

    def __init__(
        self,
        answer: Answer,
        dialect: Dialect,
        *,
        provider: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(answer, dialect)
        self._headers = headers or {}
        self.provider = provider
        self.has_begun = False
        self.is_over = False
        _forget(answer.message)
        self._payloads = PayloadReader(COMPLAINT)
        self._patterns = PatternTrials()
        self._pattern = NO_PATTERN
        self._chunks = 0
        self._model = answer.message.model
        self._usage: object = None
        self._finish = ""
        self._is_filtered = False

    def feed(self, payloads: Sequence[bytes]) -> None:
        """Take data lines of the stream, one network read at a time.

        Raises:
            ProviderError: The server sent an error, or what is no chunk.
        """
        if self.is_over:
            return
        self._chunks += len(payloads)
        prefix, suffix, begin, end, add = self._pattern
        for raw in payloads:
            if raw.startswith(prefix) and raw.endswith(suffix):
                try:
                    text = orjson.loads(raw[begin:end])
                except orjson.JSONDecodeError:
                    text = None
                if text.__class__ is str:
                    add(text)
                    continue
            chunk = self._payloads.read(raw)
            if chunk is not None:
                field = self.chunk(chunk)
                # What it said may differ from what the chunks of the old pattern say.
                self._pattern = self._learned(raw, chunk, field) if field else NO_PATTERN
                prefix, suffix, begin, end, add = self._pattern
            elif self._payloads.is_over:
                self.is_over = True
                return

    def chunk(self, chunk: dict[str, Any]) -> str:
        """Take one chunk, or an answer that is not streamed.

        Returns:
            The field of the delta whose text is all that the chunk says; else an empty text.

        Raises:
            ProviderError: It is an error, or its fields have impossible types.
        """
        try:
            self._envelope(chunk)
            field, error = "", chunk.get("error")
            if choices := chunk.get("choices"):
                choice = choices[0] if not choices[0].get("index") else _first_choice(choices)
                if choice is not None:
                    error = error or choice.get("error")
                    field = self._choice(choice, failed=bool(error))
            elif not error and "choices" not in chunk and _is_error(chunk):
                error = chunk
        except (AttributeError, KeyError, TypeError, ValueError) as problem:
            raise no_chunk(repr(chunk)) from problem
        if error:
            raise self.error(error)
        return field

    def close(self) -> None:
        """End the answer after the end mark or the end of the body.

        Raises:
            ProviderError: The answer is incomplete or empty, or was filtered.
        """
        if not self.is_over:
            self._payloads.close()
        message = self.answer.message
        if not self._finish and not self.is_over:
            raise ProviderError(
                "Stream ended before finish_reason", kind="connection", retryable=True
            )
        self.answer.end_all()
        if self._is_filtered:
            self.sign_thinking()
            raise ProviderError(
                "The provider's content filter ended the answer.", kind="content_filter"
            )
        meaning = self._meaning(self._finish)
        if not message.content and meaning != "length" and not message.usage.output:
            raise ProviderError(
                "The provider sent an empty answer.",
                kind="empty",
                retryable=True,
                hint="Try again; some models do so when they start.",
            )
        self.sign_thinking()
        if meaning == "length":
            self.answer.finish("length")
        else:
            self.answer.finish("tool_calls" if message.tool_calls() else "stop")

    def cut(self, error: ProviderError) -> None:
        """Take note that the transfer broke off; call `close` then.

        Raises:
            ProviderError: `error`, unless the finish reason was there.
        """
        if not self._finish:
            raise error
        self.answer.message.metadata["truncated"] = True
        self.is_over = True

    def error(self, value: Any) -> ProviderError:
        """Return our error for an error object inside the answer."""
        return error_from_object(self.provider, value, headers=self._headers)

    def complete(self, error: ProviderError) -> None:
        """Say in an error whose it is, and emit the `start` that it comes after, if any."""
        error.provider = error.provider or self.provider
        names = ("x-request-id", "request-id", "x-generation-id")
        ids = [error.request_id, *map(self._headers.get, names), self.answer.message.response_id]
        error.request_id = next(filter(None, ids), None)
        if self.has_begun:
            self.answer.start()

    def take_usage(self, usage: Mapping[str, Any]) -> None:
        """Read a usage object; it replaces the one before."""
        self.answer.message.usage = Usage.from_openai(usage)

    def _learned(self, raw: bytes, chunk: dict[str, Any], field: str) -> Pattern:
        """Return the pattern of the chunks that differ from this one in a text only."""
        if not self._patterns.may_pay(self._chunks):
            return NO_PATTERN
        add = self.answer.text if field == "content" else self.answer.thinking
        return make_pattern(raw, chunk, field, add)

    def _envelope(self, chunk: dict[str, Any]) -> None:
        """Read what stands around the choices."""
        message, get = self.answer.message, chunk.get
        if message.response_id is None and (answer_id := get("id")):
            message.response_id = str(answer_id)
        model = get("model")
        if model != self._model and model:
            self._model = model
            message.response_model = model if model != message.model else None
        if (usage := get("usage")) is not None:
            self._count(usage)
        elif "x_groq" in chunk:
            self._count(reported_usage(chunk))
        for name in self.metadata_fields:
            if name in chunk and (value := chunk[name]):
                message.metadata[name] = value

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict) and usage != self._usage:
            self._usage = usage
            self.take_usage(usage)

    def _choice(self, choice: dict[str, Any], *, failed: bool) -> str:
        get = choice.get
        if "usage" in choice and self._usage is None:
            self._count(choice["usage"])
        field, delta = "", get("delta")
        if delta is None and isinstance(get("message"), dict):
            self.take_whole(choice["message"])
        elif delta:
            field = self._late(delta) if self._finish else self.take_delta(delta)
        if not failed or self.answer.message.content:
            self.has_begun = True
        if reason := get("finish_reason"):
            self._finished(reason, choice, failed=failed)
            return ""
        return field

    def _late(self, delta: dict[str, Any]) -> str:
        """Pass over what comes after the finish reason; count it. Source: spec/rulings.md."""
        if details := delta.get("reasoning_details"):
            self.take_details(details)
        names = ("content", "refusal", "tool_calls", "function_call")
        if any(delta.get(name) for name in (*names, *self._dialect.reasoning_fields)):
            metadata = self.answer.message.metadata
            metadata["ignored_chunks"] = metadata.get("ignored_chunks", 0) + 1
        return ""

    def _finished(self, reason: Any, choice: dict[str, Any], *, failed: bool) -> None:
        if not isinstance(reason, str):
            raise no_chunk(f"finish_reason: {reason!r}")
        if reason == "error":
            if failed:
                return  # the error object says more
            raise ProviderError("Provider finish_reason: error", kind="server", retryable=True)
        if self._finish:
            return
        self._finish = reason
        self.answer.message.raw_stop_reason = choice.get("native_finish_reason") or reason
        self.answer.end_all()
        meaning = self._meaning(reason)
        self._is_filtered = meaning == "content_filter"
        if meaning == "error":
            raise ProtocolError(f"The provider ended the answer with the reason {reason!r}.")

    def _meaning(self, reason: str) -> FinishReason:
        if reason in _KNOWN:
            return reason  # type: ignore[return-value]  # one of them
        return self._dialect.finish_aliases.get(reason, self._dialect.unknown_finish)


def _forget(message: AssistantMessage) -> None:
    """Take back what an earlier attempt at the same answer said about it."""
    message.response_id = message.response_model = message.raw_stop_reason = None
    message.usage = Usage()
    message.metadata = {}


def _first_choice(choices: Any) -> dict[str, Any] | None:
    """Return the choice of index 0 or without an index."""
    if not choices:
        return None
    for choice in choices:
        if not choice.get("index"):
            found: dict[str, Any] = choice
            return found
    return None


def _is_error(chunk: dict[str, Any]) -> bool:
    """Tell whether an object without choices is an error in a form without `error`."""
    if chunk.get("object") == "error":
        return True
    return "usage" not in chunk and ("message" in chunk or "detail" in chunk)
