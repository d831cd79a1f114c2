"""Running a contract suite without pytest: on many plugins, or on faulty ones on purpose."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass(slots=True, kw_only=True)
class SuiteReport:
    """What came of a suite.

    Attributes:
        passed: Names of the tests that passed.
        skipped: Names of the tests that had nothing to check, with their reasons.
        failed: Names of the tests that failed, with what they raised.
    """

    passed: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, BaseException] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether no test failed."""
        return not self.failed


async def run_suite(suite: type, **fixtures: Callable[[], Any]) -> SuiteReport:
    """Run every test of a contract suite in the running event loop.

    Args:
        suite: A contract class, for example `ProviderContract`, or a subclass.
        fixtures: A factory for each fixture of the suite, called anew for each test; it may
            return an awaitable.
    """
    report = SuiteReport()
    for name in sorted(name for name in dir(suite) if name.startswith("test_")):
        try:
            await _run(getattr(suite(), name), fixtures)
        except pytest.skip.Exception as skipped:
            report.skipped[name] = str(skipped)
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises is its failure
            report.failed[name] = error
        else:
            report.passed.append(name)
    return report


async def _run(test: Callable[..., Any], fixtures: dict[str, Callable[[], Any]]) -> None:
    values = {}
    for name in inspect.signature(test).parameters:
        value = fixtures[name]() if name in fixtures else None
        values[name] = await value if inspect.isawaitable(value) else value
    await test(**values)
