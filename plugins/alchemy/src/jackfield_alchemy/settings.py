"""The settings of `[providers.alchemy]`."""

from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, get_args
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


class RustEndpointSettings(EndpointSettings):
    """What every provider over the binding can be set to."""

    proxy: str | None = Field(
        default=None,
        description="URL of a proxy for the requests; by default the environment decides: "
        "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="PEM file with the only certificate authorities to trust; by default those "
        "of the system.",
    )
    verify: bool = Field(
        default=True, description="Check certificates. Never turn it off outside of a test."
    )

    def way(self) -> dict[str, Any]:
        """Return the way to the network, by the binding's names."""
        ca_file = None if self.ca_file is None else str(self.ca_file)
        return {"proxy": self.proxy, "ca_file": ca_file, "verify": self.verify}


class AlchemyOpenRouterSettings(OpenRouterSettings, RustEndpointSettings):
    """How OpenRouter is used, and the way to it."""


class AlchemySettings(OpenAISettings, RustEndpointSettings):
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

    def for_openrouter(self) -> AlchemyOpenRouterSettings:
        """Return the same settings as far as OpenRouter has them."""
        common = [*RustEndpointSettings.model_fields, "reasoning_off", "parallel_tool_calls"]
        told = {name: getattr(self, name) for name in common if name in self.model_fields_set}
        return AlchemyOpenRouterSettings(**told)
