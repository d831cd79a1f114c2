"""What holds for every test: nobody's own configuration is read or written."""

from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("jackfield", deadline=None)
settings.load_profile("jackfield")


@pytest.fixture(autouse=True)
def _isolation(isolated_folders: Path) -> None:
    """Keep the folders of whoever runs the tests out of them."""
