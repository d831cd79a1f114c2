"""The settings of `[providers.openai]`."""

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from jackfield.models import ThinkingLevel
from jackfield_httpx.settings import HttpProviderSettings
from jackfield_openai.dialect import REASONING_FIELDS, Dialect, ReasoningRequest

BASE_URL = "https://api.openai.com/v1"
OWN_HOST = "api.openai.com"
KEY_VARIABLE = "OPENAI_API_KEY"

_CHAT = "/chat/completions"


class EndpointSettings(HttpProviderSettings):
    """What every provider of chat completions can be set to; derive the provider's from it."""

    base_url: str = Field(
        default=BASE_URL,
        pattern=r"^https?://[^\s/]",
        description="Root of the API, mostly ending in /v1; or the whole URL, if that ends in "
        "/chat/completions.",
    )
    headers: dict[str, str | None] = Field(
        default_factory=dict,
        description="Further headers; null removes one of ours. Keys belong into an auth.",
    )
    query: dict[str, str] = Field(
        default_factory=dict, description="Query parameters of every request."
    )
    extra_body: dict[str, Any] = Field(
        default_factory=dict,
        description="Further fields of every chat request, merged last; not `stream` nor "
        "`messages`.",
    )
    stream: bool = Field(
        default=True, description="Have answers streamed; false for servers that cannot."
    )
    max_event_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1024,
        description="Largest event of a stream, or whole answer where it is not streamed.",
    )
    max_call_id_chars: int | None = Field(
        default=None,
        ge=9,
        le=64,
        description="Longest id of a tool call that the endpoint takes, of letters and digits "
        "only; by default 64, `_` and `-` allowed.",
    )

    def chat_url(self) -> str:
        """Return the URL of chat completions."""
        return chat_url(self.base_url)

    def models_url(self) -> str:
        """Return the URL of the list of models."""
        return f"{self.base_url.rstrip('/').removesuffix(_CHAT)}/models"

    def dialect(self) -> Dialect:
        """Return how the endpoint is to be spoken to."""
        return Dialect()


class OpenAISettings(EndpointSettings):
    """Which endpoint, and what is special about it. The defaults are those of OpenAI."""

    max_tokens_field: str | None = Field(
        default=None,
        min_length=1,
        description="Field of the longest answer; by default `max_completion_tokens` at OpenAI "
        "and `max_tokens` elsewhere.",
    )
    system_role: str = Field(
        default="system", min_length=1, description="Role of the system prompt."
    )
    usage_in_stream: bool = Field(
        default=True, description="Ask for usage at the end of a stream (`stream_options`)."
    )
    reasoning_request: ReasoningRequest = Field(
        default="reasoning_effort",
        description="Field that asks for thinking: `reasoning_effort`, `reasoning` (an object "
        "with `effort`), `enable_thinking`, `thinking` (an object with `type`), "
        "`chat_template_kwargs` (vLLM, SGLang, llama.cpp); `none` never asks.",
    )
    reasoning_levels: list[ThinkingLevel] = Field(
        default=[
            ThinkingLevel.MINIMAL,
            ThinkingLevel.LOW,
            ThinkingLevel.MEDIUM,
            ThinkingLevel.HIGH,
        ],
        min_length=1,
        description="Levels that the endpoint knows; others become the nearest lower one.",
    )
    reasoning_off: bool = Field(
        default=False,
        description="When no thinking is wanted, say so instead of saying nothing.",
    )
    reasoning_fields: list[str] = Field(
        default=list(REASONING_FIELDS),
        description="Fields of the answer that hold thinking; the first with text counts.",
    )
    replay_reasoning: bool = Field(
        default=True,
        description="Send a model's thinking back to it, in the field in which it came.",
    )
    cache_control: bool = Field(
        default=False, description="Send prompt cache breakpoints, where the agent sets them."
    )
    images: bool = Field(
        default=True,
        description="Send images; false puts a text in their place.",
    )
    tool_images: Literal["user", "tool"] = Field(
        default="user",
        description="Where images of tool results go: into a user message behind the results "
        "(`user`), or into the result (`tool`), which few servers accept.",
    )
    strict_tools: bool | None = Field(
        default=None, description="Value of `strict` in tool definitions; by default left out."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Sent along with tools; by default left out."
    )
    result_names: bool = Field(default=False, description="Send the tool's name with its result.")

    @property
    def is_own(self) -> bool:
        """Whether the endpoint is OpenAI's own."""
        return urlsplit(self.base_url).hostname == OWN_HOST

    def dialect(self) -> Dialect:
        """Return how the endpoint is to be spoken to."""
        own_field = "max_completion_tokens" if self.is_own else "max_tokens"
        return Dialect(
            max_tokens_field=self.max_tokens_field or own_field,
            system_role=self.system_role,
            usage_in_stream=self.usage_in_stream,
            reasoning_request=self.reasoning_request,
            reasoning_levels=tuple(self.reasoning_levels),
            reasoning_off=self.reasoning_off,
            reasoning_fields=tuple(self.reasoning_fields),
            replay_reasoning=self.replay_reasoning,
            cache_control=self.cache_control,
            images=self.images,
            tool_images=self.tool_images,
            strict_tools=self.strict_tools,
            parallel_tool_calls=self.parallel_tool_calls,
            result_names=self.result_names,
        )


def chat_url(base_url: str) -> str:
    """Return the URL of chat completions: `base_url`, or what is below it."""
    root = base_url.rstrip("/")
    return root if urlsplit(root).path.endswith(_CHAT) else f"{root}{_CHAT}"
