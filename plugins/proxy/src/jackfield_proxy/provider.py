"""The provider `proxy`: models behind a server that speaks the proxy protocol."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
from typing import ClassVar

import orjson

from jackfield.answer import Answer
from jackfield.contracts import Auth, Context, StreamOptions, Transport
from jackfield.errors import ProtocolError, ProviderError
from jackfield.http import Request, Response
from jackfield.models import Model, ModelInfo
from jackfield.stream import AnswerSource, AnswerStream
from jackfield_httpx.call import Caller
from jackfield_httpx.service_errors import error_from_object
from jackfield_httpx.sse import STALL_S, read_sse
from jackfield_proxy.abort import Signal, until_aborted
from jackfield_proxy.decode import EventDecoder
from jackfield_proxy.settings import ProxySettings
from jackfield_proxy.wire import RequestEncoder

API = "proxy"


class ProxyProvider:
    """Serves the models of one proxy server.

    Args:
        name: What the configuration calls it.
        settings: Which server, and how it is spoken to.
        transport: Sends the requests; it is not closed with the provider.
        auth: Adds the token; None for none.
    """

    api: ClassVar[str] = API

    def __init__(
        self,
        name: str,
        settings: ProxySettings,
        transport: Transport,
        auth: Auth | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._caller = Caller(transport, auth=auth, provider=name, settings=settings)
        self._encoder = RequestEncoder(settings, own_api=API)

    def stream(
        self,
        model: Model,
        context: Context,
        options: StreamOptions,
        *,
        signal: Signal | None = None,
    ) -> AnswerStream:
        """Begin an answer; the request is sent with the first read.

        Args:
            model: As the server knows it, unless the setting `model` says otherwise.
            context: Sent as it is.
            options: How the model is to be called.
            signal: Aborts the answer without the read being cancelled.
        """
        wire_model = replace(model, provider=model.provider or self.name)
        named = replace(wire_model, api=model.api or API)
        source: AnswerSource = partial(self._answer, wire_model, context, options)
        if signal is not None:
            source = partial(until_aborted, source, signal=signal)
        return AnswerStream(named, source)

    async def models(self) -> list[ModelInfo]:
        """Return the models that the settings name."""
        return [ModelInfo(id=name) for name in self._settings.models]

    async def aclose(self) -> None:
        """Do nothing: the connections are the transport's."""

    async def _answer(
        self, model: Model, context: Context, options: StreamOptions, answer: Answer
    ) -> AsyncGenerator[None, None]:
        request = self._request(model, context, options)
        stall_s = self._settings.timeouts.stall_s
        try:
            async for attempt in self._caller.attempts(request, key=options.api_key):
                async with attempt as response:
                    decoder = EventDecoder(answer, provider=self.name)
                    try:
                        await self._check_kind(response)
                        reads = read_sse(response, stall_s=STALL_S if stall_s is None else stall_s)
                        async for lines in reads:
                            decoder.feed(lines)
                            if decoder.is_over:
                                break
                            if answer.events:
                                yield
                        decoder.close()
                    finally:
                        attempt.delivered = bool(answer.message.content)
        except ProviderError as error:
            if error.kind != "aborted":
                raise
            answer.abort()
            answer.message.error_message = error.message
        yield

    async def _check_kind(self, response: Response) -> None:
        """Refuse an answer that is no event stream.

        Raises:
            ProviderError: What it says, or that it makes no sense.
        """
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise ProtocolError(
                "The proxy answered with a web page instead of events.", hint="Check `proxy_url`."
            )
        if kind == "application/json":
            body = await response.read()
            try:
                raise error_from_object(self.name, orjson.loads(body))
            except orjson.JSONDecodeError:
                shown = body[:200].decode("utf-8", "replace")
                raise ProtocolError(f"The proxy sent no events, but {shown!r}") from None

    def _request(self, model: Model, context: Context, options: StreamOptions) -> Request:
        headers = {"accept": "text/event-stream", "content-type": "application/json"}
        for more in (self._settings.headers, options.headers):
            headers |= {name.lower(): value for name, value in more.items()}
        return Request(
            method="POST",
            url=self._settings.url(),
            headers=headers,
            body=self._encoder.encode(model, context, options),
            repeatable=True,
            on_notice=options.notify,
        )
