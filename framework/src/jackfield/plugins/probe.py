"""The doctor: loads each plugin in a process of its own, so that none can take us down.

`python -m jackfield.plugins.probe KIND NAME DISTRIBUTION` is that process.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeAlias

from jackfield.errors import JackfieldError, PluginConflictError
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.manifest_file import package_folders
from jackfield.plugins.probed import ANSWER, read_answer

DEFAULT_LIMIT_S = 10.0

Status: TypeAlias = Literal["ok", "broken", "timeout", "crashed", "conflict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came of loading one plugin.

    Attributes:
        entry: The capability.
        status: `ok`; `broken` (an error), `timeout` (it hangs), `crashed` (its process died),
            `conflict` (another distribution claims the name; not loaded).
        seconds: How long loading took; 0 when it was not tried.
        cause: What is wrong, in words; empty if it is ok.
        remedy: What to do; empty if it is ok.
    """

    entry: Entry
    status: Status
    seconds: float = 0.0
    cause: str = ""
    remedy: str = ""


def probe_all(  # noqa: PLR0913 - all but the index go by name
    index: PluginIndex,
    *,
    prefer: Mapping[str, str] | None = None,
    entries: Sequence[Entry] | None = None,
    limit_s: float = DEFAULT_LIMIT_S,
    parallel: int | None = None,
    on_done: Callable[[], object] | None = None,
) -> list[Probe]:
    """Load plugins, several at a time, each in a process of its own.

    Args:
        index: What is installed.
        prefer: `[plugins] prefer`: settles conflicts.
        entries: Which ones; all when None.
        limit_s: Seconds that one may take.
        parallel: How many at a time; as many as there are processors when None.
        on_done: Called after each that was loaded, from any thread: for a progress display.

    Returns:
        One outcome for each entry, in their order.
    """
    chosen = index.entries() if entries is None else list(entries)
    running: set[subprocess.Popen[bytes]] = set()
    pool = ThreadPoolExecutor(max_workers=parallel or os.cpu_count() or 1)
    try:
        conflicts = [_conflict(index, entry, prefer) for entry in chosen]
        waiting = [
            None if conflict else pool.submit(_probed, entry, limit_s, running)
            for entry, conflict in zip(chosen, conflicts, strict=True)
        ]
        for future in filter(None, waiting if on_done else ()):
            future.add_done_callback(lambda _: on_done and on_done())
        return [
            conflict or future.result()  # type: ignore[union-attr]  # one of the two is there
            for conflict, future in zip(conflicts, waiting, strict=True)
        ]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):  # only when interrupted
            _kill(process)
        pool.shutdown(wait=True)


def probe(entry: Entry, *, limit_s: float = DEFAULT_LIMIT_S) -> Probe:
    """Load one plugin in a process of its own."""
    return _probed(entry, limit_s, set())


def _conflict(index: PluginIndex, entry: Entry, prefer: Mapping[str, str] | None) -> Probe | None:
    try:
        index.find(entry.kind, entry.name, prefer)
    except PluginConflictError as error:
        return Probe(entry=entry, status="conflict", cause=error.message, remedy=error.hint)
    except JackfieldError:
        return None  # a wrong `prefer` is the configuration's fault, told by its own check
    return None


def _probed(entry: Entry, limit_s: float, running: set[subprocess.Popen[bytes]]) -> Probe:
    start = time.monotonic()
    # Files, not pipes: a grandchild that keeps a pipe open would make us wait for ever.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = _started(entry, output, errors)
        running.add(process)
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return _timeout(entry, limit_s)
        finally:
            _kill(process)
            running.discard(process)
        answer = read_answer(_text(output))
        said = _text(errors)
    if answer is None:
        return _crash(entry, code, said, time.monotonic() - start)
    return Probe(entry=entry, **answer)


def _started(entry: Entry, output: IO[bytes], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-X", "faulthandler", "-m", __name__]
    path = os.pathsep.join(item or os.getcwd() for item in sys.path)  # noqa: PTH109 - a string is wanted
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*command, entry.kind, entry.name, entry.distribution],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # so that children of the plugin can be ended with it
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started; does nothing when all are gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _timeout(entry: Entry, limit_s: float) -> Probe:
    return Probe(
        entry=entry,
        status="timeout",
        seconds=limit_s,
        cause=f"Loading it did not end within {limit_s:g} s.",
        remedy=f"Upgrade or uninstall {entry.distribution}, or tell its author.",
    )


def _crash(entry: Entry, code: int, said: str, seconds: float) -> Probe:
    if code < 0:
        names = {one.value: one.name for one in signal.Signals}
        how = f"died of {names.get(-code, f'signal {-code}')}"
        remedy = (
            f"Its native code does not fit this Python or machine: "
            f"pip install --force-reinstall {entry.distribution}."
        )
    else:
        how = f"ended by itself with code {code}"
        remedy = "Importing it ends the program, which a plugin must not do: tell its author."
    return Probe(
        entry=entry,
        status="crashed",
        seconds=round(seconds, 3),
        cause=f"The process that loaded it {how}{_where(entry, said)}.",
        remedy=remedy,
    )


def _where(entry: Entry, said: str) -> str:
    """Return the innermost line of the plugin that faulthandler saw; of anybody, failing that."""
    found = re.findall(r'File "([^"]+)", line (\d+)', said)
    folders = package_folders(entry)
    own = [one for one in found if any(Path(one[0]).is_relative_to(each) for each in folders)]
    for file, line in (own or found)[:1]:
        return f" at {file}, line {line}"
    return ""


def _main() -> None:
    from jackfield.plugins.probed import load_and_answer  # noqa: PLC0415 - only in the process

    answer = load_and_answer(*sys.argv[1:4])
    sys.stdout.write(f"\n{ANSWER}{answer}\n")
    sys.stdout.flush()
    # A plugin may have started threads that would keep the process alive.
    os._exit(0)


if __name__ == "__main__":
    _main()
