"""Reading the metadata of installed distributions, one by one, so that a broken one harms nobody.

`importlib_metadata.entry_points()` fails as a whole when one file is unreadable; here each
distribution is read for itself.
"""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import importlib_metadata

from jackfield.plugins.kinds import KIND_OF_GROUP
from jackfield.plugins.names import canonical

_ENTRY_POINTS = "entry_points.txt"


@dataclass(slots=True, kw_only=True)
class FoundDistribution:
    """What the metadata of one distribution says about us.

    Attributes:
        name: Name, as its metadata writes it; from the folder's name when that is unreadable.
        version: Version.
        path: Metadata folder; empty when it is not on a disk.
        entries: (kind, name, value) of its entry points that concern us.
        problem: Why it is set aside; empty when it is in order.
    """

    name: str = ""
    version: str = ""
    path: str = ""
    entries: list[tuple[str, str, str]] = field(default_factory=list)
    problem: str = ""


def read_distributions(path: Sequence[str] | None = None) -> Iterator[FoundDistribution]:
    """Yield every distribution that offers us something or cannot be read.

    A distribution that is found twice on the path counts once: the first, as for `import`.

    Args:
        path: Folders to search instead of `sys.path`.
    """
    # Folder listings are cached by time stamp; a plugin installed a moment ago must be seen.
    importlib.invalidate_caches()
    found = (
        importlib_metadata.distributions()
        if path is None
        else importlib_metadata.distributions(path=list(path))
    )
    seen: set[str] = set()
    for distribution in found:
        name, folder = _identity(distribution)
        key = canonical(name)
        if key in seen:
            continue
        seen.add(key)
        one = _read(distribution, name, folder)
        if one is not None:
            yield one


# A distribution is `Any` below: finders of strangers hand out whatever looks like one.


def _identity(distribution: Any) -> tuple[str, Path | None]:
    """Return name and folder, without parsing METADATA where the folder's name tells."""
    # No public way leads to the folder; a finder without one pays for parsing instead.
    folder = getattr(distribution, "_path", None)
    if isinstance(folder, Path) and folder.suffix in {".dist-info", ".egg-info"}:
        return folder.stem.partition("-")[0].replace("_", "-"), folder
    try:
        return str(distribution.metadata["Name"]), None
    except Exception:  # noqa: BLE001 - a stranger's finder may raise anything
        return f"unnamed distribution {id(distribution):x}", None


def _read(distribution: Any, name: str, folder: Path | None) -> FoundDistribution | None:
    """Return what is found; None when the distribution does not concern us."""
    found = FoundDistribution(name=name, path=str(folder or ""))
    try:
        text = _entry_points_text(distribution, folder)
        if "[jackfield." not in text:
            return None
        found.name, found.version = _name_and_version(distribution)
        found.entries = _our_entries(distribution)
    except Exception as error:  # noqa: BLE001 - quarantine: whatever is wrong stays with this one
        found.entries = []
        found.problem = _reason(error)
    return found


def _entry_points_text(distribution: Any, folder: Path | None) -> str:
    text = distribution.read_text(_ENTRY_POINTS)
    if text is None and folder is not None and (folder / _ENTRY_POINTS).exists():
        message = f"{_ENTRY_POINTS} is there but cannot be read (check type and permissions)"
        raise OSError(message)
    return text or ""


def _name_and_version(distribution: Any) -> tuple[str, str]:
    """Return both from the head of METADATA; the full parser costs ten times as much."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO")
    if not text:
        message = "METADATA is missing or empty"
        raise OSError(message)
    head: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            break
        key, colon, value = line.partition(":")
        if colon:
            head.setdefault(key.strip().casefold(), value.strip())
    if not head.get("name") or not head.get("version"):
        message = "METADATA has no Name or no Version"
        raise ValueError(message)
    return head["name"], head["version"]


def _our_entries(distribution: Any) -> list[tuple[str, str, str]]:
    entries: dict[tuple[str, str], str] = {}
    for point in distribution.entry_points:
        kind = KIND_OF_GROUP.get(point.group)
        if kind is None:
            continue
        if entries.setdefault((kind, point.name), point.value) != point.value:
            message = f"{_ENTRY_POINTS} has {point.name!r} twice in [{point.group}]"
            raise ValueError(message)
    return [(kind, name, value) for (kind, name), value in entries.items()]


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"a metadata file is not valid UTF-8 ({error.reason} at byte {error.start})"
    if isinstance(error, TypeError | AttributeError):
        return f"{_ENTRY_POINTS} has a line that is no `name = value`"
    return str(error) or type(error).__name__
