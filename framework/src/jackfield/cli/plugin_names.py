"""What is meant by a name: a capability, or all that a distribution offers."""

from collections.abc import Iterable
from difflib import get_close_matches

from jackfield.errors import PluginNotFoundError
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.kinds import KINDS
from jackfield.plugins.names import same_distribution


def entries_named(index: PluginIndex, name: str) -> list[Entry]:
    """Return the entries of that name, of any kind, and those of a distribution of that name.

    Raises:
        PluginNotFoundError: There are none; has the nearest names.
    """
    found = [
        entry
        for entry in index.entries()
        if entry.name == name or same_distribution(entry.distribution, name)
    ]
    if not found:
        raise _not_found(index, name)
    return found


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries in the order in which people look for them: models first, by name."""
    kinds = list(KINDS)
    return sorted(entries, key=lambda entry: (kinds.index(entry.kind), entry))


def _not_found(index: PluginIndex, name: str) -> PluginNotFoundError:
    names = {name for entry in index.entries() for name in (entry.name, entry.distribution)}
    near = get_close_matches(name, sorted(names), n=3, cutoff=0.5)
    return PluginNotFoundError(
        f"Nothing named {name!r} is installed.",
        kind="",
        name=name,
        nearest=near,
        hint=f"Did you mean {' or '.join(near)}?" if near else "See `jackfield plugins list`.",
    )
