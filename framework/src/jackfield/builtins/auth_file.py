"""Auth `file`: the secret is the only line of a file."""

import asyncio
import logging
import os
from pathlib import Path

from pydantic import Field

from jackfield import Auth, Host, hookimpl
from jackfield.builtins.header_settings import HeaderSettings
from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import SecretMissingError

jackfield_touches = {"files": ["{path}"]}  # in braces: what a setting says

MAX_BYTES = 65_536
OTHERS = 0o077  # permission bits of the group and of everybody else


class FileSettings(HeaderSettings):
    """Which file holds the secret."""

    path: Path = Field(
        description="The file that holds the secret and nothing else; `~` is the home folder.",
    )


@hookimpl
def describe_settings() -> type[FileSettings]:
    """Return the model of this auth's settings."""
    return FileSettings


@hookimpl
def open_auth(name: str, settings: FileSettings, kernel: Host) -> Auth:
    """Open an auth that reads the file for each request, so that a rotated key counts at once."""
    file = SecretFile(settings.path.expanduser(), kernel.logger(name))

    async def read() -> Secret:
        return await asyncio.to_thread(file.read)

    return HeaderAuth(read, header=settings.header, scheme=settings.scheme)


class SecretFile:
    """A file with one secret; warns once when others may read it."""

    def __init__(self, path: Path, logger: logging.Logger) -> None:
        self._path = path
        self._logger = logger
        self._warned = False

    def read(self) -> Secret:
        """Return the secret.

        Raises:
            SecretMissingError: The file is not there, empty, or may not be read.
            ConfigError: It holds more than one line.
        """
        source = f"file {self._path}"
        hint = "Put the key there and nothing else, readable for you only (chmod 600)."
        try:
            with self._path.open("rb") as file:
                self._warn_if_shared(os.fstat(file.fileno()).st_mode)
                content = file.read(MAX_BYTES)
        except OSError as error:
            raise SecretMissingError(
                f"No secret in {source}: {error.strerror}.", source=source, hint=hint
            ) from error
        return Secret(content.decode("utf-8-sig", errors="replace"), source=source, hint=hint)

    def _warn_if_shared(self, mode: int) -> None:
        if os.name == "posix" and mode & OTHERS and not self._warned:
            self._warned = True
            self._logger.warning(
                "Other users may read the secret in %s. Run: chmod 600 %s", self._path, self._path
            )
