"""Chat completions read in Rust, and what else the crate `alchemy-llm` speaks.

Hooks only, and the names that programs import; the rest, the Rust binding too, is imported when
it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jackfield import Host, Provider, hookimpl

if TYPE_CHECKING:
    from jackfield_alchemy.direct import AlchemyStreamResponse as AlchemyStreamResponse
    from jackfield_alchemy.direct import (
        stream_alchemy_openai_completions as stream_alchemy_openai_completions,
    )
    from jackfield_alchemy.model import OpenAICompatModel as OpenAICompatModel

jackfield_api = "0.1"
jackfield_touches = {
    "env": [  # each for its own host, where no auth is named
        "AI_GATEWAY_API_KEY",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_OAUTH_TOKEN",
        "CEREBRAS_API_KEY",
        "CHUTES_API_KEY",
        "FEATHERLESS_API_KEY",
        "GEMINI_API_KEY",
        "GROQ_API_KEY",
        "KIMI_API_KEY",
        "MINIMAX_API_KEY",
        "MINIMAX_CN_API_KEY",
        "MISTRAL_API_KEY",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "XAI_API_KEY",
        "ZAI_API_KEY",
    ],
    "hosts": ["{base_url}"],  # in braces: what a setting says
}

_ROOM_OF = {
    "AlchemyStreamResponse": "jackfield_alchemy.direct",
    "OpenAICompatModel": "jackfield_alchemy.model",
    "stream_alchemy_openai_completions": "jackfield_alchemy.direct",
}

__all__ = ["AlchemyStreamResponse", "OpenAICompatModel", "stream_alchemy_openai_completions"]


@hookimpl
def open_provider(name: str, settings: Any, kernel: Host) -> Provider:
    """Open the provider; nothing is sent before somebody asks."""
    from jackfield_alchemy.provider import open_alchemy  # noqa: PLC0415 - when it is used

    auth = kernel.auth(settings.auth) if settings.auth else None
    return open_alchemy(name, settings, kernel.transport(settings.transport), auth)


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    from jackfield_alchemy.settings import AlchemySettings  # noqa: PLC0415 - when it is used

    return AlchemySettings


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name)
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value
