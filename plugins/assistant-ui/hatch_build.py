"""Build hook: puts the page of `jackfield serve` into what is built.

An editable install builds nothing. Without npm the package is built all the same, and says so;
with JACKFIELD_NEED_PAGE set, as for a release, that is an error.
"""

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "src/jackfield_assistant_ui/static"


class PageBuildHook(BuildHookInterface[Any]):
    """Builds the page before its files are collected."""

    def initialize(
        self,
        version: str,
        build_data: dict[str, Any],  # noqa: ARG002 - the caller's signature
    ) -> None:
        """Build the page, unless this is an editable install or the files of an sdist."""
        root = Path(self.root)
        if version == "editable" or (root / "PKG-INFO").exists():
            return
        builder = _builder(root / "web/build.py")
        try:
            builder.build()
        except builder.PageNotBuiltError as error:
            if os.environ.get("JACKFIELD_NEED_PAGE"):
                raise
            known = (root / STATIC / "index.html").exists()
            what = "with the page as it was built before" if known else "without the page"
            self.app.display_warning(f"Built {what}. {error}")


def _builder(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("jackfield_page_build", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
