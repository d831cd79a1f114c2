"""The verdict of `python -m benchmarks`; its figures are nobody's test."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch):
    """Give a function that runs the benchmarks with these (value, budget) rows in place of all."""
    monkeypatch.syspath_prepend(str(ROOT))
    program = importlib.import_module("benchmarks.__main__")
    measure = importlib.import_module("benchmarks.measure")

    def run(rows, *arguments):
        made = [measure.Row("a row", value, "x", budget) for value, budget in rows]
        part = SimpleNamespace(rows=lambda rounds: made)
        monkeypatch.setattr(program, "PARTS", {"A part": part})
        return program.main(arguments)

    return run


@pytest.mark.parametrize(
    ("rows", "arguments", "code"),
    [
        ([(1.0, 1.0), (7.0, None)], ["--strict"], 0),
        ([(1.0, 2.0), (2.1, 2.0)], ["--strict"], 1),
        ([(2.1, 2.0), (1.0, 2.0)], ["--short", "--strict"], 1),
        ([(2.1, 2.0)], ["--short"], 0),
    ],
)
def test_strict_fails_when_a_budget_is_exceeded(run, rows, arguments, code):
    assert run(rows, *arguments) == code


def test_table_marks_what_is_over_its_budget(run, capsys):
    run([(2.1, 2.0), (1.0, 2.0), (3.0, None)])
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| a row")]
    assert rows == [
        "| a row | 2.1 x | 2 | OVER |",
        "| a row | 1 x | 2 | ok |",
        "| a row | 3 x |  |  |",
    ]
