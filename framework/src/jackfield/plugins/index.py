"""What is installed, read from metadata alone: no plugin code is imported here."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from jackfield.errors import PluginConflictError, PluginNotFoundError, SettingsError
from jackfield.plugins.kinds import KINDS, PUBLISHED
from jackfield.plugins.names import did_you_mean, nearest_names, same_distribution


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """One capability that an installed distribution offers.

    Attributes:
        kind: Socket, a key of `KINDS`.
        name: The entry point's name: what the configuration says in `use`.
        value: What is loaded, for example `jackfield_dice` or `jackfield_dice:plugin`.
        distribution: The distribution's name as its metadata writes it.
        version: The distribution's version.
    """

    kind: str
    name: str
    value: str
    distribution: str
    version: str

    @property
    def module(self) -> str:
        """The module that is imported when the entry is loaded."""
        return self.value.partition(":")[0].partition("[")[0].strip()

    @property
    def title(self) -> str:
        """Kind and name for people, for example `tool set 'dice'`."""
        return f"{KINDS[self.kind].singular} {self.name!r}"

    def __str__(self) -> str:
        return f"{self.title} of {self.distribution} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenDistribution:
    """A distribution whose metadata cannot be read: it offers nothing until it is repaired.

    Attributes:
        name: Its name, as far as it is known.
        path: Its metadata folder.
        reason: What is wrong, in words.
    """

    name: str
    path: str
    reason: str


class PluginIndex:
    """The capabilities of all installed distributions, without importing any of them.

    Attributes:
        broken: Distributions that were set aside, sorted by name.
    """

    def __init__(
        self, entries: Iterable[Entry] = (), *, broken: Iterable[BrokenDistribution] = ()
    ) -> None:
        self._entries = sorted(entries)
        self.broken = sorted(broken, key=lambda item: (item.name, item.path))

    @classmethod
    def scan(cls, path: Sequence[str] | None = None) -> Self:
        """Read the metadata of every installed distribution.

        Args:
            path: Folders to search instead of `sys.path`.

        Returns:
            The index. What cannot be read is in `broken`; nothing is raised.
        """
        # Reading metadata costs 25 ms of imports: not paid by who only needs the types.
        from jackfield.plugins.metadata import read_distributions  # noqa: PLC0415 - see above

        entries: list[Entry] = []
        broken: list[BrokenDistribution] = []
        for found in read_distributions(path):
            if found.problem:
                broken.append(
                    BrokenDistribution(name=found.name, path=found.path, reason=found.problem)
                )
            entries += [
                Entry(
                    kind=kind,
                    name=name,
                    value=value,
                    distribution=found.name,
                    version=found.version,
                )
                for kind, name, value in found.entries
            ]
        return cls(entries, broken=broken)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return all entries, or those of one kind; sorted by kind, name and value."""
        return [entry for entry in self._entries if kind in (None, entry.kind)]

    def names(self, kind: str) -> list[str]:
        """Return the names of one kind, sorted, each once."""
        return sorted({entry.name for entry in self._entries if entry.kind == kind})

    def conflicts(self, kind: str | None = None) -> dict[tuple[str, str], list[Entry]]:
        """Return what several distributions claim: (kind, name) -> the entries that do."""
        count = Counter((entry.kind, entry.name) for entry in self.entries(kind))
        return {key: self.claimants(*key) for key, times in count.items() if times > 1}

    def claimants(self, kind: str, name: str) -> list[Entry]:
        """Return every entry of that kind and name; more than one is a conflict."""
        return [entry for entry in self._entries if (entry.kind, entry.name) == (kind, name)]

    def find(self, kind: str, name: str, prefer: Mapping[str, str] | None = None) -> Entry:
        """Return the one entry that `name` means.

        Args:
            kind: Socket, a key of `KINDS`.
            name: The entry point's name.
            prefer: `[plugins] prefer`: name -> the distribution that wins a conflict.

        Raises:
            PluginNotFoundError: Nothing installed offers it; has the nearest names.
            PluginConflictError: Several distributions offer it and `prefer` does not decide.
            SettingsError: `prefer` names a distribution that does not offer it.
        """
        claimants = self.claimants(kind, name)
        if not claimants:
            raise self._not_found(kind, name)
        preferred = (prefer or {}).get(name)
        if preferred is not None:
            claimants = self._settle(claimants, preferred)
        if len(claimants) > 1:
            raise _conflict(claimants)
        return claimants[0]

    def _settle(self, claimants: list[Entry], preferred: str) -> list[Entry]:
        """Return the preferred claimants; all, when the preference is about another kind.

        A single claimant is not taken for the preferred one: who pins a name to a distribution
        does not want it served by another, even while the pinned one is not installed.
        """
        kept = [entry for entry in claimants if same_distribution(entry.distribution, preferred)]
        if kept:
            return kept
        name = claimants[0].name
        of_name = [entry for entry in self._entries if entry.name == name]
        if any(same_distribution(entry.distribution, preferred) for entry in of_name):
            return claimants
        offering = sorted({entry.distribution for entry in of_name})
        raise SettingsError(
            f"plugins.prefer.{name}: {preferred!r} offers nothing named {name!r}; "
            f"offered by: {', '.join(offering)}.",
            key=f"plugins.prefer.{name}",
            expected="a distribution that offers the name",
            nearest=offering,
            hint="Correct the line, or install that distribution.",
        )

    def _not_found(self, kind: str, name: str) -> PluginNotFoundError:
        names = self.names(kind)
        nearest = nearest_names(name, names)
        words = KINDS[kind]
        offered = f"Installed {words.plural}: {', '.join(names) or 'none'}."
        return PluginNotFoundError(
            f"No installed distribution offers the {words.singular} {name!r}.",
            kind=kind,
            name=name,
            nearest=nearest,
            hint=" ".join(
                filter(None, [did_you_mean(nearest), self._install(kind, name), offered])
            ),
        )

    def _install(self, kind: str, name: str) -> str:
        distribution = PUBLISHED.get((kind, name))
        if distribution:
            return f"Install it with: pip install {distribution}."
        for broken in self.broken:
            if name.casefold() in broken.name.casefold():
                return f"{broken.name} is installed but broken: see `jackfield plugins doctor`."
        return ""


def _conflict(claimants: list[Entry]) -> PluginConflictError:
    first = claimants[0]
    names = sorted({entry.distribution for entry in claimants})
    who = " and ".join(f"{entry.distribution} {entry.version}" for entry in claimants)
    return PluginConflictError(
        f"Several distributions offer the {first.title}: {who}.",
        kind=first.kind,
        name=first.name,
        distributions=names,
        hint=f'Uninstall one, or choose in [plugins]: prefer = {{ "{first.name}" = "{names[0]}" }}',
    )
