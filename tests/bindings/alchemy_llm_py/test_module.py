"""The module as a distribution: names, stub, one wheel for all Pythons."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import alchemy_llm_py

PACKAGE = Path(alchemy_llm_py.__file__).parent


def test_versions_are_told():
    assert alchemy_llm_py.__version__ == version("alchemy-llm-py")
    assert alchemy_llm_py.ALCHEMY_LLM_VERSION == "0.2.0"


def test_crate_inside_is_the_one_that_is_told():
    manifest = Path(__file__).parents[3] / "bindings/alchemy_llm_py/core/Cargo.toml"
    line = f'alchemy-llm = "={alchemy_llm_py.ALCHEMY_LLM_VERSION}"'
    assert line in manifest.read_text(encoding="utf-8")


def test_package_is_typed_and_serves_every_python_from_3_11():
    assert (PACKAGE / "py.typed").exists()
    assert (PACKAGE / "__init__.pyi").exists()
    names = [path.name for path in PACKAGE.iterdir() if path.suffix in (".so", ".pyd")]
    assert names
    assert all(".cpython-" not in name for name in names)


def test_stub_tells_the_truth():
    command = [sys.executable, "-m", "mypy.stubtest", "alchemy_llm_py"]
    found = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert found.returncode == 0, found.stdout


def test_module_loads_on_every_python_that_is_here(tmp_path, pythons):
    code = "import alchemy_llm_py as a; print(a.__version__, a.open_stream)"
    environ = {"PYTHONPATH": str(PACKAGE.parent)}
    for python in pythons:
        found = subprocess.run(
            [python, "-S", "-c", code],
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=environ,
            cwd=tmp_path,
        )
        assert found.stdout.startswith(alchemy_llm_py.__version__), found.stderr
