"""What holds for every test: nobody's own configuration is read or written."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Before anything imports it: its assertions explain themselves as those of tests do.
pytest.register_assert_rewrite("support")

# How long an example takes says more about the machine than about the code.
settings.register_profile("jackfield", deadline=None)
settings.load_profile("jackfield")


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
