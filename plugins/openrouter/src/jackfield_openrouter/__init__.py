"""The models of OpenRouter: routing, fallbacks, thinking, prompt caches and cost.

Hooks only, and the names that programs import; the rest is imported when it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jackfield import Host, Provider, hookimpl

if TYPE_CHECKING:
    from jackfield_openrouter.direct import OpenRouterStreamResponse as OpenRouterStreamResponse
    from jackfield_openrouter.direct import stream_openrouter as stream_openrouter
    from jackfield_openrouter.model import OpenRouterModel as OpenRouterModel

jackfield_api = "0.1"
jackfield_touches = {
    # The key where no auth is named; the URL is for `stream_openrouter` only.
    "env": ["OPENROUTER_API_KEY", "OPENROUTER_BASE_URL"],
    "hosts": ["{base_url}"],  # in braces: what a setting says
}

_ROOM_OF = {
    "OpenRouterModel": "jackfield_openrouter.model",
    "OpenRouterStreamResponse": "jackfield_openrouter.direct",
    "stream_openrouter": "jackfield_openrouter.direct",
}

__all__ = ["OpenRouterModel", "OpenRouterStreamResponse", "stream_openrouter"]


@hookimpl
def open_provider(name: str, settings: Any, kernel: Host) -> Provider:
    """Open the provider; nothing is sent before somebody asks."""
    from jackfield_openrouter.provider import OpenRouterProvider  # noqa: PLC0415 - when it is used

    auth = kernel.auth(settings.auth) if settings.auth else None
    return OpenRouterProvider(name, settings, kernel.transport(settings.transport), auth)


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    from jackfield_openrouter.settings import (  # noqa: PLC0415 - when it is used
        OpenRouterSettings,
    )

    return OpenRouterSettings


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name)
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value
