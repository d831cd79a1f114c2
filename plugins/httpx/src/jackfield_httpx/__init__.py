"""HTTP for Jackfield: the transports `httpx`, `record` and `replay`, and the providers' toolkit.

Hooks only; the rest is imported when it is used.
"""

from typing import Any

from jackfield import Host, Transport, hookimpl

jackfield_api = "0.1"
jackfield_touches = {
    "env": ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"],
    "files": ["{ca_file}", "{client_cert}", "{client_key}", "{path}"],
    "hosts": ["*"],  # those that the provider names
}


@hookimpl
def open_transport(use: str, settings: Any, kernel: Host) -> Transport:
    """Open a transport; nothing is connected, read or written before its first request."""
    if use == "record":
        from jackfield_httpx.record import RecordTransport  # noqa: PLC0415 - when it is used

        return RecordTransport(settings, kernel.transport(settings.transport))
    if use == "replay":
        from jackfield_httpx.replay import ReplayTransport  # noqa: PLC0415 - when it is used

        return ReplayTransport(settings)
    from jackfield_httpx.transport import HttpxTransport  # noqa: PLC0415 - when it is used

    return HttpxTransport(settings)


@hookimpl
def describe_settings(name: str) -> type[Any]:
    """Return the settings of the transport `name`."""
    from jackfield_httpx import settings  # noqa: PLC0415 - when it is used

    models = {"record": settings.RecordSettings, "replay": settings.ReplaySettings}
    return models.get(name, settings.HttpxSettings)
