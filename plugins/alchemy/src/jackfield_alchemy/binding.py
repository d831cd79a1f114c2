"""The Rust binding, imported when it is used, and what of it the provider uses."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, cast

from jackfield.errors import PluginError
from jackfield.http import Request, Timeouts

DISTRIBUTION = "alchemy-llm-py"
BUILD_COMMAND = "pip install ./bindings/alchemy_llm_py"

START = 0
TEXT_START, TEXT_DELTA, TEXT_END = 1, 2, 3
THINKING_START, THINKING_DELTA, THINKING_END = 4, 5, 6
TOOL_CALL_START, TOOL_CALL_DELTA, TOOL_CALL_END = 7, 8, 9
DONE, ERROR = 10, 11  # the last record of an answer

Record: TypeAlias = tuple[Any, ...]
"""A code, and what goes with it. Source: spec/alchemy.md, 8.3."""


class BindingMissingError(PluginError, RuntimeError):
    """The Rust binding is not installed."""


class Handle(Protocol):
    """One answer that the binding reads; `OpenAICompletionsStream` of the binding."""

    def drain(self, max: int = 0) -> Sequence[Record] | None:  # noqa: A002 - the binding's name
        """Return the records that wait, without waiting; None after the terminal one."""

    def set_wakeup(self, wakeup: "Wakeup", key: int) -> None:
        """Have `wakeup` told this key when records begin to wait."""

    def set_waker(self, waker: Callable[[], object] | None) -> None:
        """Have `waker` called, from any thread, when records begin to wait."""

    def close(self) -> None:
        """Close the connection; idempotent."""


class Wakeup(Protocol):
    """One descriptor for all handles of an event loop; `Wakeup` of the binding."""

    def fileno(self) -> int:
        """Return a descriptor that is readable while `ready` has something to tell."""

    def ready(self) -> Sequence[int]:
        """Return the keys of the handles where records have begun to wait."""


class Binding(Protocol):
    """What the provider uses of the binding."""

    def Wakeup(self) -> Wakeup:  # noqa: N802 - a class of the binding
        """Make a descriptor."""

    def open_stream(  # noqa: PLR0913 - the binding's function
        self,
        url: str,
        headers: list[tuple[str, str]],
        body: bytes,
        *,
        timeouts: Mapping[str, float | None] | None = None,
        dialect: Mapping[str, Any] | None = None,
        provider: str = "",
        keep_message: bool = True,
        **way: Any,
    ) -> Handle:
        """Post a body to an endpoint for chat completions."""

    def openai_completions_stream(
        self,
        model: Mapping[str, Any],
        context: Mapping[str, Any],
        options: Mapping[str, Any] | None = None,
    ) -> Handle:
        """Have a request made, sent and read by the crate."""


def binding() -> Binding:
    """Return the binding.

    Raises:
        BindingMissingError: It is not installed, or does not load.
    """
    try:
        import alchemy_llm_py  # noqa: PLC0415 - compiled; it may be missing
    except ImportError as error:
        raise BindingMissingError(
            f"The Rust binding cannot be imported: {error}.",
            kind="provider",
            name="alchemy",
            distribution="jackfield-alchemy",
            hint=f"Install it with `pip install {DISTRIBUTION}`. Where there is no wheel for this "
            f"machine, that needs a Rust toolchain (rustup.rs); from the repository: "
            f"`{BUILD_COMMAND}`. The provider `openai` does the same without it.",
        ) from error
    return cast("Binding", alchemy_llm_py)


def timeouts_of(request: Request) -> dict[str, float]:
    """Return the timeouts that a request sets, by the binding's names."""
    steps = request.timeouts or Timeouts()
    told = {
        "connect": steps.connect_s,
        "idle": steps.read_s,
        "stall": steps.stall_s,
        "total": request.timeout_s,
    }
    return {name: value for name, value in told.items() if value is not None}
