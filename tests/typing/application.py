"""What the type checker must accept and refuse from an application; mypy judges this file."""

from typing import assert_type

from jackfield import Agent, AgentOptions, AssistantMessage, Kernel, UserMessage, extract_text
from jackfield.events import (
    AgentEvent,
    MessageUpdateEvent,
    TextDeltaEvent,
    ToolExecutionEndEvent,
)


def on_event(event: AgentEvent) -> None:
    match event:
        case MessageUpdateEvent(assistant_message_event=TextDeltaEvent(delta=delta)):
            assert_type(delta, str)
        case ToolExecutionEndEvent(is_error=failed):
            assert_type(failed, bool)
        case _:
            pass


async def main() -> None:
    agent = Agent(model="local:smollm2-135m", tools=["clock"], system_prompt="Be brief.")
    unsubscribe = agent.subscribe(on_event)
    assert_type(await agent.prompt_text("Hi"), str)
    message = await agent.prompt(UserMessage(content="Hi"))
    assert_type(message, AssistantMessage)
    assert_type(extract_text(message), str)
    async for piece in agent.stream_text("Hi"):
        assert_type(piece, str)
    unsubscribe()
    Agent(AgentOptions(session_id="s", steering_mode="all"))
    Agent(AgentOptions(steering_mode="sometimes"))  # type: ignore[arg-type]
    async with Kernel.from_config("jackfield.toml") as kernel:
        assert_type(kernel.agent("support"), Agent)
