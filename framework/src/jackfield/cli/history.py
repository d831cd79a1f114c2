"""What was typed in earlier chats, for the arrow keys; in a file that only the user can read."""

import json
import os
import re
from pathlib import Path
from types import ModuleType

LIMIT = 1000
"""Entries that are read back."""

_SECRET = re.compile(
    r"(?i)\b(sk|pk|rk|ghp|gho|hf|xai|gsk|glpat|github_pat|AKIA|AIza|xox[a-z])[-_]?[\w-]{16,}"
    r"|\b(password|passwd|secret|token|api[-_ ]?key)\b\s*[:=]\s*\S+"
)


def history_path() -> Path:
    """Return the history's place in the platform's state folder."""
    import platformdirs  # noqa: PLC0415 - only an interactive chat needs it

    return platformdirs.user_state_path("jackfield", appauthor=False) / "chat_history.jsonl"


def looks_secret(text: str) -> bool:
    """Say whether the text seems to hold a key or password; a leading space says so too."""
    return text.startswith(" ") or _SECRET.search(text) is not None


class History:
    """Entries in a file, one JSON string a line; a file that cannot be used is no error.

    Args:
        path: The file; its folder is made when the first entry is kept.
        readline: The line editor to fill; None where there is none (Windows).
    """

    def __init__(self, path: Path, readline: ModuleType | None) -> None:
        self._path = path
        self._readline = readline

    def load(self) -> None:
        """Give the entries to the line editor, which must not keep lines by itself."""
        if self._readline is None:
            return
        self._readline.set_auto_history(False)
        for entry in self.entries():
            self._readline.add_history(entry)

    def entries(self) -> list[str]:
        """Return the latest entries, oldest first."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
            found = [json.loads(line) for line in lines[-LIMIT:]]
        except (OSError, ValueError):
            return []
        return [entry for entry in found if isinstance(entry, str)]

    def add(self, text: str) -> None:
        """Keep an entry, unless it looks like a secret."""
        if looks_secret(text):
            return
        if self._readline is not None:
            self._readline.add_history(text)
        try:
            self._append(json.dumps(text))
        except OSError:
            return

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(line + "\n")


def line_editor() -> ModuleType | None:
    """Return the `readline` module, or None where Python has none."""
    try:
        import readline  # noqa: PLC0415 - absent on Windows, and it changes how input() works
    except ImportError:
        return None
    return readline
