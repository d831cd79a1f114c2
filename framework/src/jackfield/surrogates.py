"""Lone surrogates: halves of characters that no encoding can send. Source: spec/agent.md, 9, N7."""

from typing import Any


def without_surrogates(text: str) -> str:
    """Return the text without lone surrogates; pairs become the character that they mean."""
    if is_clean(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def is_clean(value: Any) -> bool:
    """Tell whether no string inside the value has a lone surrogate."""
    if isinstance(value, str):
        return value.isascii() or _encodes(value)
    if isinstance(value, dict):
        return all(map(is_clean, value)) and all(map(is_clean, value.values()))
    return not isinstance(value, list) or all(map(is_clean, value))


def _encodes(text: str) -> bool:
    try:
        text.encode()  # three times as fast as a search
    except UnicodeEncodeError:
        return False
    return True


def cleaned(value: Any) -> Any:
    """Return the value with every string inside it cleaned."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, list) else value
