"""Lumnis: a client of the agent service, and its sockets for Jackfield.

Hooks and public names; the rest is imported when it is used.
"""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    message = f"module 'jackfield_lumnis' has no attribute {name!r}"
    raise AttributeError(message, name=name)
