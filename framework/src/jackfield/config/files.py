"""Finding and reading configuration files."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from jackfield.config.layers import Layer, LayerName
from jackfield.errors import ConfigError, ConfigSyntaxError, SettingsError

FILE_NAME = "jackfield.toml"
_PYPROJECT = "pyproject.toml"
_PYPROJECT_ROOT = ("tool", "jackfield")
_PYPROJECT_TABLE = re.compile(r"^\s*\[+\s*[\"']?tool[\"']?\s*\.\s*[\"']?jackfield\b", re.MULTILINE)
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def user_file() -> Path:
    """Return the path of the user's own file, whether it exists or not."""
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed for a given file

    return user_config_path("jackfield", appauthor=False) / FILE_NAME


def find_project_layer(start: Path) -> Layer | None:
    """Return the nearest `jackfield.toml`, or `pyproject.toml` that configures us, upwards."""
    for folder in (start, *start.parents):
        if is_file(folder / FILE_NAME):
            return read_layer(folder / FILE_NAME, "project")
        if is_file(folder / _PYPROJECT) and (found := _read_pyproject(folder / _PYPROJECT)):
            return found
    return None


def is_file(path: Path) -> bool:
    """Tell whether there is a file; in a folder that we may not enter, there is none for us."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises there before Python 3.14


def read_layer(path: Path, name: LayerName) -> Layer:
    """Read one file; in a `pyproject.toml` only the table `[tool.jackfield]` counts.

    Raises:
        ConfigError: The file cannot be read.
        ConfigSyntaxError: It is not valid TOML.
    """
    text = _read_text(path)
    data = _parse(text, path)
    if path.name == _PYPROJECT:
        return Layer(
            name=name, data=_ours(data, path), file=str(path), text=text, root=_PYPROJECT_ROOT
        )
    return Layer(name=name, data=data, file=str(path), text=text)


def _read_pyproject(path: Path) -> Layer | None:
    """Read somebody's `pyproject.toml`; its mistakes are ours only where it configures us."""
    try:
        layer = read_layer(path, "project")
    except ConfigSyntaxError:
        if _PYPROJECT_TABLE.search(path.read_text(encoding="utf-8", errors="replace")):
            raise
        return None
    return layer if layer.data else None


def _ours(data: dict[str, Any], path: Path) -> dict[str, Any]:
    tool = data.get("tool")
    ours = tool.get("jackfield", {}) if isinstance(tool, dict) else {}
    if not isinstance(ours, dict):
        raise SettingsError(
            f"{path}: tool.jackfield: expected a table.",
            file=str(path),
            key="tool.jackfield",
            expected="a table",
        )
    return ours


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"{path}: cannot be read ({reason}).", file=str(path)) from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigSyntaxError(
            f"{path}:{line}:{column}: not valid TOML: the text is not UTF-8.",
            file=str(path),
            line=line,
            column=column,
        ) from error


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line, column = _position(str(error), text)
        reason = _POSITION.sub("", str(error))
        raise ConfigSyntaxError(
            f"{path}:{line}:{column}: not valid TOML: {reason}.",
            file=str(path),
            line=line,
            column=column,
        ) from error


def _position(message: str, text: str) -> tuple[int, int]:
    match = _POSITION.search(message)
    if match and match[1]:
        return int(match[1]), int(match[2])
    return text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1
