"""A model at any endpoint, for agents without a configuration."""

from dataclasses import dataclass
from typing import ClassVar

from jackfield.models import Model, ThinkingLevel
from jackfield_alchemy.settings import COMPLETIONS, Api

_ALIASES: dict[str, Api] = {
    "openai": COMPLETIONS,
    "openai-compatible": COMPLETIONS,
    "chat-completions": COMPLETIONS,
    "minimax": "minimax-completions",
}
_BY_PROVIDER: dict[str, Api] = {
    "minimax": "minimax-completions",
    "minimax-cn": "minimax-completions",
    "kimi": "anthropic-messages",
}


@dataclass(kw_only=True)
class OpenAICompatModel(Model):
    """A model at an endpoint that you name. Source: spec/alchemy.md, 9.

    Attributes:
        api: `openai-completions`, `anthropic-messages`, `minimax-completions` or
            `zai-completions`; by default what the provider speaks.
        base_url: The endpoint's URL, or what `/chat/completions` is below.
        name: For people.
        headers: Further headers of each request; None removes one of ours.
        context_window: Tokens; for your own use.
        max_tokens: Longest answer where the options say nothing and the API must know.
        reasoning: An effort (`minimal`, `low`, `medium`, `high`, `xhigh`) becomes
            `thinking_level`, unless that is set; True only says that the model can think.
    """

    same_apis: ClassVar[frozenset[str]] = frozenset({"openrouter"})

    provider: str = "openrouter"
    id: str = "moonshotai/kimi-k2.5"
    api: str = ""
    base_url: str = "https://openrouter.ai/api/v1/chat/completions"
    name: str | None = None
    headers: dict[str, str | None] | None = None
    context_window: int = 128_000
    max_tokens: int = 4096
    reasoning: bool | str = False

    def __post_init__(self) -> None:
        if not self.api:
            self.api = _BY_PROVIDER.get(self.provider, COMPLETIONS)
        self.api = _ALIASES.get(self.api, self.api)
        if isinstance(self.reasoning, str) and self.thinking_level is ThinkingLevel.OFF:
            self.thinking_level = ThinkingLevel(self.reasoning)
