"""Tool set `dice`, for games that need chance."""

import secrets

from jackfield import AgentTool, hookimpl, tool


@tool
def roll(sides: int = 6) -> int:
    """Roll one die with `sides` faces (2 or more) and give its value."""
    return secrets.randbelow(sides) + 1


@hookimpl
def open_tools() -> list[AgentTool]:
    """Offer the tools of this set; a hook takes only the arguments that it needs."""
    return [roll]
