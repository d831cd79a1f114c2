"""Messages that wait to join a run. Source: spec/agent.md, 6."""

from collections import deque

from jackfield.agent.options import QueueMode, check_choice
from jackfield.messages import AgentMessage


class MessageQueue:
    """A queue that gives out one message or all of them at a poll.

    Args:
        name: Of the option that sets the mode, for its error.
        mode: `one-at-a-time` or `all`.
    """

    __slots__ = ("_messages", "_mode", "_name")

    def __init__(self, name: str, mode: QueueMode) -> None:
        self._name = name
        self._mode: QueueMode = mode
        self._messages: deque[AgentMessage] = deque()

    @property
    def mode(self) -> QueueMode:
        """How much a poll takes; a change holds from the next poll on."""
        return self._mode

    @mode.setter
    def mode(self, mode: QueueMode) -> None:
        check_choice(self._name, mode, ("one-at-a-time", "all"))
        self._mode = mode

    def __len__(self) -> int:
        return len(self._messages)

    def push(self, message: AgentMessage) -> None:
        """Append a message."""
        self._messages.append(message)

    def poll(self) -> list[AgentMessage]:
        """Take what the mode allows."""
        count = len(self._messages)
        if self._mode == "one-at-a-time":
            count = min(count, 1)
        return [self._messages.popleft() for _ in range(count)]

    def clear(self) -> None:
        """Drop all messages."""
        self._messages.clear()
