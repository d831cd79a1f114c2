"""Auth `env`: the secret is in an environment variable."""

import os

from pydantic import Field

from jackfield import Auth, hookimpl
from jackfield.builtins.header_settings import HeaderSettings
from jackfield.credentials import HeaderAuth, Secret

jackfield_touches = {"env": ["{variable}"]}  # in braces: what a setting says


class EnvSettings(HeaderSettings):
    """Which environment variable holds the secret."""

    variable: str = Field(
        min_length=1,
        pattern=r"^[^=\x00]+$",
        description="Name of the environment variable that holds the secret.",
    )


@hookimpl
def describe_settings() -> type[EnvSettings]:
    """Return the model of this auth's settings."""
    return EnvSettings


@hookimpl
def open_auth(settings: EnvSettings) -> Auth:
    """Open an auth that reads the variable for each request, so that a new value counts at once."""

    async def read() -> Secret:
        variable = settings.variable
        return Secret(
            os.environ.get(variable),
            source=f"environment variable {variable}",
            hint=f"Set it, for example with: export {variable}=...",
        )

    return HeaderAuth(read, header=settings.header, scheme=settings.scheme)
