"""What the type checker must accept and refuse from users of the assistant-ui client."""

from typing import assert_type

from jackfield_assistant_ui import AssistantClient, AssistantResponse
from jackfield_assistant_ui.types import AddMessageCommand, Message, Tool
from jackfield_assistant_ui.wire.events import CallResult, Event, Text

TEXT: Message = {"role": "user", "content": [{"type": "text", "text": "Hello!"}]}
IMAGE: Message = {
    "role": "user",
    "content": [
        {"type": "text", "text": "What's in this image?"},
        {"type": "image", "image": "https://example.com/image.jpg"},
    ],
}
FILE: Message = {
    "role": "user",
    "content": [{"type": "file", "data": "https://h/a.pdf", "mimeType": "application/pdf"}],
}
CALL: Message = {
    "role": "assistant",
    "content": [
        {"type": "text", "text": "I'll help you with that."},
        {"type": "tool-call", "toolCallId": "c", "toolName": "get_weather", "args": {"at": "SF"}},
    ],
}
RESULT: Message = {
    "role": "tool",
    "content": [
        {
            "type": "tool-result",
            "toolCallId": "c",
            "toolName": "get_weather",
            "result": {"temperature": 72},
        }
    ],
}
TOOLS: dict[str, Tool] = {
    "get_weather": {
        "description": "Get the current weather for a location",
        "parameters": {"type": "object", "properties": {"location": {"type": "string"}}},
    }
}
COMMAND: AddMessageCommand = {
    "type": "add-message",
    "message": {"role": "user", "parts": [{"type": "text", "text": "hi"}]},
}


async def get_auth_headers() -> dict[str, str]:
    return {"Authorization": "Bearer x"}


async def main() -> None:
    async with AssistantClient("https://h", headers=get_auth_headers, timeout=5) as client:
        thread = client.threads("t1")
        messages = [TEXT, IMAGE, FILE, CALL, RESULT]
        reply = await thread.chat(messages=messages, tools=TOOLS, system="Be brief.")
        assert_type(reply, AssistantResponse)
        await thread.chat(messages=[{"role": "user", "content": [{"type": "text", "text": "hi"}]}])
        async for event in thread.stream(commands=[COMMAND, {"type": "my-own", "key": 1}]):
            assert_type(event, Event)
            match event:
                case Text(text=text):
                    assert_type(text, str)
                case CallResult(is_error=failed):
                    assert_type(failed, bool)
                case _:
                    pass
        thread.chat_sync(system=7)  # type: ignore[arg-type]
        for event in thread.stream_sync(protocol="morse"):  # type: ignore[arg-type]
            assert_type(event, Event)
