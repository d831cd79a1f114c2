"""The names nearest to a misspelt one."""

from collections.abc import Iterable, Sequence


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names that resemble `name`, best first."""
    import difflib  # noqa: PLC0415 - only errors need it

    return difflib.get_close_matches(name, list(dict.fromkeys(known)), n=3, cutoff=0.6)


def did_you_mean(names: Sequence[str]) -> str:
    """Return ` Did you mean 'a' or 'b'?`, or nothing when there are no names."""
    return f" Did you mean {' or '.join(repr(name) for name in names)}?" if names else ""
