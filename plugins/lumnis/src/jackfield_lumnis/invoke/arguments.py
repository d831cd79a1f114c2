"""The arguments of `invoke`, for both clients. Source: spec/lumnis.md, 6.2."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from jackfield_lumnis.invoke.input import Messages, chosen_input
from jackfield_lumnis.invoke.options import OPTION_NAMES, RunOptions
from jackfield_lumnis.invoke.polling import Polling
from jackfield_lumnis.invoke.run import Task
from jackfield_lumnis.scoping import UserId
from jackfield_lumnis.types import Scope

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

DEFAULTS: Mapping[str, Any] = {
    "task": None,
    "prompt": None,
    "show_progress": False,
    "user_id": None,
    "scope": None,
    "thread_id": None,
    "idempotency_key": None,
    "poll_interval": 2.0,
    "wait_timeout": 10,
    "max_wait": None,
}


class InvokeArguments(RunOptions, total=False):
    """What `invoke` takes beside the messages; nothing is required.

    Attributes:
        task: Deprecated name for the messages.
        prompt: Another name for the messages.
        show_progress: Whether to print status and messages of the run as they change.
        user_id: For whom; by default the client's user.
        scope: By default the client's.
        thread_id: The conversation that the run continues; None for a new one.
        idempotency_key: A second run with the same key is the first one.
        poll_interval: Seconds from one question how the run stands to the next; default 2.
        wait_timeout: Seconds that the service may hold each question; default 10.
        max_wait: Seconds after which to give up; by default never. The run goes on.
    """

    task: Messages | None
    prompt: str | None
    show_progress: bool
    user_id: UserId
    scope: Scope | str | None
    thread_id: str | UUID | None
    idempotency_key: str | None
    poll_interval: float
    wait_timeout: float | None
    max_wait: float | None


def task_of(
    messages: Messages | None, arguments: Mapping[str, Any], *, function: str, stacklevel: int
) -> Task:
    """Return what the arguments ask for.

    Args:
        messages: The first argument.
        arguments: The others.
        function: Who was given them.
        stacklevel: How far above is who gave them: 1 for the caller of this function.

    Raises:
        TypeError: There is no such argument.
        ValueError: Nothing is asked, or several things.
        ValidationError: A value is not allowed.
    """
    for name in arguments:
        if name not in DEFAULTS and name not in OPTION_NAMES:
            raise TypeError(f"{function}() got an unexpected keyword argument '{name}'")
    given = {**DEFAULTS, **arguments}
    asked = chosen_input(messages, given["prompt"], given["task"], stacklevel=stacklevel + 1)
    return Task(
        messages=asked,
        polling=Polling(**{name: given[name] for name in Polling.__dataclass_fields__}),
        options={name: given[name] for name in OPTION_NAMES & given.keys()},
        **{name: given[name] for name in _OF_TASK},
    )


_OF_TASK = ("user_id", "scope", "thread_id", "idempotency_key", "show_progress")


def with_signature(function: FunctionT) -> FunctionT:
    """Make help and editors show the parameters that stand behind `**arguments`."""
    signature = inspect.signature(function)
    *shown, options = signature.parameters.values()
    shown += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in {**DEFAULTS, "agent_config": None}.items()
    ]
    rest = options.replace(name="options", annotation=Any)
    function.__signature__ = signature.replace(parameters=[*shown, rest])  # type: ignore[attr-defined]
    return function
