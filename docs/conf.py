"""How the documentation is built: `sphinx-build -n -W -b html docs build/docs`."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "framework/pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Jackfield"
author = "The Jackfield founders"
copyright = "The Jackfield founders"  # noqa: A001 - Sphinx wants this name
version = release = PROJECT["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Jackfield {version}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "undoc-members": False, "exclude-members": "__init__"}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
# Types of the standard library and of other packages have no pages here.
nitpick_ignore_regex = [
    ("py:.*", r"(?!jackfield\.).*"),
    ("py:class", r"jackfield\.tools\.[PR]"),  # type variables
]


def _first_paragraph(_app: object, what: str, *rest: object) -> None:
    """Keep of a module's docstring its subject only; the pages say the rest."""
    lines = rest[-1]
    if what == "module" and isinstance(lines, list) and "" in lines:
        del lines[lines.index("") :]


def setup(app: Any) -> None:
    """Connect us to Sphinx."""
    app.connect("autodoc-process-docstring", _first_paragraph)
