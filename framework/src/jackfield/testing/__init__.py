"""The testing kit for plugin authors: a scripted model, a loopback server, contract suites.

Importing it costs nothing: a name's room is imported when the name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield.testing.auth_contract import AuthContract as AuthContract
    from jackfield.testing.loopback import LoopbackServer as LoopbackServer
    from jackfield.testing.loopback_http import Cut as Cut
    from jackfield.testing.loopback_http import Hold as Hold
    from jackfield.testing.loopback_http import Pause as Pause
    from jackfield.testing.loopback_http import ReceivedRequest as ReceivedRequest
    from jackfield.testing.loopback_http import Reply as Reply
    from jackfield.testing.loopback_http import Reset as Reset
    from jackfield.testing.loopback_http import json_reply as json_reply
    from jackfield.testing.loopback_http import redirect as redirect
    from jackfield.testing.loopback_http import sse_reply as sse_reply
    from jackfield.testing.manifest_contract import ManifestContract as ManifestContract
    from jackfield.testing.moment import Moment as Moment
    from jackfield.testing.provider_contract import ProviderContract as ProviderContract
    from jackfield.testing.raw_events import RawStream as RawStream
    from jackfield.testing.raw_events import raw_stream as raw_stream
    from jackfield.testing.rules import BrokenRuleError as BrokenRuleError
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
    from jackfield.testing.sink_contract import SinkContract as SinkContract
    from jackfield.testing.suite import SuiteReport as SuiteReport
    from jackfield.testing.suite import run_suite as run_suite
    from jackfield.testing.throwaway import InstalledPlugin as InstalledPlugin
    from jackfield.testing.throwaway import install_plugin as install_plugin
    from jackfield.testing.tools_contract import ToolsContract as ToolsContract

_ROOMS = {
    "jackfield.testing.auth_contract": ("AuthContract",),
    "jackfield.testing.manifest_contract": ("ManifestContract",),
    "jackfield.testing.provider_contract": ("ProviderContract",),
    "jackfield.testing.rules": ("BrokenRuleError",),
    "jackfield.testing.sink_contract": ("SinkContract",),
    "jackfield.testing.suite": ("SuiteReport", "run_suite"),
    "jackfield.testing.tools_contract": ("ToolsContract",),
    "jackfield.testing.loopback": ("LoopbackServer",),
    "jackfield.testing.loopback_http": (
        "Cut",
        "Hold",
        "Pause",
        "ReceivedRequest",
        "Reply",
        "Reset",
        "json_reply",
        "redirect",
        "sse_reply",
    ),
    "jackfield.testing.moment": ("Moment",),
    "jackfield.testing.raw_events": ("RawStream", "raw_stream"),
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
