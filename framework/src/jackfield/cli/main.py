"""The entry point `jackfield`. Imports nothing, so that `--version` costs next to nothing."""

import sys

VERSION = "0.1.0"
"""This distribution's version; a test compares it with pyproject.toml."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: What stands behind the program's name; None for `sys.argv[1:]`.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"jackfield {VERSION}\n")
        return 0
    from jackfield.cli.app import run  # noqa: PLC0415 - the fast path must not pay for click

    return run(arguments)
