"""Auth `static`: the secret stands in the configuration. For tests and local servers only."""

from pydantic import Field, SecretStr

from jackfield import Auth, hookimpl
from jackfield.builtins.header_settings import HeaderSettings
from jackfield.credentials import HeaderAuth, Secret

jackfield_touches: dict[str, list[str]] = {}  # nothing


class StaticSettings(HeaderSettings):
    """The secret itself; keep real keys out of files and use `env`, `keyring` or `command`."""

    value: SecretStr = Field(
        min_length=1,
        description="The secret itself. For tests and local servers only.",
    )


@hookimpl
def describe_settings() -> type[StaticSettings]:
    """Return the model of this auth's settings."""
    return StaticSettings


@hookimpl
def open_auth(name: str, settings: StaticSettings) -> Auth:
    """Open an auth that always sends the same secret."""

    async def read() -> Secret:
        return Secret(settings.value.get_secret_value(), source=f"setting auth.{name}.value")

    return HeaderAuth(read, header=settings.header, scheme=settings.scheme)
