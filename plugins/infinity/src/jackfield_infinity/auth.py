"""Auth `infinity`: the key of Infinity Assistant, in the header that the service reads."""

import os
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from jackfield import Auth, Host, hookimpl
from jackfield.credentials import HeaderAuth, Secret
from jackfield.http import Request
from jackfield_infinity.service import KEY_HEADER, KEY_VARIABLE

jackfield_api = "0.1"
jackfield_touches = {"env": ["{variable}"]}  # in braces: what a setting says

_USUAL_HEADER, _USUAL_SCHEME = "authorization", "Bearer "


class InfinityAuthSettings(BaseModel):
    """Where the key is."""

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


class MovedKey:
    """Sends the key that another auth knows in the header that the service reads.

    Args:
        key: Adds the key where most services want it, as `Authorization: Bearer ...`.
    """

    def __init__(self, key: Auth) -> None:
        self._key = key

    async def apply(self, request: Request) -> Request:
        """Return the request with the key."""
        signed = await self._key.apply(request)
        line = signed.headers.get(_USUAL_HEADER)
        if line is None or line == request.headers.get(_USUAL_HEADER):
            return signed  # that auth knows where the key belongs
        headers = {name: text for name, text in signed.headers.items() if name != _USUAL_HEADER}
        headers[KEY_HEADER] = line.removeprefix(_USUAL_SCHEME)
        return replace(signed, headers=headers)

    async def refused(self, request: Request, status: int) -> bool:
        """Ask whoever knows the key, who is shown the request as that one had made it."""
        headers = dict(request.headers)
        if (key := headers.get(KEY_HEADER)) is not None:
            headers.setdefault(_USUAL_HEADER, f"{_USUAL_SCHEME}{key}")
        return await self._key.refused(replace(request, headers=headers), status)


@hookimpl
def open_auth(settings: InfinityAuthSettings, kernel: Host) -> Auth:
    """Open the auth; the key is looked up for each request, so that a new one counts at once."""
    if settings.key:
        return MovedKey(kernel.auth(settings.key))
    return env_key(settings.variable)


@hookimpl
def describe_settings() -> type[InfinityAuthSettings]:
    """Return the settings of the auth."""
    return InfinityAuthSettings


def env_key(variable: str = KEY_VARIABLE) -> Auth:
    """Return an auth that sends the key in an environment variable."""

    async def read() -> Secret:
        return Secret(
            os.environ.get(variable),
            source=f"environment variable {variable}",
            hint=f"Set it, for example with: export {variable}=...",
        )

    return HeaderAuth(read, header=KEY_HEADER, scheme="")
