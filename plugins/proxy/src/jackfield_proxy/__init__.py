"""Models behind a proxy server that speaks the protocol of TinyAgent and pi.

Hooks, and the names of TinyAgent; the rest is imported when it is used.
"""

from typing import TYPE_CHECKING, Any

from jackfield import Host, Provider, hookimpl

if TYPE_CHECKING:
    from jackfield_proxy.provider import ProxyProvider as ProxyProvider
    from jackfield_proxy.settings import ProxySettings as ProxySettings
    from jackfield_proxy.stream import ProxyStreamOptions as ProxyStreamOptions
    from jackfield_proxy.stream import ProxyStreamResponse as ProxyStreamResponse
    from jackfield_proxy.stream import create_proxy_stream as create_proxy_stream
    from jackfield_proxy.stream import proxy_stream_fn as proxy_stream_fn
    from jackfield_proxy.stream import stream_proxy as stream_proxy

_ROOMS = {
    "jackfield_proxy.provider": ("ProxyProvider",),
    "jackfield_proxy.settings": ("ProxySettings",),
    "jackfield_proxy.stream": (
        "ProxyStreamOptions",
        "ProxyStreamResponse",
        "create_proxy_stream",
        "proxy_stream_fn",
        "stream_proxy",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_ROOM_OF)

jackfield_api = "0.1"
jackfield_touches = {"hosts": ["{proxy_url}"]}  # in braces: what a setting says


@hookimpl
def open_provider(name: str, settings: Any, kernel: Host) -> Provider:
    """Open the provider; nothing is sent before somebody asks."""
    from jackfield_proxy.provider import ProxyProvider  # noqa: PLC0415 - only when it is used

    auth = kernel.auth(settings.auth) if settings.auth else None
    return ProxyProvider(name, settings, kernel.transport(settings.transport), auth)


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the provider."""
    from jackfield_proxy.settings import ProxySettings  # noqa: PLC0415 - only when it is used

    return ProxySettings


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        message = f"module 'jackfield_proxy' has no attribute {name!r}"
        raise AttributeError(message, name=name)
    from importlib import import_module  # noqa: PLC0415 - only when it is used

    return getattr(import_module(_ROOM_OF[name]), name)
