"""Auth `command`: a program prints the secret (a password manager, a cloud's token command)."""

import asyncio
import os
import shlex
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

from pydantic import Field, field_validator

from jackfield import Auth, hookimpl
from jackfield.builtins.header_settings import HeaderSettings
from jackfield.credentials import HeaderAuth, Secret
from jackfield.errors import SecretMissingError

jackfield_touches = {"subprocesses": ["{argv}"]}  # in braces: what a setting says

MAX_BYTES = 65_536


class CommandSettings(HeaderSettings):
    """Which program prints the secret."""

    argv: list[str] = Field(
        min_length=1,
        description=(
            "The program and its arguments, run without a shell. A string is split as a shell "
            "would split it."
        ),
    )
    timeout_s: float = Field(
        default=30.0, gt=0, description="Seconds after which the program is ended."
    )
    cache_s: float = Field(
        default=300.0,
        ge=0,
        description="Seconds for which the output is used again; a refused secret ends it early.",
    )

    @field_validator("argv", mode="before", json_schema_input_type=list[str] | str)
    @classmethod
    def _split(cls, value: object) -> object:
        return shlex.split(value) if isinstance(value, str) else value


@hookimpl
def describe_settings() -> type[CommandSettings]:
    """Return the model of this auth's settings."""
    return CommandSettings


@hookimpl
def open_auth(settings: CommandSettings) -> Auth:
    """Open an auth that runs the program when a request needs the secret and none is cached."""

    async def read() -> Secret:
        source = f"output of command {settings.argv[0]}"
        output = await printed(settings.argv, source, settings.timeout_s)
        return Secret(output, source=source, hint="Run it in a shell: it must print the key.")

    return HeaderAuth(
        read, header=settings.header, scheme=settings.scheme, cache_s=settings.cache_s
    )


async def printed(argv: list[str], source: str, timeout_s: float) -> str:
    """Run a program and return what it prints; it gets no terminal and no input.

    Raises:
        SecretMissingError: It cannot be started, fails, or takes too long. Neither its
            arguments nor its output are in the message: both may hold the secret.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise _missing(source, error.strerror or "it cannot be started") from error
    try:
        async with asyncio.timeout(timeout_s):
            output = await _read_all(process, source)
            status = await process.wait()
    except BaseException as error:
        await _end(process)
        if isinstance(error, TimeoutError):
            raise _missing(source, f"it took longer than {timeout_s:g} s") from None
        raise
    if status != 0:
        raise _missing(source, f"it ended with status {status}")
    return output.decode(errors="replace")


async def _read_all(process: Process, source: str) -> bytes:
    output = b""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    while piece := await process.stdout.read(MAX_BYTES):
        output += piece
        if len(output) > MAX_BYTES:
            raise _missing(source, f"it prints more than {MAX_BYTES} bytes")
    return output


async def _end(process: Process) -> None:
    """End the program and whatever it started, so that nothing holds the pipe open."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    await process.wait()


def _missing(source: str, reason: str) -> SecretMissingError:
    return SecretMissingError(
        f"No secret in {source}: {reason}.",
        source=source,
        hint="Run it in a shell to see why: it must print the key, and nothing else.",
    )
