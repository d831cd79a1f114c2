"""Thinking levels and budgets. Source: spec/agent.md, 11."""

import pytest

from jackfield.models import Model, ThinkingBudgets, ThinkingLevel
from jackfield.thinking import (
    clamp_level,
    custom_budget,
    effective_level,
    fit_budget,
    thinking_budget,
)

OFF, MINIMAL, LOW, MEDIUM, HIGH, XHIGH, MAX = ThinkingLevel
MODEL = Model(thinking_level=LOW)


@pytest.mark.parametrize(("level", "expected"), [(OFF, LOW), (None, LOW), (HIGH, HIGH)])
def test_the_agents_level_beats_the_models_unless_off(level, expected):
    assert effective_level(level, MODEL) is expected


@pytest.mark.parametrize(
    ("level", "supported", "expected"),
    [
        (MEDIUM, [LOW, MEDIUM], MEDIUM),
        (XHIGH, [LOW, HIGH], HIGH),
        (MAX, [MINIMAL, LOW, MEDIUM, HIGH], HIGH),
        (MEDIUM, [LOW, HIGH], LOW),
        (MINIMAL, [MEDIUM, HIGH], MEDIUM),
        (OFF, [LOW], OFF),
        (HIGH, [], OFF),
        (HIGH, [OFF], OFF),
    ],
)
def test_unsupported_levels_take_the_next_lower(level, supported, expected):
    assert clamp_level(level, supported) is expected


@pytest.mark.parametrize(
    ("level", "budget"),
    [(OFF, None), (MINIMAL, 1024), (LOW, 2048), (MEDIUM, 8192), (HIGH, 16384), (MAX, 16384)],
)
def test_default_budgets(level, budget):
    assert thinking_budget(level) == budget
    assert custom_budget(level, None) is None


def test_custom_budgets_replace_the_defaults():
    budgets = ThinkingBudgets(low=10)
    assert thinking_budget(LOW, budgets) == 10
    assert thinking_budget(MEDIUM, budgets) == 8192
    assert custom_budget(MEDIUM, budgets) is None
    assert thinking_budget(XHIGH, ThinkingBudgets(high=7)) == 7


def test_one_budget_for_all_levels_wins():
    budgets = ThinkingBudgets(thinking_budget=5, low=10)
    assert thinking_budget(LOW, budgets) == thinking_budget(MAX, budgets) == 5
    assert thinking_budget(OFF, budgets) is None


@pytest.mark.parametrize(
    ("max_tokens", "budget", "model_max", "expected"),
    [
        (4000, 2048, None, (6048, 2048)),
        (4000, 2048, 5000, (5000, 2048)),
        (4000, 16384, 8192, (8192, 7168)),
        (100, 2048, 512, (512, 0)),
        (0, 2048, None, (2048, 1024)),
    ],
    ids=["fits", "capped", "budget cut", "no room", "nothing asked"],
)
def test_budgets_leave_room_for_the_answer(max_tokens, budget, model_max, expected):
    assert fit_budget(max_tokens, budget, model_max) == expected
