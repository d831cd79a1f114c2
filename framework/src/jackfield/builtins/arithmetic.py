"""Arithmetic on text that a stranger wrote: read as a syntax tree, bounded, never executed."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from jackfield import ToolError

Number: TypeAlias = int | float

MAX_CHARACTERS = 1_000
MAX_DEPTH = 400  # of the syntax tree; a sum of n numbers is n deep
MAX_BITS = 8_192  # of a whole number: some 2,400 digits
MAX_DIGITS = 300  # that `round` may be asked for

_CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e, "tau": math.tau}
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-"})


def evaluate(expression: str) -> Number:
    """Return the value of an arithmetic expression.

    Raises:
        ToolError: It is no arithmetic, has no real value, or is too big; says which.
    """
    if len(expression) > MAX_CHARACTERS:
        raise ToolError(f"The expression is longer than {MAX_CHARACTERS} characters.")
    try:
        tree = ast.parse(expression.translate(_SIGNS).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ToolError(f"{expression[:80]!r} is not an arithmetic expression.") from None
    return _value(tree.body, 0)


def _value(node: ast.expr, depth: int) -> Number:
    if depth > MAX_DEPTH:
        raise ToolError(f"The expression is nested deeper than {MAX_DEPTH} levels.")
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _checked(number)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(operand, depth + 1))
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
            sides = [_value(left, depth + 1), _value(right, depth + 1)]
            return _computed(_BINARY[type(op)], sides)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            values = [_value(argument, depth + 1) for argument in arguments]
            return _computed(_FUNCTIONS[name], values)
    raise ToolError(_refusal(node))


def _computed(function: Callable[..., Any], arguments: list[Number]) -> Number:
    try:
        return _checked(function(*arguments))
    except ZeroDivisionError:
        raise ToolError("Division by zero.") from None
    except OverflowError:
        raise ToolError("The result is too big.") from None
    except ValueError:
        raise ToolError("A function is not defined for that value.") from None
    except TypeError:
        raise ToolError("A function got a wrong number or type of arguments.") from None


def _checked(number: Any) -> Number:
    if isinstance(number, complex):
        raise ToolError("The result is not a real number.")
    if isinstance(number, float) and not math.isfinite(number):
        raise ToolError("The result is too big.")
    if isinstance(number, int) and number.bit_length() > MAX_BITS:
        raise ToolError("The result is too big.")
    return number  # type: ignore[no-any-return]  # all that is left is int or float


def _power(base: Number, exponent: Number) -> Any:
    # Refused before the work is done: whole numbers grow without limit, floats do not.
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and abs(base) > 1 and math.log2(abs(base)) * exponent > MAX_BITS:
        raise OverflowError
    return base**exponent


def _round(number: Number, digits: Number = 0) -> Number:
    if not isinstance(digits, int) or abs(digits) > MAX_DIGITS:
        raise ToolError(f"`round` takes a whole number of digits up to {MAX_DIGITS}.")
    return round(number, digits) if digits else round(number)


def _refusal(node: ast.expr) -> str:
    match node:
        case ast.BinOp(op=ast.BitXor()):
            return "`^` is not supported; write ** for a power."
        case ast.Name(id=name) | ast.Call(func=ast.Name(id=name)) if name not in _FUNCTIONS:
            known = ", ".join([*_CONSTANTS, *_FUNCTIONS])
            return f"{name[:40]!r} is not known. Known names: {known}."
    return "Only numbers, + - * / // % **, parentheses and the known functions are supported."


_UNARY: dict[type[ast.unaryop], Callable[[Number], Number]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_BINARY: dict[type[ast.operator], Callable[[Number, Number], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "ceil": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "round": _round,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
