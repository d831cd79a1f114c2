"""The provider `openrouter`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode, urljoin

from jackfield.answer import Answer
from jackfield.contracts import Auth, Transport
from jackfield.errors import ProtocolError
from jackfield.http import Request
from jackfield.models import Model, ModelInfo
from jackfield_httpx.call import Caller
from jackfield_httpx.retry import Clock
from jackfield_openai.provider import OpenAIProvider, env_auth, merged_headers
from jackfield_openai.settings import chat_url
from jackfield_openrouter.auth import KEY_VARIABLE
from jackfield_openrouter.catalogue import CATALOGUE, informed, prices_of, read_page
from jackfield_openrouter.decode import OpenRouterDecoder
from jackfield_openrouter.model import API, CHAT_URL, OpenRouterModel
from jackfield_openrouter.settings import OpenRouterSettings
from jackfield_openrouter.wire import OpenRouterEncoder, OpenRouterMessages

_MOST_PAGES = 100


class OpenRouterProvider(OpenAIProvider):
    """Serves the models of OpenRouter.

    Args:
        name: What the configuration calls it.
        settings: What all requests carry.
        transport: Sends the requests; it is not closed with the provider.
        auth: Adds the key; by default that of the environment, read for each request.
        clock: Time and chance of retries, for tests.
    """

    api: ClassVar[str] = API

    def __init__(
        self,
        name: str,
        settings: OpenRouterSettings,
        transport: Transport,
        auth: Auth | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        auth = auth or env_auth(KEY_VARIABLE)
        super().__init__(name, settings, transport, auth, clock=clock)
        self._own = settings
        self._keyless = Caller(transport, provider=name, settings=settings, clock=clock)
        # The marks of prompt caches and images are the only differences between models.
        self._messages: dict[tuple[bool, bool], OpenRouterMessages] = {}

    async def models(self) -> list[ModelInfo]:
        """Return the models with their prices and sizes; read at most once an hour.

        Raises:
            ProviderError: The list cannot be had.
        """
        url = self._models_url()
        known = CATALOGUE.known(url)
        if known is None:
            known = await self._read_models(url)
            CATALOGUE.remember(url, known)
        return known

    async def generation(self, generation_id: str) -> dict[str, Any]:
        """Return cost, tokens and timing of an answer, by its `response_id`.

        Raises:
            ProviderError: OpenRouter does not know it, or cannot be reached.
        """
        return await self._about("generation", {"id": generation_id})

    async def key(self) -> dict[str, Any]:
        """Return what OpenRouter says about the key: its label, limit and usage.

        Raises:
            ProviderError: The key is refused, or OpenRouter cannot be reached.
        """
        return await self._about("key")

    async def credits(self) -> dict[str, Any]:
        """Return the account's credits and what was used of them, in US dollars.

        Raises:
            ProviderError: The key is refused, or OpenRouter cannot be reached.
        """
        return await self._about("credits")

    def named(self, model: Model) -> OpenRouterModel:
        """Return the model with everything that settings and list say about it."""
        mine = model if isinstance(model, OpenRouterModel) else OpenRouterModel(id=model.id)
        settings = self._own
        whole = replace(
            mine,
            provider=model.provider or self.name,
            api=model.api or self.api,
            thinking_level=model.thinking_level,
            base_url=settings.base_url if mine.base_url == CHAT_URL else mine.base_url,
            openrouter_provider=mine.openrouter_provider or settings.provider,
            fallback_models=mine.fallback_models or settings.fallback_models,
            plugins=mine.plugins or settings.plugins,
            extra_body={**settings.extra_body, **(mine.extra_body or {})},
        )
        return informed(whole, CATALOGUE.find(self._models_url(), whole.id))

    def url(self, model: Model) -> str:
        """Return where a model's requests go."""
        return (
            chat_url(model.base_url) if isinstance(model, OpenRouterModel) else super().url(model)
        )

    def headers(self, model: Model) -> Mapping[str, str | None]:
        """Return who asks, and the headers that the user set for all models and this one."""
        own = model.headers if isinstance(model, OpenRouterModel) else None
        layers = (self._own.own_headers(), self._own.headers, own or {})
        return {name.lower(): value for layer in layers for name, value in layer.items()}

    def encoder(self, model: Model) -> OpenRouterEncoder:
        """Return what makes the bodies of a model's requests."""
        mine = model if isinstance(model, OpenRouterModel) else self.named(model)
        kind = (mine.wants_cache_marks, mine.has_eyes)
        messages = self._messages.get(kind)
        if messages is None:
            dialect = replace(self._dialect, cache_control=kind[0], images=kind[1])
            messages = self._messages[kind] = OpenRouterMessages(dialect)
        return OpenRouterEncoder(self._own, mine, messages.dialect, messages)

    def decoder(
        self, answer: Answer, model: Model, headers: Mapping[str, str] | None = None
    ) -> OpenRouterDecoder:
        """Return what reads one answer; `headers` are the response's."""
        info = CATALOGUE.find(self._models_url(), model.id)
        return OpenRouterDecoder(
            answer, self._dialect, provider=self.name, headers=headers, prices=prices_of(info)
        )

    def _models_url(self) -> str:
        return self._own.models_url() + ("/user" if self._own.account_models else "")

    async def _read_models(self, url: str) -> list[ModelInfo]:
        caller = self._caller if self._own.account_models else self._keyless
        found: dict[str, ModelInfo] = {}
        following = url
        for _ in range(_MOST_PAGES):
            page, after = read_page(await caller.json(self._get(following)), self.name)
            found |= {info.id: info for info in page}
            if not after:
                break
            following = _same_origin(following, after)
        return list(found.values())

    async def _about(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        url = self._own.models_url().removesuffix("models") + path
        body = await self._caller.json(self._get(f"{url}?{urlencode(query)}" if query else url))
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):
            raise ProtocolError(
                f"{self.name} answered with something that is no {path}.", provider=self.name
            )
        return data

    def _get(self, url: str) -> Request:
        headers = merged_headers({"accept": "application/json"}, self._own.headers)
        return Request(method="GET", url=url, headers=headers, repeatable=True)


def _same_origin(url: str, link: str) -> str:
    """Return the address of the next page, always at the server that we asked."""
    joined = urljoin(url, link)
    if urljoin(joined, "/") != urljoin(url, "/"):
        raise ProtocolError("The list of models goes on at another server, which is not asked.")
    return joined
