"""Which names have a key in the keyring: keyrings cannot be listed, so we keep the names."""

import json
from pathlib import Path


class KnownKeys:
    """The names, in a file of the platform's state folder. It never holds a key.

    Args:
        path: Another file, for tests.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or _default_path()

    def names(self) -> list[str]:
        """Return the names, sorted; empty if the file is missing or unreadable."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return sorted(name for name in found if isinstance(name, str))

    def add(self, name: str) -> None:
        """Add a name."""
        self._write({*self.names(), name})

    def remove(self, name: str) -> None:
        """Remove a name, if it is there."""
        if name in self.names():
            self._write({*self.names()} - {name})

    def _write(self, names: set[str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.write_text(json.dumps(sorted(names)) + "\n", encoding="utf-8")


def _default_path() -> Path:
    import platformdirs  # noqa: PLC0415 - only `auth` needs it

    return platformdirs.user_state_path("jackfield", appauthor=False) / "keyring_names.json"
