"""Whether a plugin's declared range of `jackfield` admits the version that is installed.

pip checks this when it installs; afterwards either side may have been exchanged. Ranges are
compared by their plain numbers alone; what has more to it (pre-releases, markers, URLs) is not
judged, since a wrong warning is worse than none.
"""

import operator
import re
from collections.abc import Callable

import importlib_metadata

from jackfield.plugins.names import canonical

_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[[^\]]*\])?\s*\(?([^;()@]*)\)?\s*\Z")
_COMPARED: dict[str, Callable[[list[int], list[int]], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_CLAUSE = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*(\d+(?:\.\d+)*)(\.\*)?\Z")


def refused_range(distribution: str, version: str) -> str:
    """Return the range of `jackfield` that does not admit `version`; empty when all is well."""
    for requirement in _requirements(distribution):
        match = _REQUIREMENT.match(requirement.strip())
        if match and canonical(match.group(1)) == "jackfield" and not admits(match[2], version):
            return match.group(2).strip()
    return ""


def admits(clauses: str, version: str) -> bool:
    """Tell whether the version fits all clauses, such as `>=0.1,<0.2`; if in doubt, it does."""
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        return True
    have = _numbers(version)
    return all(_fits(clause.strip(), have) for clause in clauses.split(",") if clause.strip())


def _fits(clause: str, have: list[int]) -> bool:
    match = _CLAUSE.match(clause)
    if match is None:
        return True
    sign, wanted, star = match.group(1), _numbers(match.group(2)), match.group(3)
    width = max(len(have), len(wanted))
    left, right = _padded(have, width), _padded(wanted, width)
    if star:
        return (left[: len(wanted)] == wanted) == (sign == "==")
    if sign == "~=":
        return left >= right and left[: len(wanted) - 1] == wanted[:-1]
    return _COMPARED[sign](left, right)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(".")]


def _padded(numbers: list[int], width: int) -> list[int]:
    return numbers + [0] * (width - len(numbers))


def _requirements(distribution: str) -> list[str]:
    try:
        return importlib_metadata.requires(distribution) or []
    except Exception:  # noqa: BLE001 - metadata may be damaged in any way, which is told elsewhere
        return []
