"""Requests as the runtimes of assistant-ui write them. Source: spec/assistant-ui.md, c."""

from typing import Any

Json = dict[str, Any]


def said(text: str) -> Json:
    """Return a text part."""
    return {"type": "text", "text": text}


def model_request(*messages: Json | str, thread: str = "t1", **more: Any) -> Json:
    """Return a request of `useDataStreamRuntime`; a text is what the user says."""
    found = [
        {"role": "user", "content": [said(each)]} if isinstance(each, str) else each
        for each in messages
    ]
    body = {"messages": found, "tools": {}, "unstable_assistantMessageId": "a1"}
    return body | {"threadId": thread, "parentId": "p", "runConfig": {}} | more


def ui_request(*messages: Json | str, thread: str = "t1", **more: Any) -> Json:
    """Return a request of `useChatRuntime`; a text is what the user says."""
    found = [
        {"id": f"m{number}", "role": "user", "parts": [said(each)], "metadata": {"custom": {}}}
        if isinstance(each, str)
        else each
        for number, each in enumerate(messages)
    ]
    body = {"tools": {}, "id": thread, "messages": found, "trigger": "submit-message"}
    return body | {"metadata": {}} | more


def says(text: str, parent: str | None = None) -> Json:
    """Return the command of a message that the user sends."""
    message = {"role": "user", "parts": [said(text)]}
    return {"type": "add-message", "message": message, "parentId": parent, "sourceId": None}


def commands_request(
    *commands: Json | str, state: Any = None, thread: str | None = "t1", **more: Any
) -> Json:
    """Return a request of `useAssistantTransportRuntime`; a text is what the user says."""
    kept = {"messages": []} if state is None else state
    last = kept["messages"][-1]["id"] if kept["messages"] else None
    found = [says(each, last) if isinstance(each, str) else each for each in commands]
    return {"commands": found, "state": kept, "threadId": thread, "parentId": last} | more


def python_request(*texts: str, thread: str = "t1", **more: Any) -> Json:
    """Return a request of the Python client: no state, no parents."""
    found = [
        {"type": "add-message", "message": {"role": "user", "parts": [said(text)]}}
        for text in texts
    ]
    return {"threadId": thread, "commands": found} | more


FRONTEND_TOOL = {
    "locate": {
        "description": "Where the user is.",
        "parameters": {"type": "object", "properties": {"exact": {"type": "boolean"}}},
    }
}
"""A tool that the page runs."""
