"""Provider `infinity`: the assistant of Infinity as a model, and its conversations."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from jackfield import (
    AnswerStream,
    Context,
    Host,
    Model,
    ModelInfo,
    Provider,
    StreamOptions,
    hookimpl,
)
from jackfield.answer import Answer
from jackfield.errors import ConfigError
from jackfield_infinity.client import AsyncInfinityAssistantClient
from jackfield_infinity.connection import Connection
from jackfield_infinity.conversation import (
    DEFAULT_MODEL,
    USER,
    Sessions,
    check_possible,
    fields_of,
    question_of,
)
from jackfield_infinity.deadline import until
from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.problems import told
from jackfield_infinity.recognition import ANONYMOUS, Recognition, Told
from jackfield_infinity.service import KEY_VARIABLE
from jackfield_infinity.settings import InfinityProviderSettings
from jackfield_infinity.stream.decoder import answer_chunks
from jackfield_infinity.types import ChatStreamChunk
from jackfield_infinity.writer import AnswerWriter

jackfield_api = "0.1"
jackfield_touches = {
    "env": [KEY_VARIABLE],  # the key where no auth is named
    "hosts": ["{base_url}"],  # in braces: what a setting says
}

API = "infinity"

_MODES = {
    DEFAULT_MODEL: "As the service decides",
    "assist": "Answers and helps",
    "search": "Looks up what the service knows",
    "build": "Plans and builds",
}
_log = logging.getLogger(__name__)


class InfinityProvider:
    """Has messages answered by the assistant of the service.

    Args:
        name: What the configuration calls it.
        settings: How it is asked.
        connection: To the service.
    """

    api: ClassVar[str] = API

    def __init__(
        self, name: str, settings: InfinityProviderSettings, connection: Connection
    ) -> None:
        self.name = name
        self._settings = settings
        self._connection = connection
        self._sessions = Sessions()
        self._told = Told()

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        """Begin an answer; the message is sent with the first read.

        Args:
            model: `default`, `assist`, `search` or `build`.
            context: Only what the service does not know yet is sent.
            options: `metadata["user_id"]` says for whom.
        """
        named = replace(model, provider=model.provider or self.name, api=model.api or API)
        return AnswerStream(named, partial(self._answer, named, context, options))

    async def models(self) -> list[ModelInfo]:
        """Return the modes of the assistant; the service has no list of models."""
        return [ModelInfo(id=name, description=text) for name, text in _MODES.items()]

    async def aclose(self) -> None:
        """Do nothing: the connections are the transport's."""

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        check_possible(model, context, options, provider=self.name)
        user_id = self._user_of(options)
        question = question_of(
            context,
            user_id,
            provider=self.name,
            session_conversation=self._sessions.find(user_id, options.session_id),
        )
        fields = fields_of(self._settings, user_id) | question.fields(model)
        if user_id is not None:
            answer.message.metadata[USER] = user_id
        writer = AnswerWriter(answer, provider=self.name)
        recognition = Recognition(self._settings.anonymous_quota)
        client = self._connection.client(options, after=recognition.see)
        try:
            async with aclosing(self._chunks(client, fields)) as chunks:
                total_s = self._settings.timeouts.total_s
                async for chunk in until(chunks, total_s, provider=self.name):
                    if (conversation_id := writer.take(chunk)) is not None:
                        self._sessions.keep(user_id, options.session_id, conversation_id)
                    yield
        except (InfinityAssistantError, ConfigError) as error:
            raise told(error, self.name) from error
        self._tell(recognition, writer, options, answer)
        writer.finish()
        yield

    async def _chunks(
        self, client: AsyncInfinityAssistantClient, fields: dict[str, Any]
    ) -> AsyncGenerator[ChatStreamChunk, None]:
        """Give the answer in chunks, also where it is asked for as a whole."""
        if self._settings.stream:
            async with client.chat_stream(**fields) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        response = await client.chat(**fields)
        if message_id := response.get("messageId"):
            yield {"type": "metadata", "metadata": {"messageId": message_id}}
        for chunk in answer_chunks({**response}):
            yield chunk

    def _user_of(self, options: StreamOptions) -> str | None:
        user_id = options.metadata.get(USER) or self._settings.user_id
        return str(user_id) if user_id else None

    def _tell(
        self, recognition: Recognition, writer: AnswerWriter, options: StreamOptions, answer: Answer
    ) -> None:
        """Report a key that the service does not know: on every answer, and once to the user."""
        if writer.rate_limit is not None:
            answer.message.metadata["rate_limit"] = writer.rate_limit
        notice = recognition.notice(writer.rate_limit)
        if notice is None:
            return
        answer.message.metadata[ANONYMOUS] = True
        if not self._told.is_news(options.api_key):
            return
        _log.warning("%s", notice.message)
        if options.notify is not None:
            options.notify(notice)


@hookimpl
def open_provider(name: str, settings: InfinityProviderSettings, kernel: Host) -> Provider:
    """Open the provider; nothing is sent before somebody asks."""
    return InfinityProvider(name, settings, Connection.open(settings, kernel))


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    return InfinityProviderSettings
