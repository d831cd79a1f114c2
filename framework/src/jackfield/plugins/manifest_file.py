"""Reading `jackfield-plugin.json`, which lies beside a plugin's code, without importing the code.

Writing it is the subject of `manifest.py`.
"""

import importlib.util
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from jackfield.plugins.index import Entry
from jackfield.plugins.kinds import KINDS

FILE_NAME = "jackfield-plugin.json"
TOUCHES = ("env", "files", "hosts", "subprocesses")
"""What a plugin can declare to touch."""


class ManifestShapeError(ValueError):
    """The JSON is valid, but it is no manifest; never leaves this package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One capability as its manifest describes it.

    Attributes:
        kind: Socket.
        name: Name of the entry point.
        summary: One line for people.
        settings: JSON Schema of its settings; None if it does not describe any.
        touches: What it declares to touch: `hosts`, `env`, `files`, `subprocesses`, each a list
            of names; None if it declares nothing.
    """

    kind: str
    name: str
    summary: str = ""
    settings: dict[str, Any] | None = None
    touches: dict[str, list[str]] | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read one capability.

        Raises:
            ManifestShapeError: It has another shape.
        """
        known = _typed(value, dict, "a capability")
        kind = _typed(known.get("kind"), str, "`kind`")
        if kind not in KINDS:
            raise ManifestShapeError(f"{kind!r} is no kind of capability")
        settings, touches = known.get("settings"), known.get("touches")
        return cls(
            kind=kind,
            name=_typed(known.get("name"), str, "`name`"),
            summary=_typed(known.get("summary", ""), str, "`summary`"),
            settings=None if settings is None else _typed(settings, dict, "`settings`"),
            touches=None if touches is None else read_touches(touches),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a plugin package says about itself.

    Attributes:
        api: Version of the plugin API that it is written for.
        capabilities: All that it offers.
        path: The file.
    """

    api: str
    capabilities: list[Capability] = field(default_factory=list)
    path: str = ""

    @classmethod
    def from_json(cls, value: Any, *, path: str = "") -> Self:
        """Read a manifest; fields that are not known are left alone.

        Raises:
            ManifestShapeError: It has another shape.
        """
        known = _typed(value, dict, "the manifest")
        capabilities = _typed(known.get("capabilities"), list, "`capabilities`")
        return cls(
            api=_typed(known.get("api"), str, "`api`"),
            capabilities=[Capability.from_json(one) for one in capabilities],
            path=path,
        )

    def capability(self, kind: str, name: str) -> Capability | None:
        """Return the description of one capability, if it is there."""
        for one in self.capabilities:
            if (one.kind, one.name) == (kind, name):
                return one
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The outcome of looking for a manifest.

    Attributes:
        manifest: The manifest; None if there is none that can be used.
        problem: What is wrong with the file; empty if it is in order or not there.
    """

    manifest: Manifest | None = None
    problem: str = ""


def read_manifest(entry: Entry) -> Manifest | None:
    """Return the manifest of the package that `entry` comes from; None if it has no usable one."""
    return look_for_manifest(entry).manifest


def look_for_manifest(entry: Entry) -> Reading:
    """Look for the manifest of the package that `entry` comes from; never raises."""
    for folder in package_folders(entry):
        path = folder / FILE_NAME
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError) as error:
            return Reading(problem=f"{path} cannot be read: {error}")
        return _parsed(text, path)
    return Reading()


def package_folders(entry: Entry) -> list[Path]:
    """Return the folders of the top-level package of `entry`, found without executing it.

    Empty when it is a single module, or not there at all.
    """
    top = entry.module.partition(".")[0]
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return []
    locations = spec.submodule_search_locations if spec else None
    return [Path(location) for location in locations or ()]


def read_touches(value: Any) -> dict[str, list[str]]:
    """Check what a plugin declares to touch, and fill in what it leaves out.

    Raises:
        ManifestShapeError: It has another shape.
    """
    known = _typed(value, dict, "`touches`")
    strange = sorted(set(known) - set(TOUCHES))
    if strange:
        raise ManifestShapeError(f"`touches` has {strange[0]!r}; known: {', '.join(TOUCHES)}")
    return {
        key: sorted(_typed(one, str, f"`touches.{key}`") for one in _names(known, key))
        for key in TOUCHES
    }


def _names(touches: dict[str, Any], key: str) -> list[Any]:
    value = touches.get(key, [])
    names = list(value) if isinstance(value, tuple | set | frozenset) else value
    return list(_typed(names, list, f"`touches.{key}`"))


def _parsed(text: str, path: Path) -> Reading:
    try:
        return Reading(manifest=Manifest.from_json(json.loads(text), path=str(path)))
    except (ValueError, RecursionError) as error:
        return Reading(problem=f"{path} is no manifest: {error}")


def _typed(value: Any, wanted: type, what: str) -> Any:
    if not isinstance(value, wanted):
        raise ManifestShapeError(f"{what} must be {_WORDS[wanted]}")
    return value


_WORDS: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}
