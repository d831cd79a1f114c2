"""A model at OpenRouter and what its requests are to carry."""

from dataclasses import dataclass
from typing import Any, ClassVar

from jackfield.models import Model

BASE_URL = "https://openrouter.ai/api/v1"
CHAT_URL = f"{BASE_URL}/chat/completions"
API = "openrouter"


@dataclass(kw_only=True)
class OpenRouterModel(Model):
    """A model at OpenRouter: `OpenRouterModel(id="vendor/model")` is enough.

    What is None, or at its default, is taken from the provider's settings.
    Source: spec/openrouter.md, 1.1.

    Attributes:
        base_url: Root of the API, or its whole URL for chat completions.
        openrouter_provider: How the upstream is chosen: the body's `provider` object.
        openrouter_route: The body's `route`; OpenRouter calls it deprecated.
        fallback_models: Ids that are tried in order when this model fails.
        plugins: OpenRouter's plugins, each an object with `id`.
        headers: Further headers; None removes one of ours.
        extra_body: Further fields of the body, merged last.
        context_window: Tokens; as the next four, known after `models()` or from you.
        max_output_tokens: Longest answer; a longer `max_tokens` is cut to it.
        input_modalities: What it reads; without `image`, images become a line of text.
        supported_parameters: What it takes; temperature and thinking are left out if missing.
        reasoning: Its `supported_efforts`, `supports_max_tokens` and `mandatory`.
    """

    same_apis: ClassVar[frozenset[str]] = frozenset({"openai-completions"})

    provider: str = "openrouter"
    id: str = "anthropic/claude-3.5-sonnet"
    api: str = API
    base_url: str = CHAT_URL
    openrouter_provider: dict[str, Any] | None = None
    openrouter_route: str | None = None
    fallback_models: list[str] | None = None
    plugins: list[dict[str, Any]] | None = None
    headers: dict[str, str | None] | None = None
    extra_body: dict[str, Any] | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    input_modalities: list[str] | None = None
    supported_parameters: list[str] | None = None
    reasoning: dict[str, Any] | None = None

    def takes(self, parameter: str) -> bool:
        """Tell whether the model takes a parameter; True where nobody knows."""
        return self.supported_parameters is None or parameter in self.supported_parameters

    @property
    def has_eyes(self) -> bool:
        """Whether the model reads images; True where nobody knows."""
        return self.input_modalities is None or "image" in self.input_modalities

    @property
    def wants_cache_marks(self) -> bool:
        """Whether the model's prompt cache needs breakpoints; others cache by themselves."""
        return self.id.lstrip("~").startswith(("anthropic/", "qwen/", "google/gemini"))
