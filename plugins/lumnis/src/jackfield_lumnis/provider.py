"""Provider `lumnis`: agents that work at the Lumnis service, their progress as it comes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar
from uuid import uuid4

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
from jackfield_lumnis.answers import AnswerWriter
from jackfield_lumnis.connection import Connection
from jackfield_lumnis.conversation import (
    DEFAULT_MODEL,
    USER,
    Question,
    Sessions,
    check_possible,
    options_of,
    question_of,
)
from jackfield_lumnis.delegation import delegated
from jackfield_lumnis.exceptions import LumnisAIError, NotFoundError
from jackfield_lumnis.invoke.run import Task
from jackfield_lumnis.models.response import CreatedResponse
from jackfield_lumnis.problems import told
from jackfield_lumnis.settings import LumnisProviderSettings

jackfield_api = "0.1"
jackfield_touches = {
    # The key where no auth is named, and the service where no `base_url` is.
    "env": ["LUMNISAI_API_KEY", "LUMNISAI_BASE_URL"],
    "hosts": ["{base_url}"],  # in braces: what a setting says
}

API = "lumnis"

_MODES = {
    DEFAULT_MODEL: "As the tenant has set it",
    "auto": "The service decides how many agents work",
    "single_agent": "One agent works",
    "multi_agent": "Several agents work",
}


class LumnisProvider:
    """Has questions answered by runs of the service.

    Args:
        name: What the configuration calls it.
        settings: How runs are made.
        connection: To the service.
    """

    api: ClassVar[str] = API

    def __init__(self, name: str, settings: LumnisProviderSettings, connection: Connection) -> None:
        self.name = name
        self._settings = settings
        self._connection = connection
        self._sessions = Sessions()

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        """Begin an answer; the run begins with the first read.

        Args:
            model: `default`, `auto`, `single_agent`, `multi_agent`, or `provider:model`.
            context: Only what the service does not know yet is sent.
            options: `metadata["user_id"]` says for whom.
        """
        named = replace(model, provider=model.provider or self.name, api=model.api or API)
        return AnswerStream(named, partial(self._answer, named, context, options))

    async def models(self) -> list[ModelInfo]:
        """Return the ways to work, and the models that the tenant has chosen.

        Raises:
            ProviderError: The service does not say.
        """
        client = self._connection.client()
        try:
            found = await client.model_preferences.list()
        except Exception as error:
            raise told(error, self.name) from error
        infos = {name: ModelInfo(id=name, description=text) for name, text in _MODES.items()}
        for each in found.preferences:
            name = f"{each.provider}:{each.model_name}"
            infos.setdefault(name, ModelInfo(id=name, description=f"Your {each.model_type}"))
        for name in self._settings.models:
            infos.setdefault(name, ModelInfo(id=name))
        return list(infos.values())

    async def aclose(self) -> None:
        """Do nothing: the connections are the transport's."""

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        check_possible(context, options, self.name)
        asked = options_of(model, options, self._settings)
        wants_json = options.response_schema is not None
        writer = AnswerWriter(answer, provider=self.name, wants_json=wants_json)
        user_id = self._connection.user_of(options.metadata.get(USER))
        try:
            thread = self._sessions.find(user_id, options.session_id)
            question = question_of(context, user_id, provider=self.name, session_thread=thread)
            try:
                async with aclosing(self._run(question, asked, options, writer)) as steps:
                    async for _ in steps:
                        yield
            except NotFoundError:
                if question.thread_id is None or answer.message.response_id is not None:
                    raise
                # The thread is no more: all that was said begins a new one.
                self._sessions.forget(user_id, options.session_id)
                question = question_of(context, user_id, provider=self.name, anew=True)
                async with aclosing(self._run(question, asked, options, writer)) as steps:
                    async for _ in steps:
                        yield
        except (LumnisAIError, ConfigError) as error:
            raise told(error, self.name) from error

    async def _run(
        self,
        question: Question,
        asked: dict[str, Any],
        options: StreamOptions,
        writer: AnswerWriter,
    ) -> AsyncGenerator[None, None]:
        """Have one run made, and write what it tells; yields after each change."""

        def begin(created: CreatedResponse) -> None:
            writer.begin(created, question.user_id)
            if created.thread_id is not None:
                self._sessions.keep(question.user_id, options.session_id, created.thread_id)

        client = self._connection.client(options)
        updates = delegated(
            client,
            client.run(self._task(question, asked)),
            cancel_timeout_s=self._settings.cancel_timeout_s,
            on_begun=begin,
        )
        async with aclosing(updates):
            async for update in updates:
                writer.take(update)
                yield

    def _task(self, question: Question, asked: dict[str, Any]) -> Task:
        files = {"files": question.files} if question.files else {}
        return Task(
            messages=question.messages,
            user_id=question.user_id,
            thread_id=question.thread_id,
            # It may be sent again when the connection breaks, and still begins one run only.
            idempotency_key=str(uuid4()),
            polling=self._connection.polling,
            options=asked | files,
        )


@hookimpl
def open_provider(name: str, settings: LumnisProviderSettings, kernel: Host) -> Provider:
    """Open the provider; nothing is sent before somebody asks."""
    connection = Connection.open(f"providers.{name}", settings, kernel)
    return LumnisProvider(name, settings, connection)


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    return LumnisProviderSettings
