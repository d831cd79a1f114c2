"""Build the page: `python web/build.py` writes it to `src/jackfield_assistant_ui/static`.

Needs npm (with Node 20.19 or newer) and, for the first time, the npm registry. The wheel's build
hook calls this too; several builds at a time wait for one another.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WEB = Path(__file__).resolve().parent
DIST = WEB / "dist"
STATIC = WEB.parent / "src/jackfield_assistant_ui/static"
NEEDS = (
    "The page of `jackfield serve` is built with npm, which is not on PATH: "
    "install Node 20.19 or newer (https://nodejs.org) and run `python {script}`."
)


class PageNotBuiltError(RuntimeError):
    """What is missing, or what npm said."""


def main() -> int:
    """Build the page by hand; return the exit code."""
    try:
        build()
    except PageNotBuiltError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"Built {STATIC}\n")
    return 0


def build() -> None:
    """Install what the page is made of, and build it.

    Raises:
        PageNotBuiltError: npm is missing or fails.
    """
    with alone():
        install()
        npm("run", "build", "--silent")
        put_in_place()


def install() -> None:
    """Fetch the packages of the lock file, unless they are there.

    Raises:
        PageNotBuiltError: npm is missing or fails.
    """
    mark = WEB / "node_modules/.jackfield-installed"
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    mark.write_text(wanted, encoding="utf-8")


def put_in_place() -> None:
    """Make the page in the package the one that was built; who reads it meanwhile reads on."""
    built = {path.relative_to(DIST): path for path in DIST.rglob("*") if path.is_file()}
    for name, path in sorted(built.items(), key=lambda file: file[0].suffix == ".html"):
        target = STATIC / name
        if target.exists() and target.read_bytes() == path.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target.with_suffix(".new"))
        target.with_suffix(".new").replace(target)
    for old in STATIC.rglob("*"):
        if old.is_file() and old.relative_to(STATIC) not in built:
            old.unlink()


def npm(*arguments: str) -> None:
    """Run npm in the page's folder.

    Raises:
        PageNotBuiltError: it is missing or fails; the text ends with what it said.
    """
    program = shutil.which("npm")
    if program is None:
        raise PageNotBuiltError(NEEDS.format(script=Path(__file__)))
    done = subprocess.run(  # noqa: S603 - npm with the arguments of this file
        [program, *arguments], cwd=WEB, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}".strip()[-4000:]
        raise PageNotBuiltError(f"npm {' '.join(arguments)} failed in {WEB}:\n{said}")


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other build works in this folder."""
    with (WEB / ".lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
