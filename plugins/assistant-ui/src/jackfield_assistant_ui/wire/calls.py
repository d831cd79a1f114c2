"""The tool calls of an answer: which are open, and whose arguments are complete."""

from jackfield_assistant_ui.wire.decoder import StreamBroken
from jackfield_assistant_ui.wire.events import CallArgs, CallArgsEnd, CallResult, CallStart, Event


class OpenCalls:
    """Makes the events of tool calls, in their order: start, arguments, their end, result.

    Some servers never say that arguments are complete: a result, the next step and the end of
    the answer say it as well.
    """

    def __init__(self) -> None:
        self._args: dict[str, bool] = {}
        """By id: whether there was any text of arguments."""
        self._unfinished: dict[str, None] = {}

    def __contains__(self, call_id: str) -> bool:
        return call_id in self._args

    def start(self, call_id: str, name: str, parent_id: str = "") -> list[Event]:
        """Begin a call.

        Raises:
            StreamBroken: There is one of that id.
        """
        if call_id in self._args:
            raise StreamBroken(f"The tool call {call_id!r} begins twice.")
        self._args[call_id] = False
        self._unfinished[call_id] = None
        return [CallStart(call_id, name, parent_id)]

    def args(self, call_id: str, text: str) -> list[Event]:
        """Go on with the arguments; nothing happens if they were complete.

        Raises:
            StreamBroken: There is no such call.
        """
        self._check(call_id)
        if not text or call_id not in self._unfinished:
            return []
        self._args[call_id] = True
        return [CallArgs(call_id, text)]

    def has_args(self, call_id: str) -> bool:
        """Return whether there was any text of arguments."""
        return self._args.get(call_id, False)

    def end_args(self, call_id: str) -> list[Event]:
        """Complete the arguments, unless they are.

        Raises:
            StreamBroken: There is no such call.
        """
        self._check(call_id)
        if call_id not in self._unfinished:
            return []
        del self._unfinished[call_id]
        return [CallArgsEnd(call_id)]

    def end_all(self) -> list[Event]:
        """Complete the arguments of every call."""
        return [event for call_id in list(self._unfinished) for event in self.end_args(call_id)]

    def result(self, result: CallResult) -> list[Event]:
        """Settle a call.

        Raises:
            StreamBroken: There is no such call.
        """
        return [*self.end_args(result.id), result]

    def _check(self, call_id: str) -> None:
        if call_id not in self._args:
            raise StreamBroken(f"There is no tool call {call_id!r}.")
