"""From signatures to schemas, and arguments to Python values."""

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from jackfield.errors import OptionError
from jackfield.schema.function_schema import check_signature, function_schema


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int = 0


class Person(BaseModel):
    name: str
    born: date | None = None


class Options(TypedDict, total=False):
    deep: bool


def schema_of(function):
    return function_schema(function, "f")


def properties(function):
    return schema_of(function).parameters["properties"]


def test_plain_signature_gives_a_plain_schema():
    def add(a: int, b: float = 1.5, *, note: str | None = None):
        """Add."""

    assert schema_of(add).parameters == {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"type": "number", "default": 1.5},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        },
        "required": ["a"],
        "additionalProperties": False,
    }


def test_function_without_parameters_takes_an_empty_object():
    schema = schema_of(lambda: 1)
    assert schema.parameters == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
    assert schema.validate({}) == ({}, [])


def test_field_metadata_and_docstring_reach_the_model():
    def search(
        query: Annotated[str, Field(description="What to find", min_length=2)],
        limit: int = Field(5, ge=1, le=50),
        page: int = 1,
    ):
        """Search.

        Args:
            query: Overruled by the field.
            page: From one.
        """

    found = properties(search)
    assert found["query"] == {"type": "string", "description": "What to find", "minLength": 2}
    assert found["limit"] == {"type": "integer", "default": 5, "minimum": 1, "maximum": 50}
    assert found["page"] == {"type": "integer", "default": 1, "description": "From one."}
    assert schema_of(search).validate({"query": "ab"})[0] == {"query": "ab", "limit": 5}


def test_rich_types_become_python_values():
    def act(
        colour: Colour,
        point: Point,
        person: Person,
        options: Options,
        mode: Literal["a", "b"],
        when: date,
        tags: set[str],
        maybe: Optional[int] = None,  # noqa: UP045 - people write it
    ):
        """Act."""

    schema = schema_of(act)
    assert schema.parameters["$defs"]["Point"]["required"] == ["x"]
    assert schema.parameters["properties"]["mode"]["enum"] == ["a", "b"]
    values, problems = schema.validate(
        {
            "colour": "red",
            "point": {"x": "3"},
            "person": {"name": "Ada", "born": "1815-12-10"},
            "options": {"deep": True},
            "mode": "a",
            "when": "2026-01-02",
            "tags": ["x", "x"],
        }
    )
    assert problems == []
    assert values == {
        "colour": Colour.RED,
        "point": Point(3),
        "person": Person(name="Ada", born=date(1815, 12, 10)),
        "options": {"deep": True},
        "mode": "a",
        "when": date(2026, 1, 2),
        "tags": {"x"},
    }


def test_harmless_scalars_are_coerced():
    def f(*, count: int, ratio: float, name: str, on: bool):
        """F."""

    given_values = {"count": "3", "ratio": "1.5", "name": 7, "on": "true"}
    expected = {"count": 3, "ratio": 1.5, "name": "7", "on": True}
    assert schema_of(f).validate(given_values) == (expected, [])


def test_every_problem_is_told_with_its_place():
    def f(*, a: int, points: list[Point], mode: Literal["x"] = "x", either: int | bool = 1):
        """F."""

    _, problems = schema_of(f).validate(
        {"points": [{"x": 1}, {"x": "q"}, {}], "mode": "z", "either": "w", "pints": 1}
    )
    told = [str(problem) for problem in problems]
    assert "a: required, but missing" in told
    assert 'points[1].x: expected integer, got "q"' in told
    assert "points[2].x: required, but missing" in told
    assert "mode: expected 'x', got \"z\"" in told
    assert 'either: expected integer, got "w"' in told
    assert "pints: unknown; did you mean points?" in told


def test_titles_are_left_out_but_not_a_property_of_that_name():
    def f(title: str, person: Person):
        """F."""

    assert properties(f)["title"] == {"type": "string"}
    assert "title" not in schema_of(f).parameters["$defs"]["Person"]


def test_parameters_may_have_any_name():
    def f(copy: int, schema: str, _x: int, model_config: int = 1):
        """F."""

    given_values = {"copy": 1, "schema": "s", "_x": 2, "model_config": 3}
    assert schema_of(f).validate(given_values) == (given_values, [])


def test_an_alias_is_what_the_model_sees():
    def f(from_: Annotated[str, Field(alias="from")]):
        """F."""

    assert list(properties(f)) == ["from"]
    assert schema_of(f).validate({"from": "x"})[0] == {"from_": "x"}


def test_defaults_stay_the_functions_own():
    marker = object()

    def f(a: Any = marker, b: list[int] = [1]):  # noqa: B006 - on purpose
        """F."""

    assert "default" not in properties(f)["a"]
    assert schema_of(f).validate({}) == ({}, [])


def test_parameters_that_the_run_fills_are_hidden():
    def f(
        a: int,
        tool_call_id: str,
        signal: asyncio.Event | None,
        on_update: Callable[[Any], None],
    ):
        """F."""

    schema = schema_of(f)
    assert list(schema.parameters["properties"]) == ["a"]
    assert schema.injected == {"tool_call_id", "signal", "on_update"}


def test_signal_of_another_type_is_an_argument():
    def f(signal: str):
        """F."""

    assert list(properties(f)) == ["signal"]
    assert schema_of(f).injected == frozenset()


def test_annotations_may_be_text():
    def f(a: "int", signal: "asyncio.Event"):
        """F."""

    schema = schema_of(f)
    assert schema.validate({"a": "3"}) == ({"a": 3}, [])
    assert schema.injected == {"signal"}


def test_bound_methods_and_partials_work():
    class Shop:
        def sell(self, item: str):
            """Sell."""

    def add(a: int, b: int):
        """Add."""

    assert list(properties(Shop().sell)) == ["item"]
    assert schema_of(functools.partial(add, b=2)).validate({"a": "1"})[0] == {"a": 1}


def test_unannotated_parameters_take_anything():
    assert schema_of(lambda a: a).validate({"a": [1, {}]}) == ({"a": [1, {}]}, [])


def _unresolvable(a: "Nowhere"):  # noqa: F821 - on purpose
    """F."""


def _unknown_type(a: object().__class__, b: asyncio.Event):
    """F."""


def _no_schema(a: Callable[[], int]):
    """F."""


@pytest.mark.parametrize(
    ("function", "words"),
    [(_unresolvable, "Nowhere"), (_unknown_type, "Event"), (_no_schema, "Callable")],
)
def test_types_without_schema_are_option_errors(function, words):
    with pytest.raises(OptionError, match=f"Tool f: .*{words}"):
        schema_of(function)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda *args: 1, r"\*args"),
        (lambda **kwargs: 1, r"\*\*kwargs"),
        (lambda a, /: 1, "positional-only"),
        (lambda self, a: 1, "bound method"),
        (dict, "cannot be read"),
    ],
)
def test_signatures_that_models_cannot_call_are_refused(function, words):
    with pytest.raises(OptionError, match=words):
        check_signature(function, "f")


def test_deep_arguments_do_not_crash():
    def f(a: Any, b: list[Any] | None = None):
        """F."""

    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert schema_of(f).validate({"a": deep, "b": deep})[1] == []
    while deep:  # take it apart, so that no recursion frees it
        deep = deep.pop()
