"""The provider `alchemy`: requests as `openai` and `openrouter` make them, answers read in Rust."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from jackfield.contracts import Auth, Context, StreamOptions, Transport
from jackfield.errors import AuthenticationError, UnsupportedError
from jackfield.http import Request
from jackfield.models import Model
from jackfield_alchemy.answers import RustAnswers
from jackfield_alchemy.binding import Handle
from jackfield_alchemy.crate import crate_context, crate_model, crate_options, request_options
from jackfield_alchemy.keys import default_auth
from jackfield_alchemy.model import OpenAICompatModel
from jackfield_alchemy.settings import APIS, COMPLETIONS, AlchemySettings, Api
from jackfield_httpx.retry import Attempts, Clock
from jackfield_openai.provider import merged_headers
from jackfield_openrouter.decode import TITLE, OpenRouterDecoder
from jackfield_openrouter.model import OpenRouterModel
from jackfield_openrouter.provider import OpenRouterProvider


def open_alchemy(
    name: str, settings: AlchemySettings, transport: Transport, auth: Auth | None = None
) -> RustAnswers:
    """Return the provider for an endpoint; without `auth` the key is that of its host.

    Raises:
        BindingMissingError: The binding is not installed.
    """
    if settings.is_openrouter:
        return AlchemyOpenRouterProvider(name, settings.for_openrouter(), transport, auth)
    auth = auth or default_auth(settings.url_of(settings.api))
    return AlchemyProvider(name, settings, transport, auth)


class AlchemyProvider(RustAnswers):
    """Serves the models of one endpoint.

    Args:
        name: What the configuration calls it.
        settings: Which endpoint, and what it speaks.
        transport: Lists the models; answers do not use it.
        auth: Adds the key; None for none.
        clock: Time and chance of retries, for tests.
    """

    def __init__(
        self,
        name: str,
        settings: AlchemySettings,
        transport: Transport,
        auth: Auth | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(name, settings, transport, auth, clock=clock)
        self._own = settings

    def named(self, model: Model) -> Model:
        """Return the model with the names that its answers carry."""
        provider, api = model.provider or self.name, model.api or self._own.api
        if isinstance(model, OpenAICompatModel):
            return replace(model, provider=provider, api=api)
        return Model(provider=provider, id=model.id, api=api, thinking_level=model.thinking_level)

    def headers(self, model: Model) -> Mapping[str, str | None]:
        """Return the headers that the user set for all models and this one."""
        own = model.headers if isinstance(model, OpenAICompatModel) else None
        return {**self._own.headers, **(own or {})}

    def attempts(self, model: Model, context: Context, options: StreamOptions) -> Attempts:
        """Return the attempts at an answer; their responses are `RecordResponse`.

        Raises:
            ProviderError: Something cannot be sent.
        """
        for api in APIS:
            if api == model.api:
                break
        else:
            raise UnsupportedError(
                f"The API {model.api!r} is not spoken.", hint=f"Known are: {', '.join(APIS)}."
            )
        if api == COMPLETIONS:
            return super().attempts(model, context, options)
        return self._crate_attempts(api, model, context, options)

    def _crate_attempts(
        self, api: Api, model: Model, context: Context, options: StreamOptions
    ) -> Attempts:
        url = self._own.url_of(api)
        told_model, told_options = crate_model(model, url, options), crate_options(model, options)
        told_context = crate_context(context, api)

        def open_(request: Request) -> Handle:
            own = request_options(request) | self._way
            if "api_key" not in own:
                raise AuthenticationError(
                    f"{self.name} has no key, and {api} is not spoken without one.",
                    hint="Name an `auth` in the settings of the provider.",
                )
            return self._binding.openai_completions_stream(
                told_model, told_context, told_options | own
            )

        request = Request(
            method="POST",
            url=url,
            headers=merged_headers(self.headers(model), options.headers),
            repeatable=True,
            on_notice=options.notify,
        )
        return self._through(open_).attempts(request, key=options.api_key)


class AlchemyOpenRouterProvider(RustAnswers, OpenRouterProvider):
    """Serves the models of OpenRouter."""

    api: ClassVar[str] = COMPLETIONS
    metadata_fields: ClassVar[Sequence[str]] = OpenRouterDecoder.metadata_fields
    title: ClassVar[str] = TITLE

    def named(self, model: Model) -> OpenRouterModel:
        """Return the model with everything that settings and list say about it."""
        if isinstance(model, OpenAICompatModel):
            model = OpenRouterModel(
                provider=model.provider,
                id=model.id,
                api=model.api,
                thinking_level=model.thinking_level,
                headers=model.headers,
            )
        return super().named(model)
