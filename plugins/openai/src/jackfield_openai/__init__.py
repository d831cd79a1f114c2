"""Any endpoint that speaks OpenAI's chat completions.

Hooks only; the rest is imported when it is used.
"""

from typing import Any

from jackfield import Host, Provider, hookimpl

jackfield_api = "0.1"
jackfield_touches = {
    "env": ["OPENAI_API_KEY"],  # where the endpoint is OpenAI's and no auth is named
    "hosts": ["{base_url}"],  # in braces: what a setting says
}


@hookimpl
def open_provider(name: str, settings: Any, kernel: Host) -> Provider:
    """Open the provider; nothing is sent before somebody asks."""
    from jackfield_openai.provider import (  # noqa: PLC0415 - only when it is used
        OpenAIProvider,
        default_auth,
    )

    auth = kernel.auth(settings.auth) if settings.auth else default_auth(settings)
    return OpenAIProvider(name, settings, kernel.transport(settings.transport), auth)


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    from jackfield_openai.settings import OpenAISettings  # noqa: PLC0415 - only when it is used

    return OpenAISettings
