"""What holds for every test: nobody's own configuration is read or written."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _isolation(isolated_folders: Path) -> None:
    """Keep the folders of whoever runs the tests out of them."""
