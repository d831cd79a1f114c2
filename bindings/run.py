"""What needs a Rust toolchain: `rust` checks the crates, `alchemy` the binding and its plugin.

Without cargo both say that they did nothing, and succeed: the rest of the project needs no Rust.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CRATES = ROOT / "bindings/alchemy_llm_py"
TESTS = (
    "tests/bindings",
    "tests/plugins/alchemy",
    "tests/seeds/test_tinyagent_alchemy.py",
)


def rust() -> None:
    """Check format, lints and tests of the crates."""
    _run("cargo", "fmt", "--all", "--check", cwd=CRATES)
    _run("cargo", "clippy", "--workspace", "--all-targets", "--", "-D", "warnings", cwd=CRATES)
    _run("cargo", "test", "--workspace", cwd=CRATES)


def alchemy(*arguments: str) -> None:
    """Build and install the binding, install the plugin, run their tests."""
    pip = (sys.executable, "-m", "pip", "install", "--quiet")
    _run(*pip, str(CRATES), "-e", str(ROOT / "plugins/alchemy"))
    os.environ["JACKFIELD_TEST_BINDING"] = "1"  # from here on a missing binding is a failure
    _run(sys.executable, "-m", "pytest", *(arguments or TESTS))


def _run(*command: str, cwd: Path = ROOT) -> None:
    subprocess.run(command, cwd=cwd, check=True)  # noqa: S603 - commands of this file


def main(name: str, *arguments: str) -> int:
    """Run one of the two; return the exit code."""
    if shutil.which("cargo") is None:
        sys.stdout.write(f"SKIPPED {name}: cargo is not on PATH; see https://rustup.rs\n")
        return 0
    try:
        {"rust": rust, "alchemy": alchemy}[name](*arguments)
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
