"""Arguments that are refused, or brought into form, before anything is sent."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from jackfield_lumnis.exceptions import ValidationError

WordT = TypeVar("WordT", bound=StrEnum)

MAX_TAGS = 10
MAX_TAG_CHARS = 50


def check(holds: object, problem: str) -> None:
    """Refuse an argument unless something holds.

    Args:
        holds: Whether it does.
        problem: What is wrong otherwise, a sentence.

    Raises:
        ValidationError: It does not.
    """
    if not holds:
        raise ValidationError(problem)


def check_length(name: str, text: str | None, *, least: int = 0, most: int | None = None) -> None:
    """Refuse a text that is too short or too long; None is neither.

    Raises:
        ValidationError: It is, or it is no text. The message does not repeat it.
    """
    if text is None:
        return
    check(isinstance(text, str), f"'{name}' must be a string, not {type(text).__name__}.")
    most_text = "any number of" if most is None else str(most)
    fits = least <= len(text) and (most is None or len(text) <= most)
    check(fits, f"'{name}' must have {least} to {most_text} characters, not {len(text)}.")


def word_of(name: str, value: WordT | str, words: type[WordT]) -> str:
    """Return the value of an enumeration that an argument names.

    Raises:
        ValidationError: It names none.
    """
    try:
        return words(value).value
    except ValueError:
        choice = ", ".join(f"'{word.value}'" for word in words)
    raise ValidationError(f"'{name}' must be one of {choice}, not {value!r}.")


def words_of(value: str | Iterable[str]) -> list[str]:
    """Return the words of a list, or of a text with commas; trimmed, empty ones left out."""
    pieces = [value] if isinstance(value, str) else list(value)
    words = [word.strip() for piece in pieces for word in piece.split(",")]
    return [word for word in words if word]


def tags_of(tags: str | Iterable[str] | None) -> list[str] | None:
    """Return the labels of a file, trimmed; None for none. Source: spec/lumnis.md, 2.6.

    Raises:
        ValidationError: There are too many, or one is too long.
    """
    if tags is None:
        return None
    words = words_of(tags)
    check(len(words) <= MAX_TAGS, f"A file has up to {MAX_TAGS} tags, not {len(words)}.")
    for word in words:
        check_length("tags", word, most=MAX_TAG_CHARS)
    return words or None


def joined(words: Iterable[str] | None) -> str | None:
    """Return words as a list with commas; None for none."""
    return ",".join(words) or None if words is not None else None


def clamped(number: int, most: int, *, least: int | None = None) -> int:
    """Return the number, or the limit that it exceeds."""
    number = min(number, most)
    return number if least is None else max(number, least)
