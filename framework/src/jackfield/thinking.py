"""How hard a model is asked to think: the level that counts, and its token budget.

Source: spec/agent.md, 11.
"""

from collections.abc import Collection

from jackfield.models import Model, ThinkingBudgets, ThinkingLevel

DEFAULT_BUDGETS = {
    ThinkingLevel.MINIMAL: 1024,
    ThinkingLevel.LOW: 2048,
    ThinkingLevel.MEDIUM: 8192,
    ThinkingLevel.HIGH: 16384,
}
"""Tokens to think with, by level; higher levels get those of HIGH."""

_ANSWER_TOKENS = 1024
_LEVELS = list(ThinkingLevel)


def effective_level(level: ThinkingLevel | None, model: Model) -> ThinkingLevel:
    """Return the agent's level, or the model's own where the agent's is OFF or None."""
    return level if level and level is not ThinkingLevel.OFF else model.thinking_level


def clamp_level(level: ThinkingLevel, supported: Collection[ThinkingLevel]) -> ThinkingLevel:
    """Return the nearest level that is supported: itself, else the next lower, else the lowest.

    OFF stays OFF, and so does every level where nothing is supported.
    """
    known = [each for each in _LEVELS if each in supported and each is not ThinkingLevel.OFF]
    if level is ThinkingLevel.OFF or not known:
        return ThinkingLevel.OFF
    rank = _LEVELS.index(level)
    return next((each for each in reversed(known) if _LEVELS.index(each) <= rank), known[0])


def thinking_budget(level: ThinkingLevel, budgets: ThinkingBudgets | None = None) -> int | None:
    """Return the tokens to think with at a level; None when OFF.

    `budgets.thinking_budget` wins over the numbers per level, and these over the defaults.
    """
    if level is ThinkingLevel.OFF:
        return None
    custom = custom_budget(level, budgets)
    return DEFAULT_BUDGETS[clamp_level(level, DEFAULT_BUDGETS)] if custom is None else custom


def custom_budget(level: ThinkingLevel, budgets: ThinkingBudgets | None) -> int | None:
    """Return the budget that the user set for a level; None where there is none."""
    if level is ThinkingLevel.OFF or budgets is None:
        return None
    if budgets.thinking_budget is not None:
        return budgets.thinking_budget
    value: int | None = budgets.get(clamp_level(level, DEFAULT_BUDGETS).value)
    return value


def fit_budget(max_tokens: int, budget: int, model_max: int | None = None) -> tuple[int, int]:
    """Return the request's `max_tokens` and the budget so that room for the answer is left.

    Args:
        max_tokens: Longest answer, thinking not counted.
        budget: Tokens to think with.
        model_max: The most that the model writes; None when unknown.
    """
    total = max_tokens + budget
    if model_max is not None:
        total = min(total, model_max)
    if total <= budget:
        budget = max(0, total - _ANSWER_TOKENS)
    return total, budget
