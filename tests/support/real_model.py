"""Where the slow tests keep the model that they download, and a chat template for it."""

import os
from pathlib import Path

import platformdirs

# Read before any test changes the environment: CI keeps this folder between runs.
MODELS = Path(
    os.environ.get("JACKFIELD_TEST_MODELS") or platformdirs.user_cache_path("jackfield-tests")
)
# The model's own knows no tools.
CHAT_TEMPLATE = Path(__file__).parents[1] / "fixtures/chat_with_tools.jinja"
