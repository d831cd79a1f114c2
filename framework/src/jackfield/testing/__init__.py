"""The testing kit for plugin authors: a scripted model, a loopback server, contract suites.

Importing it costs nothing: a name's room is imported when the name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield.testing.script import Call as Call
    from jackfield.testing.script import Delay as Delay
    from jackfield.testing.script import Error as Error
    from jackfield.testing.script import Finish as Finish
    from jackfield.testing.script import Interleaved as Interleaved
    from jackfield.testing.script import Text as Text
    from jackfield.testing.script import Thinking as Thinking
    from jackfield.testing.script import Wait as Wait
    from jackfield.testing.scripted import RecordedRequest as RecordedRequest
    from jackfield.testing.scripted import ScriptedProvider as ScriptedProvider
    from jackfield.testing.throwaway import InstalledPlugin as InstalledPlugin
    from jackfield.testing.throwaway import install_plugin as install_plugin

_ROOMS = {
    "jackfield.testing.script": (
        "Call",
        "Delay",
        "Error",
        "Finish",
        "Interleaved",
        "Text",
        "Thinking",
        "Wait",
    ),
    "jackfield.testing.scripted": ("RecordedRequest", "ScriptedProvider"),
    "jackfield.testing.throwaway": ("InstalledPlugin", "install_plugin"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_ROOM_OF)


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        message = f"module 'jackfield.testing' has no attribute {name!r}"
        raise AttributeError(message, name=name)
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
