"""`tox run -e web`: the checks of the page, its build, and the tests in a browser.

Without npm it says that it did nothing, and succeeds: the rest of the project needs no Node.
Chromium is Debian's; where it is missing and we may, it is installed with apt-get.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
APT_GET = ("apt-get", "-o", "DPkg::Lock::Timeout=300")


def main(*arguments: str) -> int:
    """Run everything that can be run; return the exit code."""
    if shutil.which("npm") is None:
        sys.stdout.write("SKIPPED web: npm is not on PATH; see https://nodejs.org\n")
        return 0
    page = _page()
    try:
        page.build()
        page.npm("run", "build:test-pages", "--silent")
        page.npm("run", "check")
    except page.PageNotBuiltError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write("The page is built; its lint, types and tests are green.\n")
    if not has_browser():
        sys.stdout.write(
            "SKIPPED the tests in a browser: there is no Chromium on PATH and this user may not "
            "install it; run `apt-get install chromium`, or set JACKFIELD_TEST_CHROMIUM.\n"
        )
        return 0
    os.environ["JACKFIELD_TEST_CHROMIUM"] = chromium() or ""
    os.environ["JACKFIELD_TEST_BROWSER"] = "1"  # from here on what is missing is a failure
    sys.stdout.flush()
    pytest = (sys.executable, "-m", "pytest", *(arguments or ("tests/e2e",)))
    return subprocess.run(pytest, cwd=ROOT, check=False).returncode


def has_browser() -> bool:
    """Tell whether there is a Chromium, after an attempt to install one."""
    if chromium() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (("update", "-qq"), ("install", "-y", "-qq", "chromium")):
            subprocess.run([*APT_GET, *command], check=False)
    return chromium() is not None


def chromium() -> str | None:
    """Return the browser's path: JACKFIELD_TEST_CHROMIUM, or what is on PATH."""
    found = [shutil.which(name) for name in CHROMIUM]
    return next(
        (path for path in (os.environ.get("JACKFIELD_TEST_CHROMIUM"), *found) if path), None
    )


def _page() -> ModuleType:
    spec = spec_from_file_location("page_build", ROOT / "plugins/assistant-ui/web/build.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("plugins/assistant-ui/web/build.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
