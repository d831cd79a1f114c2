"""Tool set `calculator`: exact arithmetic, which models are bad at."""

from jackfield import AgentTool, hookimpl, tool
from jackfield.builtins.arithmetic import evaluate

jackfield_touches: dict[str, list[str]] = {}  # nothing


@tool
def calculate(expression: str) -> int | float:
    """Work out an arithmetic expression, for example `(17 + 4) ** 2 / 3`.

    Known are + - * / // % **, parentheses, pi, e, tau, and abs, acos, asin, atan, ceil, cos,
    exp, floor, log, log10, log2, max, min, round, sin, sqrt, tan (angles in radians).

    Args:
        expression: The expression.
    """
    return evaluate(expression)


@hookimpl
def open_tools() -> list[AgentTool]:
    """Offer the tools of this set; a hook takes only the arguments that it needs."""
    return [calculate]
