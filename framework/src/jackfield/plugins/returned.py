"""Checks of what an open hook returned, before anybody uses it."""

import inspect
from collections import Counter
from typing import Any

import jackfield.contracts as contracts
from jackfield.errors import ContractError, JackfieldError
from jackfield.plugins.index import Entry
from jackfield.plugins.kinds import KINDS
from jackfield.plugins.registry import broken_rule
from jackfield.tools import AgentTool


def checked_return(entry: Entry, value: Any, *, wrapped_by: str = "") -> Any:
    """Return what the open hook of `entry` returned if it fits; tool sets as a list.

    Args:
        entry: Whose hook it was.
        value: What it returned.
        wrapped_by: The hook plugins that could have changed it, for the message.

    Raises:
        ContractError: It is None, a coroutine, a class, or lacks something of its protocol.
    """
    kind = KINDS[entry.kind]
    fault = _fault(value)
    if fault:
        raise _wrong(entry, fault, wrapped_by)
    if not kind.protocol:
        return _checked_tools(entry, value, wrapped_by)
    missing = [name for name in protocol_members(entry.kind) if not hasattr(value, name)]
    if missing:
        what = f"{type(value).__name__}, which has no {', '.join(missing)}"
        raise _wrong(entry, what, wrapped_by)
    return value


def protocol_members(kind: str) -> list[str]:
    """Return the names of everything that an opened object of that kind must have, sorted."""
    declared = vars(getattr(contracts, KINDS[kind].protocol))
    names = {*declared, *declared.get("__annotations__", {})}
    return sorted(name for name in names if not name.startswith("_"))


def _fault(value: Any) -> str:
    if value is None:
        return "None"
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine; the hook must be a plain function, not `async def`"
    if inspect.isawaitable(value) or inspect.isasyncgen(value):
        return f"{type(value).__name__}; the hook must be a plain function"
    if inspect.isclass(value):
        return f"the class {value.__name__}; an instance is needed"
    return ""


def _checked_tools(entry: Entry, value: Any, wrapped_by: str) -> list[AgentTool]:
    try:
        tools = list(value)
    except JackfieldError:
        raise
    except Exception as error:
        what = f"{type(value).__name__}, which cannot be read as a list of tools"
        raise _wrong(entry, what, wrapped_by) from error
    for tool in tools:
        if not isinstance(tool, AgentTool):
            what = f"a list with {type(tool).__name__}; each item must be an AgentTool (`@tool`)"
            raise _wrong(entry, what, wrapped_by)
    twice = [name for name, times in Counter(tool.name for tool in tools).items() if times > 1]
    if twice:
        raise _wrong(entry, f"several tools named {', '.join(sorted(twice))}", wrapped_by)
    return tools


def _wrong(entry: Entry, what: str, wrapped_by: str) -> ContractError:
    hook = KINDS[entry.kind].open_hook
    return broken_rule(entry, f"{hook} returned {what}{wrapped_by}")
