"""The names of providers and of key modes, as people write them and as the service does.

Source: spec/lumnis.md, 2.4.
"""

from typing import Final

from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.types import ApiKeyMode, ApiProvider

_SUFFIX: Final = "_API_KEY"
_PROVIDERS: Final = {
    name: each.value
    for each in ApiProvider
    for name in (each.value, each.value.removesuffix(_SUFFIX))
}
_MODES: Final = {
    "byo": ApiKeyMode.BYO_KEYS.value,
    "byo_keys": ApiKeyMode.BYO_KEYS.value,
    "platform": ApiKeyMode.PLATFORM.value,
    "use_platform": ApiKeyMode.PLATFORM.value,
}


def known_provider(provider: ApiProvider | str) -> str | None:
    """Return the name that the service has for a provider; None if nobody here knows it.

    Args:
        provider: `ApiProvider.OPENAI`, `OPENAI_API_KEY`, `openai`; upper or lower case.
    """
    return _PROVIDERS.get(str(provider).upper())


def provider_name(provider: ApiProvider | str) -> str:
    """Return the name that the service has for a provider; an unknown one stays as it is."""
    return known_provider(provider) or str(provider)


def mode_name(mode: ApiKeyMode | str) -> str:
    """Return the name that the service has for a key mode.

    Args:
        mode: `ApiKeyMode`, `byo`, `byo_keys`, `platform`, `use_platform`; upper or lower case.

    Raises:
        ValidationError: There is no such mode.
    """
    found = _MODES.get(str(mode).lower())
    if found is None:
        raise ValidationError(f"{mode!r} is no mode of keys: use 'byo_keys' or 'platform'.")
    return found
