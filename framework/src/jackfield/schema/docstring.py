"""Reading what a function's docstring says to a model: Google style, and `:param name:`."""

import re
from inspect import cleandoc

_SECTION = re.compile(
    r"^(?P<name>Args|Arguments|Parameters|Params|Returns?|Raises|Yields?|Examples?|Notes?|Attributes)"
    r":[ \t]*$"
)
_ENTRY = re.compile(r"^\*{0,2}(?P<name>\w+)[ \t]*(?:\([^)]*\))?[ \t]*:[ \t]*(?P<text>.*)$")
_FIELD = re.compile(r"^:(?P<kind>\w+)(?:[ \t]+(?:[^:]+[ \t]+)?(?P<name>\w+))?:[ \t]*(?P<text>.*)$")
_ARGUMENTS = frozenset({"Args", "Arguments", "Parameters", "Params"})


def read_docstring(text: str | None) -> tuple[str, dict[str, str]]:
    """Return the description before the first section, and the text of each parameter."""
    lines = cleandoc(text or "").splitlines()
    begins = next((at for at, line in enumerate(lines) if _begins(line)), len(lines))
    description = "\n".join(lines[:begins]).strip()
    return description, _fields(lines[begins:]) | _arguments(lines[begins:])


def _begins(line: str) -> bool:
    return bool(_SECTION.match(line) or _FIELD.match(line))


def _arguments(lines: list[str]) -> dict[str, str]:
    section, entries, indent = "", _Entries(), 0
    for line in lines:
        heading = _SECTION.match(line)
        if heading or (line and not line[0].isspace()):
            section = heading["name"] if heading else ""
            indent = 0
        elif section in _ARGUMENTS and line.strip():
            depth = len(line) - len(line.lstrip())
            indent = indent or depth
            entries.take(_ENTRY.match(line.strip()) if depth <= indent else None, line)
    return entries.texts


def _fields(lines: list[str]) -> dict[str, str]:
    entries = _Entries()
    for line in lines:
        found = _FIELD.match(line)
        if found and found["kind"] not in ("param", "parameter", "arg", "argument"):
            entries.last = ""
        elif found or (line[:1].isspace() and line.strip()):
            entries.take(found, line)
        else:
            entries.last = ""
    return entries.texts


class _Entries:
    """Texts by name; a line without a name goes on with the last one."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.last = ""

    def take(self, found: re.Match[str] | None, line: str) -> None:
        if found and found["name"]:
            self.last = found["name"]
            self.texts[self.last] = found["text"].strip()
        elif self.last:
            self.texts[self.last] = f"{self.texts[self.last]} {line.strip()}".strip()
