"""What a forked child must do about llama.cpp, whose threads did not come along.

Freeing the server there would wait for those threads for ever, and so would the destructors
that the C library runs when the child exits.
"""

import contextlib
import ctypes
import os
import sys
import weakref
from typing import Any, Protocol


class HoldsServer(Protocol):
    """Something with a native server."""

    @property
    def server(self) -> Any:
        """The server; None once it was freed."""


_holders: "weakref.WeakSet[HoldsServer]" = weakref.WeakSet()


def survive_fork(holder: HoldsServer) -> None:
    """Make forked children keep this server untouched and exit without waiting for it."""
    _holders.add(holder)


def _after_fork() -> None:
    if "xllamacpp" not in sys.modules:
        return
    for holder in list(_holders):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(holder.server))
    # Runs `_exit(status)` before the destructors, after Python has flushed and finished.
    with contextlib.suppress(AttributeError, OSError):  # only glibc has on_exit
        libc = ctypes.CDLL(None)
        libc.on_exit(libc._exit, None)  # noqa: SLF001 - the name of the C function


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
