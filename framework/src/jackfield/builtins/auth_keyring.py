"""Auth `keyring`: the secret is in the system's keyring. Needs the extra `jackfield[keyring]`."""

import asyncio
import math

from pydantic import Field

from jackfield import Auth, hookimpl
from jackfield.builtins.header_settings import HeaderSettings
from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import SecretMissingError


class KeyringSettings(HeaderSettings):
    """Which entry of the keyring holds the secret."""

    service: str = Field(
        default="jackfield",
        min_length=1,
        description="The service under which the keyring keeps the secret.",
    )
    entry: str = Field(
        default="",
        description="The entry's name; empty for the name of this auth in the configuration.",
    )


@hookimpl
def describe_settings() -> type[KeyringSettings]:
    """Return the model of this auth's settings."""
    return KeyringSettings


@hookimpl
def open_auth(name: str, settings: KeyringSettings) -> Auth:
    """Open an auth that asks the keyring once, and again when the secret is refused."""
    entry = settings.entry or name

    async def read() -> Secret:
        return await asyncio.to_thread(look_up, settings.service, entry)

    return HeaderAuth(read, header=settings.header, scheme=settings.scheme, cache_s=math.inf)


def look_up(service: str, entry: str) -> Secret:
    """Return a secret of the keyring; may block while the user unlocks it.

    Raises:
        SecretMissingError: No such entry, no usable keyring, or the package is not installed.
    """
    source = f"keyring entry {entry} (service {service})"
    try:
        import keyring  # noqa: PLC0415 - an optional package, slow to import
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError as error:
        raise SecretMissingError(
            f"No secret in {source}: the package keyring is not installed.",
            source=source,
            hint='Install it: pip install "jackfield[keyring]"',
        ) from error
    try:
        value = keyring.get_password(service, entry)
    except KeyringError as error:
        raise SecretMissingError(
            f"No secret in {source}: the keyring cannot be used ({type(error).__name__}).",
            source=source,
            hint="Without a desktop, use the auth `env`, `file` or `command` instead.",
        ) from error
    return Secret(value, source=source, hint=f"Store it: jackfield auth set {entry}")
