"""The state on both sides stays the same, and costs do not grow with the message."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from jackfield import ToolCallContent
from jackfield_assistant_ui.serve.state_writer import StateWriter
from jackfield_assistant_ui.wire.state import applied

USER = {"id": "u", "role": "user", "parts": [{"type": "text", "text": "hi"}]}

ACTIONS = st.one_of(
    st.tuples(st.just("text"), st.sampled_from(["text", "reasoning"]), st.text(min_size=1)),
    st.tuples(st.just("call"), st.sampled_from("abc")),
    st.tuples(st.just("arguments"), st.sampled_from("abc"), st.text()),
    st.tuples(st.just("end"), st.sampled_from("abc")),
    st.tuples(st.just("result"), st.sampled_from("abc"), st.integers()),
    st.tuples(st.just("take")),
    st.tuples(st.just("look")),
)


def act(writer, calls, action):
    match action:
        case ("text", kind, text):
            writer.text(kind, text)
        case ("call", name) if name not in calls:
            calls.add(name)
            writer.call_start(name, f"tool-{name}")
        case ("arguments", name, text):
            writer.call_arguments(name, text)
        case ("end", name):
            writer.call_end(ToolCallContent(id=name, name="t", arguments={"x": 1}))
        case ("result", name, value):
            writer.call_result(name, value, is_error=value < 0, artifact=None)


@given(st.lists(ACTIONS, max_size=30))
def test_operations_lead_to_the_state_of_the_writer(actions):
    page = {"messages": [USER]}
    writer = StateWriter(deepcopy(page))
    calls = set()
    for action in actions:
        act(writer, calls, action)
        if action[0] == "take":
            page = applied(page, writer.take())
        elif action[0] == "look":
            page = applied(page, writer.take())
            assert page == writer.settled()
    page = applied(page, writer.take())
    assert page == writer.settled()
    assert page["messages"][1] == writer.message


def test_text_of_one_read_is_one_operation():
    writer = StateWriter({"messages": [USER]})
    writer.text("text", "a")
    writer.take()
    for _ in range(50):
        writer.text("text", "b")
    [operation] = writer.take()
    assert operation["type"] == "append-text"
    assert operation["value"] == "b" * 50
    assert operation["path"] == ["messages", "1", "parts", "0", "text"]


def test_looking_at_the_state_does_not_end_the_text():
    writer = StateWriter({"messages": [USER]})
    writer.text("text", "a")
    writer.take()
    assert writer.settled()["messages"][1]["parts"] == [{"type": "text", "text": "a"}]
    writer.text("text", "b")
    writer.take()
    assert writer.settled()["messages"][1]["parts"] == [{"type": "text", "text": "ab"}]


def test_answer_that_goes_on_keeps_its_message_and_finds_its_calls():
    call = {"type": "tool-call", "toolCallId": "c", "toolName": "t", "args": {}, "argsText": "{}"}
    page = {"messages": [USER, {"id": "a", "role": "assistant", "parts": [call]}]}
    writer = StateWriter(deepcopy(page), "a")
    writer.call_result("c", 1, is_error=False, artifact=None)
    writer.text("text", "so")
    page = applied(page, writer.take())
    assert page["messages"][1]["parts"] == [call | {"result": 1}, {"type": "text", "text": "so"}]
