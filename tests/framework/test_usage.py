"""Token counts. Source: spec/agent.md, 12, and spec/rulings.md."""

import pytest

from jackfield.usage import Cost, Usage, reported_usage

ZEROS = {
    "input": 0,
    "output": 0,
    "cache_read": 0,
    "cache_write": 0,
    "total_tokens": 0,
    "reasoning": 0,
    "cost": {"input": 0.0, "output": 0.0, "cache_read": 0.0, "cache_write": 0.0, "total": 0.0},
}


@pytest.mark.parametrize("raw", [None, {}, "odd", 3, {"prompt_tokens": "12"}])
def test_nothing_reported_gives_zeros_not_gaps(raw):
    assert Usage.from_openai(raw).to_dict() == ZEROS


def test_counts_are_taken_raw():
    usage = Usage.from_openai(
        {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 7},
            "completion_tokens_details": {"reasoning_tokens": 15},
        }
    )
    assert (usage.input, usage.output, usage.total_tokens) == (100, 20, 120)
    assert (usage.cache_read, usage.cache_write, usage.reasoning) == (60, 7, 15)


def test_reported_total_beats_the_sum():
    raw = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 9}
    assert Usage.from_openai(raw).total_tokens == 9


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {
                "cache_read_input_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 6},
                "prompt_cache_hit_tokens": 7,
                "cached_tokens": 8,
            },
            5,
        ),
        ({"prompt_tokens_details": {"cached_tokens": 6}, "prompt_cache_hit_tokens": 7}, 6),
        ({"prompt_cache_hit_tokens": 7, "cached_tokens": 8}, 7),
        ({"cached_tokens": 8}, 8),
        ({"cache_read_input_tokens": 0, "cached_tokens": 8}, 0),
        ({"cache_read_input_tokens": True, "cached_tokens": 8}, 8),
        ({"cache_read_input_tokens": None, "prompt_tokens_details": None}, 0),
    ],
    ids=["explicit", "details", "hit", "short", "zero is zero", "boolean", "nulls"],
)
def test_cache_reads_come_from_the_first_number(raw, expected):
    assert Usage.from_openai(raw).cache_read == expected


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -5, "7", [1], 10**400])
def test_odd_counts_read_as_zero(odd):
    assert Usage.from_openai({"prompt_tokens": odd}).input == 0


def test_whole_floats_are_counts():
    assert Usage.from_openai({"prompt_tokens": 12.0}).input == 12


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        ({"usage": {"prompt_tokens": 1}}, {"prompt_tokens": 1}),
        ({"usage": None, "x_groq": {"usage": {"prompt_tokens": 2}}}, {"prompt_tokens": 2}),
        ({"x_groq": {"id": "r"}}, None),
        ({"x_groq": None}, None),
        ({}, None),
    ],
)
def test_usage_is_found_at_groqs_place_too(chunk, expected):
    assert reported_usage(chunk) == expected


def test_upstream_cost_is_left_out_unless_known():
    assert "upstream" not in Cost().to_dict()
    assert Cost(upstream=0.5).to_dict()["upstream"] == 0.5
