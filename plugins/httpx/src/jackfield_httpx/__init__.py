"""HTTP for Jackfield: the transports `httpx`, `record` and `replay`, and the providers' toolkit.

Hooks only; the rest is imported when it is used.
"""

from typing import Any

from jackfield import Transport, hookimpl

jackfield_api = "0.1"
jackfield_touches = {
    "env": ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE"],
    "files": ["{ca_file}", "{client_cert}", "{client_key}", "{path}"],
    "hosts": ["*"],  # those that the provider names
}


@hookimpl
def open_transport(settings: Any) -> Transport:
    """Open a transport; nothing is connected, read or written before its first request."""
    from jackfield_httpx.transport import HttpxTransport  # noqa: PLC0415 - when it is used

    return HttpxTransport(settings)


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the transport."""
    from jackfield_httpx.settings import HttpxSettings  # noqa: PLC0415 - when it is used

    return HttpxSettings
