"""A list of models, of which the first that works answers.

Hooks only; the rest is imported when it is used.
"""

from typing import Any

from jackfield import Host, Provider, hookimpl

jackfield_api = "0.1"


@hookimpl
def open_provider(name: str, settings: Any, kernel: Host) -> Provider:
    """Open the provider and those of its models; nothing is sent before somebody asks."""
    from jackfield_fallback.provider import (  # noqa: PLC0415 - only when it is used
        Candidate,
        FallbackProvider,
    )

    candidates = [Candidate(*kernel.resolve_model(model)) for model in settings.models]
    return FallbackProvider(name, candidates, on=settings.on)


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    from jackfield_fallback.settings import FallbackSettings  # noqa: PLC0415 - as above

    return FallbackSettings
