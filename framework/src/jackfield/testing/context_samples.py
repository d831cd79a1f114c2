"""What the contract suite asks a provider."""

from jackfield.contracts import Context
from jackfield.messages import (
    AssistantMessage,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.tools import AgentTool


def short_context() -> Context:
    """Return a plain prompt."""
    return Context(messages=[_user("Say hello.")])


def long_context() -> Context:
    """Return a history with every kind of part, and a tool."""
    call = ToolCallContent(id="call_a1", name="add", arguments={"a": 1, "b": 2})
    thinking = ThinkingContent(thinking="They want a sum.")
    result = ToolResultMessage(
        tool_call_id="call_a1", tool_name="add", content=[TextContent(text="3")], timestamp=1
    )
    return Context(
        system_prompt="You are a helpful assistant.",
        messages=[
            _user("What is 1 + 2? \u00e9\u4e2d\U0001f600"),
            AssistantMessage(content=[thinking, call], stop_reason="tool_calls", timestamp=1),
            result,
            AssistantMessage(content=[TextContent(text="3")], stop_reason="stop", timestamp=1),
            _user("Thank you. Say goodbye."),
        ],
        tools=[
            AgentTool(
                name="add",
                description="Add two numbers.",
                parameters={
                    "type": "object",
                    "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
                    "required": ["a", "b"],
                },
            )
        ],
    )


def _user(text: str) -> UserMessage:
    return UserMessage(content=[TextContent(text=text)])
