"""The settings of `[providers.alchemy]`."""

from typing import Literal, Self, TypeAlias, get_args
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from jackfield_openai.settings import EndpointSettings, OpenAISettings
from jackfield_openrouter.settings import OpenRouterSettings

Api: TypeAlias = Literal[
    "openai-completions", "anthropic-messages", "minimax-completions", "zai-completions"
]
COMPLETIONS: Api = "openai-completions"
APIS: tuple[Api, ...] = get_args(Api)
URLS: dict[Api, str] = {
    "anthropic-messages": "https://api.anthropic.com",
    "minimax-completions": "https://api.minimax.io/v1/chat/completions",
    "zai-completions": "https://api.z.ai/api/paas/v4/chat/completions",
}
"""Where the other APIs are, unless `base_url` says otherwise; the crate wants whole URLs."""

_OPENROUTER = "openrouter.ai"
_COMPLETIONS_ONLY = ("extra_body", "query", "stream", "max_call_id_chars")


class AlchemySettings(OpenAISettings):
    """Which endpoint, what it speaks, and what is special about it."""

    api: Api = Field(
        default=COMPLETIONS,
        description="What the endpoint speaks. All but `openai-completions` are spoken by the "
        "crate: `base_url` is then its own by default, and the settings of chat completions "
        "do not matter.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        wrong = [name for name in _COMPLETIONS_ONLY if name in self.model_fields_set]
        if self.api != COMPLETIONS and wrong:
            raise ValueError(f"With api = {self.api!r} there is no `{wrong[0]}`.")
        return self

    @property
    def is_openrouter(self) -> bool:
        """Whether the endpoint is OpenRouter's, which sends and wants more than others."""
        return self.api == COMPLETIONS and urlsplit(self.base_url).hostname == _OPENROUTER

    def url_of(self, api: Api) -> str:
        """Return where an API is."""
        if api == COMPLETIONS:
            return self.chat_url()
        return self.base_url if "base_url" in self.model_fields_set else URLS[api]

    def for_openrouter(self) -> OpenRouterSettings:
        """Return the same settings as far as OpenRouter has them."""
        common = [*EndpointSettings.model_fields, "reasoning_off", "parallel_tool_calls"]
        told = {name: getattr(self, name) for name in common if name in self.model_fields_set}
        return OpenRouterSettings(**told)
