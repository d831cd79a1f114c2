"""What a docstring says to a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.schema.docstring import read_docstring

GOOGLE = """Roll dice.

    They are fair.

    Args:
        sides: Faces of a die,
            two or more.
        count (int, optional): How many: one or more.
        *rest: Ignored.

    Returns:
        value: The sum.

    Raises:
        ValueError: No sides.
    """

SPHINX = """Roll dice.

    :param sides: Faces of a die,
        two or more.
    :param int count: How many.
    :returns: The sum
        of all.
    :rtype: int
    """


def test_google_style_gives_description_and_parameters():
    assert read_docstring(GOOGLE) == (
        "Roll dice.\n\nThey are fair.",
        {
            "sides": "Faces of a die, two or more.",
            "count": "How many: one or more.",
            "rest": "Ignored.",
        },
    )


def test_fields_give_description_and_parameters():
    assert read_docstring(SPHINX) == (
        "Roll dice.",
        {"sides": "Faces of a die, two or more.", "count": "How many."},
    )


@pytest.mark.parametrize("text", [None, "", "   "])
def test_no_docstring_says_nothing(text):
    assert read_docstring(text) == ("", {})


def test_a_docstring_may_begin_with_its_arguments():
    assert read_docstring("""
        Args:
            a: One.
        """) == ("", {"a": "One."})


def test_sections_without_arguments_end_the_description():
    assert read_docstring("Do it.\n\nReturns:\n    a: One.") == ("Do it.", {})


def test_text_that_looks_like_a_section_stays():
    assert read_docstring("Note: this is text.\nArgs: too.")[0] == "Note: this is text.\nArgs: too."


@given(st.text(alphabet="Args:\n ab:param*()", max_size=80))
def test_any_text_is_read_without_error(text):
    description, parameters = read_docstring(text)
    assert isinstance(description, str)
    assert all(isinstance(each, str) for each in parameters.values())
