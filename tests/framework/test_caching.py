"""Where prompt cache breakpoints go. Source: spec/agent.md, 10 and 16 (25)."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from jackfield.caching import MAX_BREAKPOINTS, add_cache_breakpoints, prefix_control
from jackfield.contracts import Context
from jackfield.messages import (
    AssistantMessage,
    CacheControl,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.tools import AgentTool

TOOLS = [AgentTool(name="a"), AgentTool(name="b")]


def user(words="hi", control=None):
    return UserMessage(content=[TextContent(text=words, cache_control=control)])


def answer(*parts):
    return AssistantMessage(content=list(parts) or [TextContent(text="ok")])


def context(*messages, system_prompt="Be kind.", tools=TOOLS):
    return Context(system_prompt=system_prompt, messages=list(messages), tools=tools)


def marks(marked):
    return [
        at
        for at, message in enumerate(marked.messages)
        for part in message.content
        if getattr(part, "cache_control", None) is not None
    ]


def markers(marked):
    """Return how many breakpoints a provider sends."""
    prefix = bool(marked.system_prompt) + bool(marked.tools) if prefix_control(marked) else 0
    return len(marks(marked)) + prefix


def test_six_user_messages_with_prompt_and_tools_have_four_markers():
    given_context = context(*[user(), answer()] * 5, user())
    before = copy.deepcopy(given_context)
    marked = add_cache_breakpoints(given_context)
    assert markers(marked) == 4
    assert marks(marked) == [8, 10]  # the previous user message, and the last
    assert prefix_control(marked) == CacheControl()
    assert given_context == before


def test_unmarked_messages_stay_the_same_objects():
    given_context = context(user(), answer(), user())
    marked = add_cache_breakpoints(given_context)
    assert marked.messages[1] is given_context.messages[1]
    assert marked.messages[2] is not given_context.messages[2]


def test_in_a_tool_loop_the_last_result_is_marked():
    call = ToolCallContent(id="1", name="a")
    result = ToolResultMessage(tool_call_id="1", tool_name="a", content=[TextContent(text="3")])
    marked = add_cache_breakpoints(context(user(), user(), answer(call), result))
    assert marks(marked) == [1, 3]


def test_messages_without_text_are_passed_over():
    image = UserMessage(content=[ImageContent(url="data:,x")])
    blank = user(" ")
    marked = add_cache_breakpoints(context(user(), user(), image, blank))
    assert marks(marked) == [0, 1]


def test_the_last_text_of_a_message_is_marked():
    message = UserMessage(content=[TextContent(text="look"), ImageContent(url="data:,x")])
    (marked,) = add_cache_breakpoints(context(message)).messages
    assert marked.content[0].cache_control == CacheControl()


def test_users_own_breakpoints_come_first():
    own = CacheControl(ttl="1h")
    marked = add_cache_breakpoints(context(user(control=own), answer(), user(), answer(), user()))
    assert marks(marked) == [0, 4]
    assert marked.messages[0].content[0].cache_control is own
    assert prefix_control(marked) is own


def test_too_many_of_the_users_lose_the_oldest():
    own = CacheControl()
    given_context = context(*[user(control=own) for _ in range(6)])
    marked = add_cache_breakpoints(given_context)
    assert marks(marked) == [4, 5]
    assert marks(given_context) == [0, 1, 2, 3, 4, 5]


def test_breakpoints_on_thinking_count():
    thinking = ThinkingContent(thinking="hm", cache_control=CacheControl())
    marked = add_cache_breakpoints(context(answer(thinking), user(), answer(thinking)))
    assert markers(marked) == 4


def test_without_prompt_and_tools_messages_have_more_room():
    own = CacheControl()
    bare = {"system_prompt": " ", "tools": None}
    marked = add_cache_breakpoints(context(*[user(control=own) for _ in range(6)], **bare))
    assert marks(marked) == [2, 3, 4, 5]
    assert marks(add_cache_breakpoints(context(user(), user(), **bare))) == [0, 1]


def test_long_retention_asks_for_an_hour():
    marked = add_cache_breakpoints(context(user()), retention="long")
    assert marked.messages[0].content[0].cache_control == CacheControl(ttl="1h")


def test_no_retention_only_bounds_what_is_there():
    plain = context(user())
    assert add_cache_breakpoints(plain, retention="none") is plain
    assert prefix_control(plain) is None
    full = context(*[user(control=CacheControl()) for _ in range(5)])
    assert marks(add_cache_breakpoints(full, retention="none")) == [3, 4]


def test_an_empty_history_stays_as_it_is():
    empty = context()
    assert add_cache_breakpoints(empty) is empty


_CONTROLS = st.none() | st.builds(CacheControl)
_MESSAGES = st.one_of(
    st.builds(user, st.sampled_from(["x", " "]), _CONTROLS),
    st.builds(answer, st.builds(TextContent, text=st.just("x"), cache_control=_CONTROLS)),
)


@given(
    st.lists(_MESSAGES, max_size=12),
    st.sampled_from(["", "Be kind."]),
    st.sampled_from([None, [], TOOLS]),
)
def test_never_more_than_four_and_stable_when_repeated(messages, system_prompt, tools):
    marked = add_cache_breakpoints(context(*messages, system_prompt=system_prompt, tools=tools))
    assert markers(marked) <= MAX_BREAKPOINTS
    assert add_cache_breakpoints(marked, retention="none") is marked
