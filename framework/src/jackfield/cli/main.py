"""The entry point `jackfield`. Imports next to nothing, so that `--version` is quick."""

import os
import sys

VERSION = "0.1.0"
"""This distribution's version; a test compares it with pyproject.toml."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: What stands behind the program's name; None for `sys.argv[1:]`.
    """
    _open_closed_streams()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"jackfield {VERSION}\n")
        return 0
    from jackfield.cli.app import run  # noqa: PLC0415 - the fast path must not pay for click

    return run(arguments)


def _open_closed_streams() -> None:
    """Let a stream that the caller closed (`jackfield ... <&-`) be empty, not None."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - until exit
            setattr(sys, name, stream)
