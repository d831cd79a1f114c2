"""A pseudo-terminal with a program in it, for tests that type and read like a person."""

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")


class Terminal:
    """Runs `jackfield` in a terminal of 100 columns.

    Args:
        arguments: What stands behind `jackfield`.
        cwd: Working directory.
        environ: Variables on top of the process's own.
        stdout: Where the program's stdout goes instead of the terminal.
    """

    def __init__(self, *arguments: str, cwd: Path, stdout=None, **environ: str) -> None:
        self.fd, other = pty.openpty()
        self.text = ""
        self._read_up_to = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jackfield", *arguments],
            cwd=cwd,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "100", **environ},
            stdin=other,
            stdout=stdout or other,
            stderr=other,
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),
        )
        os.close(other)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.fd)

    @property
    def plain(self) -> str:
        """What was shown so far, without escape sequences."""
        return ESCAPES.sub("", self.text).replace("\r", "")

    def type(self, text: str) -> None:
        """Type text; `\\x03` is Ctrl-C, `\\x04` is Ctrl-D."""
        os.write(self.fd, text.encode())

    def expect(self, text: str, within_s: float = 20) -> None:
        """Wait until text is shown behind what was expected before."""
        self._wait(lambda: text in self.plain[self._read_up_to :], f"no {text!r}", within_s)
        self._read_up_to = self.plain.index(text, self._read_up_to) + len(text)

    def exit_code(self, within_s: float = 20) -> int:
        """Wait for the end of the program and return its exit code."""
        self._wait(lambda: self.process.poll() is not None, "it does not end", within_s)
        return self.process.returncode

    def interrupt_until_the_end(self, within_s: float = 20) -> int:
        """Press Ctrl-C again and again until the program ends; return the shell's exit code.

        A press that hits the interpreter while it shuts down ends it by the signal: a shell
        shows that as 130, too.
        """
        end = time.monotonic() + within_s
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"it does not end; shown so far:\n{self.plain}")
            self.type("\x03")
            select.select([self.fd], [], [], 0.3)
            self._read()
        code = self.process.returncode
        return 128 - code if code < 0 else code

    def interrupt_until(self, text: str) -> None:
        """Press Ctrl-C until text is shown: readline can miss one between two reads."""
        for patience_s in (3, 5, 10):
            self.type("\x03")
            with contextlib.suppress(AssertionError):
                return self.expect(text, within_s=patience_s)
        raise AssertionError(f"no {text!r}; shown so far:\n{self.plain}")

    def _wait(self, done, problem: str, within_s: float) -> None:
        end = time.monotonic() + within_s
        while not done():
            if time.monotonic() > end:
                raise AssertionError(f"{problem}; shown so far:\n{self.plain}")
            self._read()

    def _read(self) -> None:
        if not select.select([self.fd], [], [], 0.02)[0]:
            return
        try:
            self.text += os.read(self.fd, 65536).decode(errors="replace")
        except OSError:  # the program closed the terminal
            self.process.wait()
