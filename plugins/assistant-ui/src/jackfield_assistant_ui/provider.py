"""Provider `assistant-ui`: a server of assistant-ui front ends as a model."""

from collections import OrderedDict
from collections.abc import AsyncGenerator
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
from jackfield.errors import ProviderError
from jackfield_assistant_ui.connection import Connection
from jackfield_assistant_ui.plans import chat_batches
from jackfield_assistant_ui.remote.requests import (
    DEFAULT_MODEL,
    THREAD,
    Thread,
    check_possible,
    request_body,
    thread_of,
)
from jackfield_assistant_ui.remote.writer import AnswerWriter
from jackfield_assistant_ui.settings import AssistantProviderSettings

jackfield_api = "0.1"
jackfield_touches = {"hosts": ["{base_url}"]}  # in braces: what a setting says

API = "assistant-ui"
AGENTS = "/api/agents"

_MOST_THREADS = 256


class AssistantUiProvider:
    """Has questions answered by a server that front ends of assistant-ui talk to.

    Args:
        name: What the configuration calls it.
        settings: How the server is asked.
        connection: To the server.
    """

    api: ClassVar[str] = API

    def __init__(
        self, name: str, settings: AssistantProviderSettings, connection: Connection
    ) -> None:
        self.name = name
        self._settings = settings
        self._connection = connection
        self._states: OrderedDict[str, Any] = OrderedDict()

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        """Begin an answer; the request is sent with the first read.

        Args:
            model: `default`, or the name of an agent of the server.
            context: The history.
            options: How it is to be answered.
        """
        named = replace(model, provider=model.provider or self.name, api=model.api or API)
        return AnswerStream(named, partial(self._answer, named, context, options))

    async def models(self) -> list[ModelInfo]:
        """Return the agents of the server, where it tells them, and those of the settings.

        Raises:
            ProviderError: The server cannot be reached, or refuses us.
        """
        client = self._connection.client()
        try:
            found = await client.perform(client.call("GET", AGENTS, read=_agents))
        except ProviderError as error:
            if error.status not in (404, 405) and error.kind != "protocol":
                raise
            found = {}
        listed = dict.fromkeys(self._settings.models, "")
        named = {DEFAULT_MODEL: "The server's default"} | listed | found
        return [ModelInfo(id=name, description=text) for name, text in named.items()]

    async def aclose(self) -> None:
        """Do nothing: the connections are the transport's."""

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        check_possible(options, self.name)
        thread_id = thread_of(context.messages, model.provider) or options.session_id
        thread_id = thread_id or uuid4().hex
        answer.message.metadata[THREAD] = thread_id
        state = self._states.get(thread_id)
        body = request_body(model, context, options, self._settings, Thread(thread_id, state))
        writer = AnswerWriter(
            answer,
            provider=self.name,
            tools={tool.name for tool in context.tools or ()},
            state=body.get("state"),
        )
        client, settings = self._connection.client(options), self._settings
        plan = chat_batches(client, body, settings.protocol, path=settings.path)
        async with client.iterate(plan) as batches:
            async for batch in batches:
                for event in batch:
                    writer.take(event)
                yield
        writer.end()
        self._keep(thread_id, writer.state)
        yield

    def _keep(self, thread_id: str, state: Any) -> None:
        """Remember the state of a thread, which the next operations begin from."""
        if self._settings.request != "commands" or state is None:
            return
        self._states[thread_id] = state
        self._states.move_to_end(thread_id)
        while len(self._states) > _MOST_THREADS:
            self._states.popitem(last=False)


def _agents(value: Any) -> dict[str, str]:
    return {agent["name"]: str(agent.get("model") or "") for agent in value["agents"]}


@hookimpl
def open_provider(name: str, settings: AssistantProviderSettings, kernel: Host) -> Provider:
    """Open the provider; nothing is sent before somebody asks."""
    return AssistantUiProvider(name, settings, Connection.open(name, settings, kernel))


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    return AssistantProviderSettings
