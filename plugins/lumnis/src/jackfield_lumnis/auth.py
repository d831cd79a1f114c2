"""Auth `lumnis`: a Lumnis key, and whose data it is used for (tenant, scope, user)."""

import os
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from jackfield import Auth, Host, hookimpl
from jackfield.credentials import HeaderAuth, Secret
from jackfield.http import Request
from jackfield_lumnis.identity import Identity, IdentitySettings

KEY_VARIABLE = "LUMNISAI_API_KEY"

jackfield_api = "0.1"
jackfield_touches = {"env": ["{variable}"]}  # in braces: what a setting says


class LumnisAuthSettings(IdentitySettings, BaseModel):
    """Where the key is, and whose data it is used for."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    variable: str = Field(
        default=KEY_VARIABLE,
        min_length=1,
        pattern=r"^[^=\x00]+$",
        description="Name of the environment variable that holds the key.",
    )
    key: str | None = Field(
        default=None,
        min_length=1,
        description="Name of another auth that has the key (a keyring, a file, a command); it "
        "takes the place of the variable.",
    )


class LumnisAuth:
    """Adds the key that another auth knows; and says who asks.

    Args:
        key: Adds the key.
        identity: Who asks; the sockets of Lumnis read it.
    """

    def __init__(self, key: Auth, identity: Identity) -> None:
        self.identity = identity
        self._key = key

    async def apply(self, request: Request) -> Request:
        """Return the request with the key."""
        return await self._key.apply(request)

    async def refused(self, request: Request, status: int) -> bool:
        """Ask whoever knows the key."""
        return await self._key.refused(request, status)


@hookimpl
def open_auth(settings: LumnisAuthSettings, kernel: Host) -> Auth:
    """Open the auth; the key is looked up for each request, so that a new one counts at once."""
    key = kernel.auth(settings.key) if settings.key else env_key(settings.variable)
    return LumnisAuth(key, settings.identity())


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the auth."""
    return LumnisAuthSettings


def env_key(variable: str = KEY_VARIABLE) -> Auth:
    """Return an auth that sends the key in an environment variable."""

    async def read() -> Secret:
        return Secret(
            os.environ.get(variable),
            source=f"environment variable {variable}",
            hint=f"Set it, for example with: export {variable}=...; or name an `auth`.",
        )

    return HeaderAuth(read)


def given_key(key: str) -> Auth:
    """Return an auth that sends this key."""

    async def read() -> Secret:
        return Secret(key, source="the option `api_key`")

    return HeaderAuth(read)
