"""Flows without I/O: pages, polling, JSON; the test answers the steps by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import BaseModel

from jackfield.errors import OptionError, ProtocolError, ProviderError, StateError
from jackfield_httpx.service import (
    OMIT,
    Call,
    Item,
    Pace,
    Pause,
    Ready,
    Service,
    by_offset,
    by_page,
    fields,
    last_of,
    paged,
    poll,
    snapshots,
)
from jackfield_httpx.service.call import call_of
from jackfield_httpx.service.json_values import from_json, to_json


def items_of(flow):
    """Return the items of a flow that asks for nothing."""
    return [each.value for each in flow]


def call(*operation, **options):
    service = Service(name="s", base_url="https://h/v1")
    method, path, *ids = operation
    return call_of(service, (method, path, tuple(ids)), lambda reply: reply, options)


def test_a_list_with_offsets_ends_at_its_total():
    asked = []

    def page_at(offset):
        asked.append(offset)
        return Ready(list(range(offset, min(offset + 3, 7))))

    found = by_offset(page_at, items=lambda page: page, total=lambda _: 7)
    assert items_of(found) == list(range(7))
    assert asked == [0, 3, 6]


@pytest.mark.parametrize(("limit", "asked"), [(3, [0, 3]), (None, [0, 3, 5])])
def test_a_list_with_offsets_ends_at_a_short_or_empty_page(limit, asked):
    seen = []

    def page_at(offset):
        seen.append(offset)
        return Ready(list(range(5))[offset : offset + 3])

    assert items_of(by_offset(page_at, items=iter, limit=limit)) == list(range(5))
    assert seen == asked


def test_a_list_with_numbers_ends_when_there_is_no_more():
    found = by_page(
        lambda number: Ready({"items": [number], "more": number < 3}),
        items=lambda page: page["items"],
        has_more=lambda page: page["more"],
    )
    assert items_of(found) == [1, 2, 3]


def test_pages_that_go_in_a_circle_are_an_error():
    flow = paged(lambda _: Ready([0]), "a", items=iter, after=lambda page, place: "a")
    with pytest.raises(ProtocolError, match="circle"):
        items_of(flow)


def test_pages_are_asked_for_one_by_one():
    asked = []

    def page_at(number):
        asked.append(number)
        return Ready([number, number])

    flow = by_page(page_at, items=iter, has_more=lambda _: True)
    assert [next(flow).value for _ in range(3)] == [1, 1, 2]
    assert asked == [1, 2]


def drive(flow, clock):
    """Sleep by the clock; return the items and the value."""
    found = []
    try:
        while True:
            step = next(flow)
            if isinstance(step, Item):
                found.append(step.value)
            else:
                assert isinstance(step, Pause)
                clock.sleep_blocking(step.seconds)
    except StopIteration as end:
        return found, end.value


def test_polling_waits_longer_and_longer(clock):
    answers = iter(range(6))
    pace = Pace(interval_s=1, growth=2, longest_s=5, clock=clock)
    flow = poll(lambda: Ready(next(answers)), until=lambda answer: answer == 5, pace=pace)
    assert drive(flow, clock) == ([], 5)
    assert clock.slept == [1, 2, 4, 5, 5]


def test_the_time_of_a_held_answer_counts_as_waiting(clock):
    answers = iter([1, 2, 3])

    def ask():
        clock.time += {1: 0.5, 2: 9}.get(answer := next(answers), 0)
        return Ready(answer)

    pace = Pace(interval_s=2, clock=clock)
    assert drive(snapshots(ask, until=lambda answer: answer == 3, pace=pace), clock)[0] == [1, 2, 3]
    assert clock.slept == [1.5]


def test_polling_gives_up_with_the_client_s_own_error(clock):
    pace = Pace(interval_s=4, timeout_s=10, clock=clock)
    plan = {"ask": lambda: Ready("new"), "until": lambda _: False, "pace": pace}
    with pytest.raises(ProviderError, match="10 s") as caught:
        drive(poll(**plan), clock)
    assert caught.value.kind == "timeout"
    assert clock.slept == [4, 4, 2]
    with pytest.raises(TimeoutError, match="still new"):
        drive(poll(**plan, give_up=lambda last: TimeoutError(f"still {last}")), clock)


def test_the_last_item_of_nothing_is_an_error():
    with pytest.raises(StateError):
        next(last_of(each for each in ()))


class Model(BaseModel):
    set_one: int = 1
    unset: int | None = None


@dataclass
class Point:
    x: int


def test_bodies_are_written_as_json():
    value = {
        "model": Model(set_one=2),
        "point": Point(1),
        "id": UUID(int=1),
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "none": None,
        "omitted": OMIT,
        "inner": [{"omitted": OMIT, "set": {1}}],
    }
    assert to_json(value, where="POST /x") == (
        b'{"model":{"set_one":2},"point":{"x":1},"id":"00000000-0000-0000-0000-000000000001",'
        b'"at":"2026-01-02T00:00:00+00:00","none":null,"inner":[{"set":[1]}]}'
    )


def test_a_body_that_is_not_json_is_refused():
    with pytest.raises(OptionError, match="POST /x"):
        call("POST", "/x", json={"a": object()})


def test_fields_that_were_not_given_are_left_out():
    assert fields(a=1, b=None, c=OMIT, d="", e=False) == {"a": 1, "d": "", "e": False}
    assert repr(OMIT) == "OMIT"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'"\\ud800x"', "\ufffdx"),
        (b'{"a\n": 1}', {"a\n": 1}),
        (b'[123456789012345678901234567890, "\xff"]', [123456789012345678901234567890, "\ufffd"]),
    ],
    ids=["surrogate", "control character", "not utf-8"],
)
def test_json_is_read_forgivingly(text, value):
    assert from_json(text) == value


def test_an_endpoint_builds_its_request_without_io():
    made = call("POST", "/x/{}", "a b", form={"q": "ä b", "n": None, "o": OMIT, "many": [1, 2]})
    assert isinstance(made, Call)
    assert (made.request.url, made.request.body) == (
        "https://h/v1/x/a%20b",
        b"q=%C3%A4%20b&many=1&many=2",
    )
    assert made.default_headers["content-type"] == "application/x-www-form-urlencoded"
    assert not made.request.repeatable
    assert call("GET", "/x").request.repeatable
    assert not call("GET", "/x", repeatable=False).request.repeatable


def test_two_bodies_are_refused():
    with pytest.raises(OptionError, match="more than one body"):
        call("POST", "/x", json={}, body=b"")
    with pytest.raises(OptionError, match="more than one body"):
        call("POST", "/x", json={}, files=[])
