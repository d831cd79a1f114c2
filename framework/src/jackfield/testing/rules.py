"""What all contract suites share: how a broken rule is told, and the watch for left tasks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from typing import NoReturn, TypeVar

_T = TypeVar("_T")

_ROUNDS = 10  # of the event loop, for tasks that are ending right now


class BrokenRuleError(AssertionError):
    """A plugin broke a rule of its contract; the text says which and how."""


def broken(text: str) -> NoReturn:
    """Fail the test: the rule of its docstring is broken."""
    raise BrokenRuleError(text)


async def within(limit_s: float, awaitable: Awaitable[_T], what: str) -> _T:
    """Await something that must not hang.

    Raises:
        BrokenRuleError: It took more than `limit_s` seconds.
    """
    try:
        async with asyncio.timeout(limit_s) as limit:
            return await awaitable
    except TimeoutError:
        if limit.expired():
            broken(f"{what} did not end within {limit_s:g} s.")
        raise


async def left_tasks(
    before: set[asyncio.Task[object]], grace_s: float = 0
) -> set[asyncio.Task[object]]:
    """Return the tasks that are running now, did not before, and don't end within `grace_s`."""
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
    left = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
    if left and grace_s:
        _, left = await asyncio.wait(left, timeout=grace_s)
    return left


def described(tasks: set[asyncio.Task[object]]) -> str:
    """Return names and coroutines of tasks, for an error message."""
    return ", ".join(sorted(f"{task.get_name()} ({task.get_coro()})" for task in tasks))


@contextlib.asynccontextmanager
async def no_tasks_left(what: str, grace_s: float = 0) -> AsyncIterator[None]:
    """Fail when the block leaves asyncio tasks behind; these are cancelled.

    Args:
        what: What the message calls the culprit.
        grace_s: How long a task may take to end by itself.

    Raises:
        BrokenRuleError: There are such tasks.
    """
    before = asyncio.all_tasks()
    yield
    left = await left_tasks(before, grace_s)
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=1)
        broken(f"{what} left tasks behind: {described(left)}. Every task needs an owner.")
