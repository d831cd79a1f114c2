"""The functions of TinyAgent for a proxy, without a configuration. Source: spec/agent.md, 13.2."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from pydantic import ValidationError as SettingsRefused

from jackfield.coerce import as_messages
from jackfield.contracts import Context, StreamFn, StreamOptions, Transport
from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import OptionError
from jackfield.history import default_convert_to_llm, normalise
from jackfield.models import Model, ThinkingLevel
from jackfield.record import Record
from jackfield.stream import AnswerStream
from jackfield_httpx.transport import HttpxTransport
from jackfield_proxy.abort import Signal
from jackfield_proxy.provider import ProxyProvider
from jackfield_proxy.settings import ProxySettings

ProxyStreamResponse: TypeAlias = AnswerStream


@dataclass(slots=True)
class ProxyStreamOptions(Record):
    """How and where a model is to be called.

    Attributes:
        auth_token: Sent as `authorization: Bearer`.
        proxy_url: Root of the proxy server.
        temperature: Sampling temperature.
        max_tokens: Longest answer, in tokens.
        reasoning: How hard to think; OFF and None ask for nothing.
        signal: Aborts the answer: an `asyncio.Event`, or a function that is asked whether.
    """

    auth_token: str = field(repr=False)
    proxy_url: str
    temperature: float | None = None
    max_tokens: int | None = None
    reasoning: ThinkingLevel | str | None = None
    signal: Signal | None = None


async def stream_proxy(
    model: Model, context: Context | Mapping[str, Any], options: ProxyStreamOptions
) -> AnswerStream:
    """Begin an answer; failures are its last event. Nothing is sent before the first read.

    It is no `StreamFn`, since the loop knows no tokens and addresses: see `proxy_stream_fn`.

    Args:
        model: As the server knows it.
        context: System prompt, messages and tools; dictionaries of that shape will do.
        options: Where the server is, and how the model is to be called.

    Raises:
        OptionError: The options are those of the loop, or have no proper `proxy_url`.
        ValidationError: A message has the wrong shape.
    """
    if not isinstance(options, ProxyStreamOptions):
        raise OptionError(
            f"stream_proxy takes ProxyStreamOptions, not {type(options).__name__}.",
            hint="For an agent: stream_fn=proxy_stream_fn(auth_token, proxy_url).",
        )
    provider = _provider(options.auth_token, options.proxy_url, None)
    level = options.reasoning
    told = StreamOptions(
        temperature=options.temperature,
        max_tokens=options.max_tokens,
        reasoning=None if level is None else ThinkingLevel(level),
    )
    return provider.stream(model, _read(context, model), told, signal=options.signal)


async def create_proxy_stream(  # noqa: PLR0913 - TinyAgent's signature
    model: Model,
    context: Context | Mapping[str, Any],
    auth_token: str,
    proxy_url: str,
    *,
    temperature: float | None = None,
    max_tokens: int | None = None,
    reasoning: ThinkingLevel | str | None = None,
    signal: Signal | None = None,
) -> AnswerStream:
    """Begin an answer as `stream_proxy` does, with the options as arguments."""
    options = ProxyStreamOptions(
        auth_token=auth_token,
        proxy_url=proxy_url,
        temperature=temperature,
        max_tokens=max_tokens,
        reasoning=reasoning,
        signal=signal,
    )
    return await stream_proxy(model, context, options)


def proxy_stream_fn(
    auth_token: str, proxy_url: str, *, transport: Transport | None = None, **settings: Any
) -> StreamFn:
    """Return a `StreamFn` for one proxy, for `AgentOptions(stream_fn=...)`.

    Args:
        auth_token: Sent as `authorization: Bearer`; an agent's `api_key` beats it.
        proxy_url: Root of the proxy server.
        transport: Sends the requests; by default one that all these functions share.
        settings: Those of the provider: `dialect`, `headers`, `model`, `timeouts` ...

    Raises:
        OptionError: A setting has the wrong value.
    """
    return _provider(auth_token, proxy_url, transport, **settings).stream


def _provider(
    auth_token: str, proxy_url: str, transport: Transport | None, **settings: Any
) -> ProxyProvider:
    try:
        checked = ProxySettings(proxy_url=proxy_url, **settings)
    except SettingsRefused as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise OptionError(f"{place}: {first['msg']}.") from None

    async def read() -> Secret:
        return Secret(auth_token, source="the argument `auth_token`")

    return ProxyProvider("proxy", checked, transport or _shared_transport(), HeaderAuth(read))


@cache
def _shared_transport() -> HttpxTransport:
    """Return the transport of who brings none; each event loop closes its connections."""
    return HttpxTransport()


def _read(context: Context | Mapping[str, Any], model: Model) -> Context:
    messages = default_convert_to_llm(as_messages(context.get("messages") or []))
    named = replace(model, api=model.api or ProxyProvider.api)
    return Context(
        system_prompt=context.get("system_prompt") or "",
        messages=list(normalise(messages, named)),
        tools=context.get("tools"),
    )
