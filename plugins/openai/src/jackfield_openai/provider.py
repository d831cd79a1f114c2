"""The provider `openai`: any endpoint that speaks chat completions."""

import os
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from jackfield.answer import Answer
from jackfield.contracts import Auth, Context, StreamOptions, Transport
from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import ProviderError
from jackfield.history import CallIds, normalise
from jackfield.http import Request
from jackfield.models import Model, ModelInfo
from jackfield.stream import AnswerStream
from jackfield_httpx.call import Caller
from jackfield_httpx.retry import Clock
from jackfield_openai.body import AnswerBody
from jackfield_openai.decode import ChunkDecoder
from jackfield_openai.models import read_models
from jackfield_openai.settings import KEY_VARIABLE, EndpointSettings, OpenAISettings
from jackfield_openai.wire import RequestEncoder

API = "openai-completions"
STALL_S = 600.0


class OpenAIProvider:
    """Serves the models of one endpoint.

    Subclass it for a service with more than the API: `named`, `url`, `headers`, `encoder`,
    `decoder` say what differs.

    Args:
        name: What the configuration calls it.
        settings: Which endpoint, and what is special about it.
        transport: Sends the requests; it is not closed with the provider.
        auth: Adds the key; None for none.
        clock: Time and chance of retries, for tests.
    """

    api: ClassVar[str] = API

    def __init__(
        self,
        name: str,
        settings: EndpointSettings,
        transport: Transport,
        auth: Auth | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._dialect = settings.dialect()
        self._caller = Caller(transport, auth=auth, provider=name, settings=settings, clock=clock)
        self._encoder = RequestEncoder(
            self._dialect, extra_body=settings.extra_body, stream=settings.stream
        )
        longest = settings.max_call_id_chars
        self._call_ids = CallIds(max_length=longest, characters="A-Za-z0-9") if longest else None

    def stream(self, model: Model, context: Context, options: StreamOptions) -> AnswerStream:
        """Begin an answer; the request is sent with the first read."""
        named = self.named(model)
        return AnswerStream(named, partial(self._answer, named, context, options))

    async def models(self) -> list[ModelInfo]:
        """Return the models that the endpoint lists.

        Raises:
            ProviderError: It lists none, or cannot be reached.
        """
        settings = self._settings
        headers = merged_headers({"accept": "application/json"}, settings.headers)
        url = with_query(settings.models_url(), settings.query)
        request = Request(method="GET", url=url, headers=headers, repeatable=True)
        return read_models(await self._caller.json(request), self.name)

    async def aclose(self) -> None:
        """Do nothing: the connections are the transport's."""

    def named(self, model: Model) -> Model:
        """Return the model with the names that its answers carry."""
        return Model(
            provider=model.provider or self.name,
            id=model.id,
            api=model.api or self.api,
            thinking_level=model.thinking_level,
        )

    def url(self, model: Model) -> str:  # noqa: ARG002 - for those whose models have their own
        """Return where a model's requests go, without query."""
        return self._settings.chat_url()

    def headers(self, model: Model) -> Mapping[str, str | None]:  # noqa: ARG002 - as above
        """Return the headers that the user set for a model; None removes one of ours."""
        return self._settings.headers

    def encoder(self, model: Model) -> RequestEncoder:  # noqa: ARG002 - as above
        """Return what makes the bodies of a model's requests."""
        return self._encoder

    def decoder(
        self,
        answer: Answer,
        model: Model,  # noqa: ARG002 - as above
        headers: Mapping[str, str] | None = None,
    ) -> ChunkDecoder:
        """Return what reads one answer; `headers` are the response's."""
        return ChunkDecoder(answer, self._dialect, provider=self.name, headers=headers)

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        decoder: ChunkDecoder | None = None
        try:
            request = self._request(model, context, options)
            async for attempt in self._caller.attempts(request, key=options.api_key):
                async with attempt as response:
                    decoder = self.decoder(answer, model, response.headers)
                    body = self._body(decoder)
                    pieces = aiter(response.chunks())
                    try:
                        while not decoder.is_over:
                            try:
                                piece = await anext(pieces)
                            except StopAsyncIteration:
                                break
                            except ProviderError as error:
                                decoder.cut(error)
                                break
                            body.feed(piece)
                            if answer.events:
                                yield
                        body.close()
                    finally:
                        attempt.delivered = bool(answer.message.content)
        except ProviderError as error:
            (decoder or self.decoder(answer, model)).complete(error)
            raise
        yield

    def _body(self, decoder: ChunkDecoder) -> AnswerBody:
        stall_s = self._settings.timeouts.stall_s
        return AnswerBody(
            decoder,
            max_bytes=self._settings.max_event_bytes,
            stall_s=STALL_S if stall_s is None else stall_s,
        )

    def _request(self, model: Model, context: Context, options: StreamOptions) -> Request:
        settings = self._settings
        if self._call_ids is not None:
            messages = normalise(context.messages, model, call_ids=self._call_ids)
            context = replace(context, messages=list(messages))
        accept = "text/event-stream" if settings.stream else "application/json"
        ours = {"accept": accept, "content-type": "application/json"}
        return Request(
            method="POST",
            url=with_query(self.url(model), settings.query),
            headers=merged_headers(ours, self.headers(model), options.headers),
            body=self.encoder(model).encode(model, context, options),
            repeatable=True,
            on_notice=options.notify,
        )


def default_auth(settings: OpenAISettings) -> Auth | None:
    """Return the auth of a provider whose settings name none.

    The key in the environment is OpenAI's: it is sent to no other host.
    """
    return env_auth(KEY_VARIABLE) if settings.is_own else None


def env_auth(variable: str) -> Auth:
    """Return an auth that sends the key in an environment variable, read for each request."""

    async def read() -> Secret:
        return Secret(
            os.environ.get(variable),
            source=f"environment variable {variable}",
            hint=f"Set it, for example with: export {variable}=...; or name an `auth`.",
        )

    return HeaderAuth(read)


def merged_headers(*layers: Mapping[str, str | None]) -> dict[str, str]:
    """Return headers, later layers winning; None takes a header away."""
    merged: dict[str, str | None] = {}
    for layer in layers:
        merged |= {name.lower(): value for name, value in layer.items()}
    return {name: value for name, value in merged.items() if value is not None}


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Return the URL with further query parameters."""
    if not query:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, urlencode(query)]))))
