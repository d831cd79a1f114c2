"""Whether a plugin's range of `jackfield` admits the installed version."""

import pytest

from jackfield.cli.version_range import admits, refused_range

JUDGED = [
    ("", True),
    (">=0.1,<0.2", True),
    (">=0.1, <0.1.4", False),
    (">=0.2", False),
    ("<0.1.4", False),
    ("<=0.1.4.0", True),
    (">0.1.4", False),
    ("==0.1.4", True),
    ("==0.1.*", True),
    ("==0.2.*", False),
    ("!=0.1.*", False),
    ("!=0.1.4", False),
    ("~=0.1.2", True),
    ("~=0.1.5", False),
    ("~=0.0", True),
    ("~=0.0.9", False),
    (">=0.10", False),
]


@pytest.mark.parametrize(("clauses", "fits"), JUDGED, ids=str)
def test_clauses_are_compared_by_number(clauses, fits):
    assert admits(clauses, "0.1.4") is fits


@pytest.mark.parametrize("clauses", [">=0.2rc1", "===0.2", "nonsense"])
def test_what_is_more_than_numbers_is_not_judged(clauses):
    assert admits(clauses, "0.1.4")
    assert admits(">=0.2", "0.1.4.dev3")


@pytest.mark.parametrize(
    ("requirement", "refused"),
    [
        ("jackfield>=0.2", ">=0.2"),
        ("Jackfield[keyring] (>=0.2)", ">=0.2"),
        ("jackfield >= 0.2", ">= 0.2"),
        ("jackfield-httpx>=0.2", ""),
        ("jackfield>=0.2; extra == 'new'", ""),
        ("jackfield @ https://example.com/jackfield.whl", ""),
        ("jackfield", ""),
        ("]", ""),
    ],
)
def test_requirement_is_read_in_all_its_spellings(installed_plugin, requirement, refused):
    installed_plugin("jackfield-asks", requires=[requirement])
    assert refused_range("jackfield-asks", "0.1.4") == refused


def test_distribution_without_metadata_is_not_judged():
    assert refused_range("jackfield-not-installed", "0.1.4") == ""
