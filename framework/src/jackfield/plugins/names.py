"""Comparing names: spellings of a distribution, and the nearest valid name for an error."""

import difflib
from collections.abc import Iterable, Sequence


def canonical(distribution: str) -> str:
    """Return the normal form of a distribution's name: lower case, runs of `-_.` as one dash."""
    dashed = distribution.replace("_", "-").replace(".", "-")
    return "-".join(part for part in dashed.casefold().split("-") if part)


def same_distribution(one: str, other: str) -> bool:
    """Whether two spellings name the same distribution (`Jack_Field.X` is `jack-field-x`)."""
    return canonical(one) == canonical(other)


def nearest_names(name: str, valid: Iterable[str]) -> list[str]:
    """Return up to three of the valid names that are close to `name`, best first."""
    return difflib.get_close_matches(name, list(valid), n=3, cutoff=0.6)


def did_you_mean(nearest: Sequence[str]) -> str:
    """Return the question that ends an error, empty when there is nothing near."""
    return f"Did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""
