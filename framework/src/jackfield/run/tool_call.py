"""One tool call of one turn: its arguments, its task, its outcome.

Sources: spec/agent.md, 7.1 and 7.2.
"""

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable
from typing import Any

from jackfield.coerce import as_tool_result
from jackfield.events import ToolExecutionUpdateEvent
from jackfield.messages import TextContent, ToolCallContent, ToolResultMessage
from jackfield.run.abort import GRACE_S
from jackfield.run.threads import in_thread
from jackfield.tools import AgentTool, AgentToolResult

ABORTED_TEXT = "Operation aborted"
CANCELLED_TEXT = "Tool execution cancelled"

_log = logging.getLogger(__name__)
_left_behind: set[asyncio.Task[None]] = set()  # a task that nobody holds could vanish half-way


def error_text(error: BaseException) -> str:
    """Return what the model is told about an error; never empty."""
    return str(error) or type(error).__name__


def error_result(text: str) -> AgentToolResult:
    """Return a result that says `text`."""
    return AgentToolResult(content=[TextContent(text=text)])


class RunningCall:
    """A tool call from its start to its outcome.

    Args:
        part: The call as the model made it.
        tool: None when no tool has that name.
        notify: Told of every update and of the end.

    Attributes:
        args: What the tool gets; the arguments as received until they are validated.
        result: The outcome, once there is one.
        is_error: Whether the outcome is an error.
        message: The result as it goes into the history, once the hooks have seen it.
        terminate: Whether a hook or the result asks for the end of the run.
    """

    __slots__ = (
        "_limit",
        "_loop",
        "_notify",
        "_stopped",
        "_task",
        "_thread",
        "args",
        "is_error",
        "message",
        "part",
        "result",
        "terminate",
        "tool",
    )

    def __init__(
        self, part: ToolCallContent, tool: AgentTool | None, notify: Callable[[Any], None]
    ) -> None:
        self.part = part
        self.tool = tool
        self.args: dict[str, Any] = part.arguments
        self.result: AgentToolResult | None = None
        self.is_error = False
        self.message: ToolResultMessage | None = None
        self.terminate = False
        self._notify = notify
        self._task: asyncio.Task[None] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._stopped = ""  # why it was cancelled: the text of its result
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def settle(self, result: AgentToolResult, *, is_error: bool) -> None:
        """Give the call its outcome; what comes later is dropped."""
        if self.result is None:
            self.result, self.is_error = result, is_error
            self.terminate |= result.terminate
            if self._limit is not None:
                self._limit.cancel()
            self._notify(self)

    def fail(self, text: str) -> None:
        """Give the call an error as its outcome."""
        self.settle(error_result(text), is_error=True)

    def start(self, signal: asyncio.Event) -> None:
        """Start the tool in a task of its own."""
        self._task = self._loop.create_task(self._execute(signal), name=f"tool {self.part.name}")
        self._task.add_done_callback(_seen)
        if self.tool is not None and self.tool.timeout is not None:
            text = f"Tool {self.part.name} exceeded its time limit of {self.tool.timeout:g} s"
            self._limit = self._loop.call_later(self.tool.timeout, self.stop, text)

    def stop(self, text: str) -> None:
        """End the call early: it is cancelled, and left behind if it does not end in time."""
        if self.result is not None or self._stopped:
            return
        self._stopped = text
        if self._task is None:
            self.fail(text)
            return
        if self._limit is not None:
            self._limit.cancel()
        self._task.cancel()
        self._limit = self._loop.call_later(GRACE_S, self._leave_behind)

    def _leave_behind(self) -> None:
        task = self._task
        if self.result is None and task is not None:
            _log.warning(
                "Tool %r did not end within %g s of being cancelled; it is left behind and its "
                "result is dropped.",
                self.part.name,
                GRACE_S,
            )
            _left_behind.add(task)
            task.add_done_callback(_left_behind.discard)
            self.fail(self._stopped)

    async def _execute(self, signal: asyncio.Event) -> None:
        try:
            result = as_tool_result(await self._run(signal))
        except asyncio.CancelledError as error:
            self.fail(self._stopped or str(error) or CANCELLED_TEXT)
        except (KeyboardInterrupt, SystemExit) as error:
            self.fail(error_text(error))
            raise
        except BaseException as error:  # noqa: BLE001 - every other failure is for the model
            _log.debug("Tool %r failed", self.part.name, exc_info=error)
            self.fail(self._stopped or error_text(error))
        else:
            if self._stopped:
                self.fail(self._stopped)
            self.settle(result, is_error=False)

    async def _run(self, signal: asyncio.Event) -> Any:
        execute = self.tool.execute if self.tool is not None else None
        assert execute is not None  # noqa: S101 - the batch refuses such calls before
        arguments = (self.part.id, self.args, signal, self._update)
        if _is_async(execute):
            return await execute(*arguments)
        value = await in_thread(execute, *arguments)
        # A lambda or partial around an async function only looks like a plain one.
        return await value if inspect.isawaitable(value) else value

    def _update(self, partial_result: Any) -> None:
        """`on_update` of the tool; legal from any thread, dropped when late."""
        result = as_tool_result(partial_result)
        if threading.get_ident() == self._thread:
            self._tell(result)
            return
        try:
            self._loop.call_soon_threadsafe(self._tell, result)
        except RuntimeError:  # the loop is closed: nobody listens any more
            _log.debug("Update of tool %r came too late", self.part.name)

    def _tell(self, result: AgentToolResult) -> None:
        if self.result is None:
            part = self.part
            self._notify(ToolExecutionUpdateEvent(part.id, part.name, part.arguments, result))


def _seen(task: asyncio.Task[None]) -> None:
    """Take note of an exception: what a tool raises is in its result, or has left the loop."""
    if not task.cancelled():
        task.exception()


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - an object with an async __call__
    )
