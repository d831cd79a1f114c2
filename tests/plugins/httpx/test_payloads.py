"""The JSON of events, as servers send it; objects cut in lines are bounded in time and memory."""

import json

import pytest

from jackfield import ProviderError
from jackfield_httpx.payloads import PayloadReader


def test_end_mark_is_no_object():
    reader = PayloadReader()
    assert reader.read(b'{"a": 1}') == {"a": 1}
    assert not reader.is_over
    assert reader.read(b" [DONE] ") is None
    assert reader.is_over


def test_blank_line_is_passed_over():
    reader = PayloadReader()
    assert reader.read(b"  ") is None
    assert not reader.is_over


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (rb'{"a": "\ud83d"}', {"a": "\N{REPLACEMENT CHARACTER}"}),
        (rb'{"a": ["\ud83d\ude00"]}', {"a": ["\N{GRINNING FACE}"]}),
        (b'{"a": "1\n2"}', {"a": "1\n2"}),
        (b'{"a": "\xff"}', {"a": "\N{REPLACEMENT CHARACTER}"}),
    ],
)
def test_what_is_no_proper_json_is_read_all_the_same(raw, expected):
    assert PayloadReader().read(raw) == expected


@pytest.mark.parametrize("raw", [b"[1]", b'"text"', b"null", b"1", b"oops"])
def test_what_is_no_object_is_refused(raw):
    with pytest.raises(ProviderError, match="no event of ours: "):
        PayloadReader("This is no event of ours").read(raw)


def test_end_mark_within_an_object_is_refused():
    reader = PayloadReader()
    assert reader.read(b'{"a":') is None
    with pytest.raises(ProviderError, match="no JSON object"):
        reader.read(b"[DONE]")


def test_cut_object_is_refused_at_the_end():
    reader = PayloadReader()
    reader.read(b'{"a":')
    with pytest.raises(ProviderError, match="no JSON object"):
        reader.close()


def test_object_in_lines_is_joined_up_to_a_bound():
    reader = PayloadReader()
    lines = json.dumps({"a": list(range(300))}, indent=0).encode().split(b"\n")
    assert [reader.read(line) for line in lines[:-1]] == [None] * (len(lines) - 1)
    assert reader.read(lines[-1]) == {"a": list(range(300))}
    for _ in range(500):
        assert reader.read(b'{"a":') is None
    with pytest.raises(ProviderError, match="no JSON object"):
        reader.read(b'{"a":')


def test_large_cut_object_is_refused_at_once():
    with pytest.raises(ProviderError, match="no JSON object"):
        PayloadReader().read(b'{"a":' + b" " * 300_000)


def test_nesting_without_end_is_refused():
    with pytest.raises(ProviderError, match="no JSON object"):
        PayloadReader().read(b'{"a":' * 100_000)


def test_error_shows_the_beginning_of_what_came():
    with pytest.raises(ProviderError) as caught:
        PayloadReader().read(b"oops " * 1000)
    assert "oops oops" in caught.value.message
    assert len(caught.value.message) < 300
