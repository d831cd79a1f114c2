"""Settings of a capability: checked with the plugin's own model, told in our own words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jackfield.errors import SettingsError
from jackfield.plugins.names import did_you_mean, nearest_names

_SECRET_KEY = re.compile(
    r"key|token|secret|passw|passphrase|credential|authorization|cookie|headers", re.IGNORECASE
)
_SHORTEST_SECRET = 4


def checked_settings(model: type[Any], settings: Mapping[str, Any], place: str) -> Any:
    """Return an instance of `model`; keys that it does not know are refused at every depth.

    Args:
        model: A pydantic model.
        settings: What the configuration says.
        place: Dotted key of the settings, for example `providers.fast`.

    Raises:
        SettingsError: The first thing that is wrong; the message says how many more there are.
    """
    problems, value = _validate(model, settings, place)
    if not problems:
        return value
    first = problems[0]
    if len(problems) > 1:
        others = ", ".join(problem.key for problem in problems[1:])
        first.hint = f"{first.hint} Also wrong: {others}.".strip()
    raise first


def settings_problems(
    model: type[Any], settings: Mapping[str, Any], place: str
) -> list[SettingsError]:
    """Return everything that is wrong with `settings`; empty when they are right."""
    return _validate(model, settings, place)[0]


def mask(text: str, settings: Mapping[str, Any]) -> str:
    """Return `text` with every secret of `settings` replaced by `********`."""
    for secret in sorted(set(_secrets(settings)), key=len, reverse=True):
        text = text.replace(secret, "********")
    return text


def _secrets(value: Any, *, below_secret_key: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            secret = below_secret_key or bool(_SECRET_KEY.search(str(key)))
            yield from _secrets(item, below_secret_key=secret)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secrets(item, below_secret_key=below_secret_key)
    elif hasattr(value, "get_secret_value"):
        yield from _secrets(value.get_secret_value(), below_secret_key=True)
    elif below_secret_key and isinstance(value, str) and len(value) >= _SHORTEST_SECRET:
        yield value


def _validate(
    model: type[Any], settings: Mapping[str, Any], place: str
) -> tuple[list[SettingsError], Any]:
    from pydantic import ValidationError  # noqa: PLC0415 - paid only where there is a model

    try:
        return [], model.model_validate(dict(settings), extra="forbid")
    except ValidationError as error:
        # The error itself is dropped: its text contains the values.
        found = error.errors(include_url=False)
    return [_problem(model, settings, place, item) for item in found], None


def _problem(
    model: type[Any], settings: Mapping[str, Any], place: str, found: Mapping[str, Any]
) -> SettingsError:
    key = _dotted(place, found["loc"])
    if found["type"] == "extra_forbidden":
        return _unknown(model, key, found["loc"])
    expected = mask(_expectation(found), settings)
    if found["type"] == "missing":
        return SettingsError(f"{key} is missing.", key=key, expected="a value")
    own_words = found["type"] in {"value_error", "assertion_error"}
    nearest = _nearest_choice(found)
    return SettingsError(
        f"{key}: {expected}." if own_words else f"{key}: expected {expected}.",
        key=key,
        expected=expected,
        nearest=nearest,
        hint=did_you_mean(nearest),
    )


def _dotted(place: str, location: Sequence[Any]) -> str:
    """Return the dotted key; names of validators inside pydantic's location are left out."""
    key = place
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        elif "[" not in str(part):
            key = f"{key}.{part}" if key else str(part)
    return key


def _unknown(model: type[Any], key: str, location: Sequence[Any]) -> SettingsError:
    known = _known_keys(model, location[:-1])
    nearest = nearest_names(str(location[-1]), known)
    listed = f"Known here: {', '.join(known)}." if known else "No setting is known here."
    return SettingsError(
        f"{key} is not a setting.",
        key=key,
        expected=f"one of: {', '.join(known)}" if known else "nothing",
        nearest=nearest,
        hint=" ".join(filter(None, [did_you_mean(nearest), listed])),
    )


def _known_keys(model: type[Any], location: Sequence[Any]) -> list[str]:
    """Return the keys that are valid at `location`; empty where the schema does not say."""
    schema = model.model_json_schema()
    here: Mapping[str, Any] = schema
    for part in location:
        step = here.get("items") if isinstance(part, int) else here.get("properties", {}).get(part)
        here = _resolved(schema, step or {})
    return sorted(here.get("properties", {}))


def _resolved(schema: Mapping[str, Any], step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference, also out of `anyOf` (an optional model)."""
    for choice in (step, *step.get("anyOf", ())):
        reference = choice.get("$ref")
        if reference:
            resolved: Mapping[str, Any] = schema["$defs"][reference.rpartition("/")[2]]
            return resolved
    return step


def _expectation(found: Mapping[str, Any]) -> str:
    text = str(found["msg"])
    for prefix in ("Input should be ", "Value error, ", "Assertion failed, "):
        text = text.removeprefix(prefix)
    return text.rstrip(".")


def _nearest_choice(found: Mapping[str, Any]) -> list[str]:
    if found["type"] not in {"literal_error", "enum"}:
        return []
    choices = re.findall(r"'([^']*)'", str(found.get("ctx", {}).get("expected", "")))
    return nearest_names(str(found["input"]), choices)
