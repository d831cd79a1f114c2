"""What holds for every test: nobody's own configuration is read or written."""

import os
import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Before anything imports it: its assertions explain themselves as those of tests do.
pytest.register_assert_rewrite("support")

# A shell starts what it runs in the background deaf to Ctrl-C; tests press it, in children as well.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about the machine than about the code.
settings.register_profile("jackfield", deadline=None)
settings.load_profile("jackfield")

# Only `tox run -e alchemy` has the Rust binding, and says that it must be there.
NEED_THE_BINDING = ["bindings", "plugins/alchemy", "seeds/test_tinyagent_alchemy.py"]
HAS_THE_BINDING = "JACKFIELD_TEST_BINDING" in os.environ or bool(
    find_spec("alchemy_llm_py") and find_spec("jackfield_alchemy")
)
collect_ignore = [] if HAS_THE_BINDING else list(NEED_THE_BINDING)

# `tox run -e web` builds the page and sees to the browser before it sets this.
HAS_THE_BROWSER = "JACKFIELD_TEST_BROWSER" in os.environ
if not HAS_THE_BROWSER:
    collect_ignore.append("e2e")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out."""
    if not HAS_THE_BROWSER:
        terminalreporter.write_line("Left out, for want of a browser: tests/e2e (`tox run -e web`)")
    if not HAS_THE_BINDING:
        left_out = ", ".join(f"tests/{name}" for name in NEED_THE_BINDING)
        terminalreporter.write_line(f"Left out, for want of alchemy_llm_py: {left_out}")


@pytest.fixture(autouse=True)
def _isolation(isolated_folders: Path) -> None:
    """Keep the folders of whoever runs the tests out of them."""


def _calls_in(run: Callable[[], Any]) -> int:
    count = 0

    def see(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    outer = sys.getprofile()
    sys.setprofile(see)
    try:
        run()
    finally:
        sys.setprofile(outer)
    return count


@pytest.fixture
def calls_in() -> Callable[[Callable[[], Any]], int]:
    """Give a function that counts the calls in this thread while another runs: work, not time."""
    return _calls_in
