"""Python module over the Rust crate alchemy-llm: streams of chat completions."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, final

__all__ = [
    "ALCHEMY_LLM_VERSION",
    "DONE",
    "ERROR",
    "RECORD_TYPES",
    "START",
    "TEXT_DELTA",
    "TEXT_END",
    "TEXT_START",
    "THINKING_DELTA",
    "THINKING_END",
    "THINKING_START",
    "TOOL_CALL_DELTA",
    "TOOL_CALL_END",
    "TOOL_CALL_START",
    "OpenAICompletionsStream",
    "Wakeup",
    "__version__",
    "collect_openai_completions",
    "open_stream",
    "openai_completions_stream",
]

__version__: Final[str]
"""Version of this distribution."""

ALCHEMY_LLM_VERSION: Final[str]
"""Version of the crate `alchemy-llm` inside."""

_Record: TypeAlias = tuple[Any, ...]
"""A number of the table below, then what the record carries; i is the place in the content.

(START, response_id), (TEXT_START, i), (TEXT_DELTA, i, delta), (TEXT_END, i),
(THINKING_START, i), (THINKING_DELTA, i, delta), (THINKING_END, i),
(TOOL_CALL_START, i, id, name), (TOOL_CALL_DELTA, i, delta),
(TOOL_CALL_END, i, id, name, arguments_json), (DONE, reason, meta), (ERROR, reason, info, meta).

`meta` has the keys usage, response_id, response_model, raw_stop_reason, thinking_signature,
metadata; `info` has kind, message, hint, provider, status, retryable, retry_after, request_id,
details.
"""

START: Final[int]
TEXT_START: Final[int]
TEXT_DELTA: Final[int]
TEXT_END: Final[int]
THINKING_START: Final[int]
THINKING_DELTA: Final[int]
THINKING_END: Final[int]
TOOL_CALL_START: Final[int]
TOOL_CALL_DELTA: Final[int]
TOOL_CALL_END: Final[int]
DONE: Final[int]
ERROR: Final[int]
RECORD_TYPES: Final[tuple[str, ...]]
"""Names of the events, in the order of these numbers."""

@final
class OpenAICompletionsStream:
    """One answer on its way. Every method may be called from any thread.

    Read it with one of `next_event`, `next_batch` and `drain`; each record goes to one caller.
    """

    def next_event(self, partial: bool = True) -> dict[str, Any] | None:
        """Return the next event; None after the terminal one. Blocks.

        Args:
            partial: Show the message so far in each event, at a cost that grows with it.
        """

    def result(self) -> dict[str, Any]:
        """Return the final message. Blocks; events can be read before, after and meanwhile.

        Raises:
            RuntimeError: The stream was closed, or builds no message.
        """

    def snapshot(self) -> dict[str, Any]:
        """Return the message as far as it was read.

        Raises:
            RuntimeError: The stream builds no message.
        """

    def drain(self, max: int = 0) -> list[_Record] | None:  # noqa: A002 - the name that was promised
        """Return the records that wait, at most `max` if that is not 0; None after the last.

        Never blocks: no record is waiting where the list is empty.
        """

    def next_batch(self, timeout: float | None = None) -> list[_Record] | None:
        """Return the records that wait, at least one; None after the last. Blocks.

        Args:
            timeout: In seconds; [] is returned if nothing came by then.
        """

    def fileno(self) -> int:
        """Return a descriptor that is readable while records wait; `drain` reads it.

        The stream owns it, and closes it when the terminal record is taken and by `close`.

        Raises:
            OSError: The stream is over, or the system has none.
        """

    def set_waker(self, waker: Callable[[], object] | None) -> None:
        """Have a function called, from another thread, each time records begin to wait."""

    def set_wakeup(self, wakeup: Wakeup, key: int) -> None:
        """Have a `Wakeup` told this key each time records begin to wait; in place of any waker.

        Args:
            wakeup: What the event loop watches.
            key: Any number from 0 to 2**64 - 1; `Wakeup.ready` returns it.
        """

    def cancel(self) -> None:
        """Close the connection; what waits can be read, then an error, reason `aborted`."""

    def close(self) -> None:
        """Close the connection and forget what waits."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        *_exception: type[BaseException] | BaseException | TracebackType | None,
    ) -> None: ...

@final
class Wakeup:
    """One descriptor for many streams: an event loop watches it, and asks which of them to drain.

    It costs a stream nothing to be watched so: `fileno` of the stream is never made. It is closed
    with the last reference to it.

    Raises:
        OSError: The process has no descriptor left, or the system has none of the kind.
    """

    def __new__(cls) -> Self: ...
    def fileno(self) -> int:
        """Return the descriptor that is readable while `ready` has something to tell."""

    def tell(self, key: int) -> None:
        """Tell a key, as a stream does; from any thread."""

    def ready(self) -> list[int]:
        """Return the keys of the streams that have begun to have records. Never blocks.

        Each is told once per change from nothing to something: drain such a stream until it
        returns an empty list before you wait for it again.
        """

def openai_completions_stream(
    model: dict[str, Any],
    context: dict[str, Any],
    options: dict[str, Any] | None = None,
) -> OpenAICompletionsStream:
    """Ask a model; return its answer at once, before it is there.

    Args:
        model: `id`, `base_url`; `provider`, `name`, `headers`, `reasoning`, `context_window`,
            `max_tokens`, `api`, `input`, `compat`.
        context: `system_prompt`, `messages`, `tools`.
        options: `api_key`, `temperature`, `max_tokens`, `tool_choice`, `reasoning_effort`,
            `headers`, `extra_body`, `timeouts`, `proxy`, `ca_file`, `verify`, `dialect`,
            `engine` (`own` or `crate`), `coalesce`.

    Raises:
        ValueError: An argument cannot be used; the text names the place.
        RuntimeError: No key for a server that needs one.
    """

def collect_openai_completions(
    model: dict[str, Any],
    context: dict[str, Any],
    options: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Ask a model and wait for its whole answer; return `events` and `final_message`.

    The `partial` of all events is the final message. Raises as `openai_completions_stream`.
    """

def open_stream(
    url: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    timeouts: dict[str, float | None] | None = None,
    dialect: dict[str, Any] | None = None,
    provider: str = "",
    proxy: str | None = None,
    ca_file: str | None = None,
    verify: bool = True,
    coalesce: bool = False,
    keep_message: bool = True,
) -> OpenAICompletionsStream:
    """Send a body that is made already; return its answer at once, before it is there.

    Args:
        url: The endpoint.
        headers: All but those that HTTP needs.
        body: JSON.
        timeouts: `connect`, `idle`, `stall`, `total` in seconds; None for ever.
        dialect: How the endpoint answers, by the names of `jackfield_openai.dialect`.
        provider: Its name, for errors.
        proxy: Its URL; None for that of the environment, "" for none.
        ca_file: PEM file of the only authorities to trust.
        verify: Check certificates.
        coalesce: Join neighbouring deltas of one block inside a batch.
        keep_message: Build the message, for `result`, `snapshot` and `partial`.

    Raises:
        ValueError: An argument cannot be used; the text names the place.
    """
