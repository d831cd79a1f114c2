"""State operations of a stream -> events with the state after them."""

from typing import Any

from jackfield_assistant_ui.wire.decoder import StreamBroken
from jackfield_assistant_ui.wire.events import StateOps
from jackfield_assistant_ui.wire.fields import mapping
from jackfield_assistant_ui.wire.state import StateOperationError, applied


class StateReader:
    """Follows the state through a stream.

    Args:
        state: Before the first operation.
    """

    def __init__(self, state: Any) -> None:
        self._state = state

    def read(self, operations: list[Any]) -> StateOps:
        """Return the event for some operations.

        Raises:
            StreamBroken: One of them does not fit the state.
            WrongFieldError: One of them is no object.
        """
        found = [mapping(each) for each in operations]
        try:
            self._state = applied(self._state, found)
        except StateOperationError as error:
            raise StreamBroken(str(error)) from error
        return StateOps(found, self._state)
