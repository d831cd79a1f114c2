"""Fragments become the calls that were meant, in whatever order they come."""

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from jackfield.answer import Answer
from jackfield.models import Model
from jackfield_openai.tool_calls import CallFragments

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
CALLS = st.lists(
    st.tuples(st.sampled_from("fgh"), st.dictionaries(st.text(max_size=4), VALUES, max_size=4)),
    min_size=1,
    max_size=4,
)


def answer():
    return Answer(Model(provider="p", id="m", api="a"))


def joined(fragments):
    made = answer()
    reader = CallFragments(made)
    for fragment in fragments:
        reader.take(fragment)
    made.finish("tool_calls")
    return [(call.name, call.arguments, call.partial_json) for call in made.message.tool_calls()]


def cut(draw, text):
    at = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    edges = [0, *at, len(text)]
    return [text[begin:end] for begin, end in itertools.pairwise(edges)]


@st.composite
def streams(draw, *, with_index, with_ids):
    """Return calls, and fragments of theirs in some order that their index or id allows."""
    calls = draw(CALLS)
    queues = []
    for index, (name, arguments) in enumerate(calls):
        head = {"function": {"name": name, "arguments": ""}}
        head |= {"id": f"id{index}"} if with_ids else {}
        texts = cut(draw, json.dumps(arguments, ensure_ascii=draw(st.booleans())))
        queue = [head, *({"function": {"arguments": text}} for text in texts)]
        queues.append([item | ({"index": index} if with_index else {}) for item in queue])
    fragments = [queue.pop(0) for queue in queues] if with_index else []
    while waiting := [queue for queue in queues if queue]:
        turn = draw(st.integers(0, len(waiting) - 1)) if with_index else 0
        fragments.append(waiting[turn].pop(0))
    return calls, fragments


def as_told(calls):
    return [(name, arguments, None) for name, arguments in calls]


@given(streams(with_index=True, with_ids=True))
def test_interleaved_calls_with_ids(stream):
    calls, fragments = stream
    assert joined(fragments) == as_told(calls)


@given(streams(with_index=True, with_ids=False))
def test_interleaved_calls_without_ids(stream):
    calls, fragments = stream
    assert joined(fragments) == as_told(calls)


@given(streams(with_index=False, with_ids=True))
def test_calls_one_after_another_without_indexes(stream):
    calls, fragments = stream
    assert joined(fragments) == as_told(calls)


@given(streams(with_index=True, with_ids=True))
def test_whole_call_at_the_end_of_each_changes_nothing(stream):
    calls, fragments = stream
    whole = [
        {
            "index": index,
            "id": f"id{index}",
            "function": {
                "name": name,
                "arguments": "".join(
                    fragment["function"]["arguments"]
                    for fragment in fragments
                    if fragment["index"] == index
                ),
            },
        }
        for index, (name, _) in enumerate(calls)
    ]
    assert joined([*fragments, *whole]) == as_told(calls)


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "index": st.sampled_from([0, 1, None]),
                "id": st.sampled_from(["a", "b", "", None]),
                "function": st.fixed_dictionaries(
                    {},
                    optional={
                        "name": st.sampled_from(["f", "g", "", None]),
                        "arguments": st.sampled_from(["", "{}", '{"x":', "1}", None, " "]),
                    },
                )
                | st.none(),
            },
        ),
        max_size=8,
    )
)
def test_any_fragments_make_calls_with_ids_of_their_own(fragments):
    made = answer()
    reader = CallFragments(made)
    for fragment in fragments:
        reader.take(fragment)
    made.finish("tool_calls")
    ids = [call.id for call in made.message.tool_calls()]
    assert all(ids)
    assert len(ids) == len(set(ids))


def test_long_arguments_cost_the_same_per_fragment():
    """No rule looks at all that was collected: a thousand pieces are joined once at the end."""
    made = answer()
    reader = CallFragments(made)
    reader.take({"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"t":"'}})
    for _ in range(1000):
        reader.take({"index": 0, "function": {"arguments": "x}"}})
    assert len(made.message.content[0]._pieces) == 1002
    reader.take({"index": 0, "function": {"arguments": '"}'}})
    made.finish("tool_calls")
    assert made.message.tool_calls()[0].arguments == {"t": "x}" * 1000}


def test_piece_without_an_id_belongs_to_the_newest_call_of_its_index():
    fragments = [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}},
        {"index": 0, "id": "b", "function": {"name": "g", "arguments": '{"x":'}},
        {"index": 0, "id": "a", "function": {"arguments": " "}},
        {"index": 0, "function": {"arguments": "1}"}},
    ]
    assert joined(fragments) == [("f", {}, None), ("g", {"x": 1}, None)]
