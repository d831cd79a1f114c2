"""assistant-ui: a client of its sync servers, and a server for its front ends.

Public names only: each is imported when it is used. Source: spec/assistant-ui.md, b.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield_assistant_ui.version import __version__ as __version__

_ROOMS = {
    "jackfield_assistant_ui.version": ("__version__",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_ROOM_OF)


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name)
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
