"""Answers of a provider for chat completions, read by the binding."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, ClassVar

from jackfield.answer import Answer
from jackfield.contracts import Auth, Context, StreamOptions, Transport
from jackfield.errors import ProviderError
from jackfield.http import Request
from jackfield.models import Model
from jackfield_alchemy.binding import Handle, binding, timeouts_of
from jackfield_alchemy.records import RecordReader
from jackfield_alchemy.settings import RustEndpointSettings
from jackfield_alchemy.transport import Opener, RecordTransport
from jackfield_httpx.call import Caller
from jackfield_httpx.retry import Attempts, Clock
from jackfield_openai.decode import METADATA_FIELDS
from jackfield_openai.provider import OpenAIProvider


class RustAnswers(OpenAIProvider):
    """Put it before the class of a provider: only `models()` still goes through the transport.

    Raises:
        BindingMissingError: The binding is not installed.
    """

    metadata_fields: ClassVar[Sequence[str]] = METADATA_FIELDS
    title: ClassVar[str] = ""
    """What messages of errors begin with; the provider's name if empty."""

    def __init__(
        self,
        name: str,
        settings: RustEndpointSettings,
        transport: Transport,
        auth: Auth | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._binding = binding()
        super().__init__(name, settings, transport, auth, clock=clock)
        self._policy = getattr(transport, "policy", None)
        self._answers = self._through(self._opened)
        self._tables = self._decoding_tables()
        self._way = settings.way()

    def attempts(self, model: Model, context: Context, options: StreamOptions) -> Attempts:
        """Return the attempts at an answer; their responses are `RecordResponse`.

        Raises:
            ProviderError: Something cannot be sent.
        """
        request = self._request(model, context, options)
        return self._answers.attempts(request, key=options.api_key)

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        reader: RecordReader | None = None
        try:
            async for attempt in self.attempts(model, context, options):
                reader = RecordReader(answer)
                async with attempt as response:
                    try:
                        async for records in response.batches():
                            reader.feed(records)
                            if answer.events and not answer.finished:
                                yield
                    finally:
                        attempt.delivered = bool(answer.message.content)
        except ProviderError as error:
            (reader or RecordReader(answer)).complete(error, self.name)
            raise
        yield

    def _through(self, open_: Opener) -> Caller:
        return self._caller.through(RecordTransport(open_, policy=self._policy))

    def _opened(self, request: Request) -> Handle:
        return self._binding.open_stream(
            request.url,
            list(request.headers.items()),
            request.body or b"",
            timeouts=timeouts_of(request),
            dialect=self._tables,
            provider=self.title or self.name,
            keep_message=False,  # the answer builds it
            **self._way,
        )

    def _decoding_tables(self) -> dict[str, Any]:
        dialect = self._dialect
        return {
            "reasoning_fields": list(dialect.reasoning_fields),
            "finish_aliases": dict(dialect.finish_aliases),
            "unknown_finish": dialect.unknown_finish,
            "metadata_fields": list(self.metadata_fields),
            "max_event_bytes": self._settings.max_event_bytes,
        }
