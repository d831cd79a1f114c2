"""The contract suite of distributions: a right one passes, each faulty one is caught."""

import pytest

from jackfield.plugins.manifest import write_manifest
from jackfield.testing import ManifestContract, run_suite

CODE = '''"""Tool set for tests."""
from jackfield import hookimpl, tool

@tool
def one() -> int:
    """Return one."""
    return 1

@hookimpl
def open_tools():
    """Offer the tools."""
    return [one]
'''


def suite(name):
    return type("Checked", (ManifestContract,), {"distribution": name, "limit_s": 20.0})


async def test_a_right_distribution_passes(installed_plugin):
    installed_plugin("jackfield-right", code=CODE, entry_points={"tools": ["right"]}, manifest={})
    write_manifest("jackfield-right")
    report = await run_suite(suite("jackfield_right"))
    assert not report.failed
    assert len(report.passed) == 5


FAULTS = {
    "no-manifest": {"code": CODE, "entry_points": {"tools": ["x"]}},
    "stale": {"code": CODE, "entry_points": {"tools": ["x"]}, "manifest": {"capabilities": []}},
    "broken-manifest": {"code": CODE, "entry_points": {"tools": ["x"]}, "manifest": "{"},
    "no-entry-points": {"code": CODE},
    "unknown-module": {"code": CODE, "entry_points": {"tools": {"x": "no_such_module"}}},
    "fails-to-import": {"code": "1 / 0", "entry_points": {"tools": ["x"]}},
    "misspelt-hook": {
        "code": CODE.replace("open_tools", "open_tool"),
        "entry_points": {"tools": ["x"]},
    },
    "prints": {"code": CODE + "print('hello')\n", "entry_points": {"tools": ["x"]}},
    "starts-a-thread": {
        "code": CODE
        + "import threading, time\n"
        + "threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()\n",
        "entry_points": {"tools": ["x"]},
    },
}


@pytest.mark.parametrize("name", FAULTS)
async def test_faulty_distributions_are_caught(installed_plugin, name):
    installed_plugin("jackfield-faulty", **FAULTS[name])
    if name in ("prints", "starts-a-thread"):
        write_manifest("jackfield-faulty")  # so that the import is the only fault
    report = await run_suite(suite("jackfield-faulty"))
    assert not report.ok
    if name in ("prints", "starts-a-thread"):
        assert list(report.failed) == ["test_importing_it_does_nothing"]


async def test_a_suite_without_distribution_says_so():
    report = await run_suite(ManifestContract)
    assert "Set `distribution`" in str(report.failed["test_it_is_installed_and_offers_something"])


class TestJackfieldItself(ManifestContract):
    distribution = "jackfield"
