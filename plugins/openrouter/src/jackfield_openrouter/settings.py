"""The settings of `[providers.openrouter]`. Source: spec/openrouter.md, 1.2."""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, Field

from jackfield_openai.dialect import Dialect
from jackfield_openai.settings import EndpointSettings
from jackfield_openrouter.model import BASE_URL
from jackfield_openrouter.routing import fallbacks_problem, plugins_problem, routing_problem

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_ONE_LINE = r"^[^\x00-\x1f\x7f]+$"


def _routing(value: dict[str, Any]) -> dict[str, Any]:
    if problem := routing_problem(value):
        raise ValueError(problem)
    return value


def _plugins(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if problem := plugins_problem(value):
        raise ValueError(problem)
    return value


def _fallbacks(value: list[str]) -> list[str]:
    if problem := fallbacks_problem(value):
        raise ValueError(problem)
    return value


class OpenRouterSettings(EndpointSettings):
    """How OpenRouter is used: what all requests carry, unless a model or request says otherwise."""

    base_url: str = Field(
        default=BASE_URL,
        pattern=r"^https?://[^\s/]",
        description="Root of the API; or the whole URL, if that ends in /chat/completions.",
    )
    site_url: str | None = Field(
        default=None,
        pattern=_ONE_LINE,
        description="Address of your application, for OpenRouter's rankings (`HTTP-Referer`).",
    )
    app_title: str | None = Field(
        default=None,
        pattern=_ONE_LINE,
        description="Name of your application, for the same (`X-OpenRouter-Title`).",
    )
    app_categories: list[Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f,]+$")]] = Field(
        default_factory=list,
        max_length=2,
        description="At most two categories of your application, for the same.",
    )
    provider: Annotated[dict[str, Any], AfterValidator(_routing)] | None = Field(
        default=None,
        description="How OpenRouter chooses the upstream: `order`, `only`, `ignore`, `sort`, "
        "`max_price`, `data_collection`, `zdr` ...",
    )
    fallback_models: Annotated[list[str], AfterValidator(_fallbacks)] | None = Field(
        default=None, description="Model ids that OpenRouter tries in order when the first fails."
    )
    plugins: Annotated[list[dict[str, Any]], AfterValidator(_plugins)] | None = Field(
        default=None, description="Plugins of OpenRouter, each an object with `id`."
    )
    user: str | None = Field(
        default=None, min_length=1, description="Your name for the end user of all requests."
    )
    max_tokens_field: str = Field(
        default="max_tokens",
        pattern="^max_(completion_)?tokens$",
        description="Field of the longest answer: `max_tokens` or `max_completion_tokens`.",
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Sent along with tools; by default left out."
    )
    reasoning_off: bool = Field(
        default=False,
        description="When no thinking is wanted, say so instead of saying nothing.",
    )
    automatic_cache: bool = Field(
        default=False,
        description="Let Anthropic's endpoints place a prompt cache breakpoint themselves.",
    )
    response_cache: bool = Field(
        default=False, description="Let OpenRouter answer equal requests from its cache."
    )
    routing_metadata: bool = Field(
        default=False,
        description="Have OpenRouter tell how it routed; `openrouter_metadata` of the message.",
    )
    account_models: bool = Field(
        default=False,
        description="List only the models that the account's settings allow; needs the key.",
    )

    def dialect(self) -> Dialect:
        """Return how OpenRouter is to be spoken to. Source: spec/openrouter.md, 16."""
        return Dialect(
            max_tokens_field=self.max_tokens_field,
            usage_in_stream=False,
            reasoning_request="none",  # it has an object of its own
            empty_tools=True,
            parallel_tool_calls=self.parallel_tool_calls,
            finish_aliases={},
            unknown_finish="error",
        )

    def own_headers(self) -> dict[str, str]:
        """Return the headers that say who asks, and what else is wanted."""
        wanted = {
            "http-referer": self.site_url,
            "x-openrouter-title": self.app_title,
            "x-openrouter-categories": ",".join(self.app_categories),
            "x-openrouter-metadata": "enabled" if self.routing_metadata else None,
            "x-openrouter-cache": "true" if self.response_cache else None,
        }
        return {name: quote(value, safe=_PRINTABLE) for name, value in wanted.items() if value}
