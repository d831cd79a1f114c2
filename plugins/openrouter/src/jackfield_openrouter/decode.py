"""What only OpenRouter sends in an answer: details of thinking, cost, who served it.

Source: spec/openrouter.md, 10 to 13.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jackfield.answer import Answer
from jackfield.errors import ProviderError
from jackfield.messages import ThinkingContent
from jackfield_openai.decode import METADATA_FIELDS, ChunkDecoder
from jackfield_openai.dialect import Dialect
from jackfield_openrouter.cost import estimated_cost, read_usage
from jackfield_openrouter.details import ReasoningDetails

TITLE = "OpenRouter"

_NO_TOOLS_HINT = (
    "The model, or the upstreams that your routing allows, take no tools: choose a model whose "
    "`supported_parameters` has `tools` (`jackfield models` lists them)."
)


class OpenRouterDecoder(ChunkDecoder):
    """Decodes one answer of OpenRouter.

    Args:
        answer: Is filled.
        dialect: How OpenRouter answers.
        provider: The provider's name, for errors.
        headers: Of the response; names in lower case.
        prices: Of the model's tokens, where they are known, for an estimate of the cost.
    """

    metadata_fields = (*METADATA_FIELDS, "openrouter_metadata")

    def __init__(
        self,
        answer: Answer,
        dialect: Dialect,
        *,
        provider: str,
        headers: Mapping[str, str] | None = None,
        prices: Mapping[str, Decimal] | None = None,
    ) -> None:
        super().__init__(answer, dialect, provider=provider, headers=headers)
        self._details = ReasoningDetails(answer.message.content)
        self._generation = (headers or {}).get("x-generation-id")
        self._prices = prices or {}

    def close(self) -> None:
        """End the answer.

        Raises:
            ProviderError: The answer is incomplete or empty, or was filtered.
        """
        self._identify()
        super().close()

    def complete(self, error: ProviderError) -> None:
        """Say in an error whose it is, and what may help."""
        self._identify()
        super().complete(error)
        if error.message.startswith((f"{self.provider} ", f"{self.provider}: ")):
            error.message = TITLE + error.message[len(self.provider) :]
            error.args = (error.message,)
        if error.kind == "not_found" and _names_tools(error.message):
            error.hint = _NO_TOOLS_HINT

    def take_usage(self, usage: Mapping[str, Any]) -> None:
        """Read a usage object with its cost; it replaces the one before."""
        message = self.answer.message
        message.usage = read_usage(usage, message.metadata)
        message.metadata.pop("cost_estimate", None)
        if message.metadata.get("cost_unknown"):
            estimate = estimated_cost(message.usage, self._prices)
            if estimate is not None:
                message.metadata["cost_estimate"] = estimate

    def take_details(self, details: list[Any]) -> None:
        """Keep `reasoning_details` for the next request."""
        self._details.take(details)

    def sign_thinking(self) -> None:
        """Note on the thinking parts, all ended, how they are to be sent back."""
        super().sign_thinking()
        if self._details.is_waiting:
            self.answer.open_thinking()
            self.answer.end_block()
        for at, part in enumerate(self.answer.message.content):
            if isinstance(part, ThinkingContent):
                part.thinking_signature = self._details.signature(at) or part.thinking_signature

    def _identify(self) -> None:
        message = self.answer.message
        message.response_id = message.response_id or self._generation


def _names_tools(message: str) -> bool:
    return "No endpoints found" in message and ("tool use" in message or "tool_choice" in message)
