"""A history of ours -> what a server is asked. Source: spec/assistant-ui.md, c.1 and c.2."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import ProviderError, UnsupportedError
from jackfield.messages import AssistantMessage
from jackfield.models import Model, ThinkingLevel
from jackfield.surrogates import cleaned
from jackfield_assistant_ui.remote.commands import commands_of
from jackfield_assistant_ui.remote.model_messages import model_messages
from jackfield_assistant_ui.settings import AssistantProviderSettings

DEFAULT_MODEL = "default"
THREAD = "thread_id"
"""In the metadata of our answers."""


class Thread(NamedTuple):
    """A thread of the server.

    Attributes:
        id: Its name.
        state: After the last answer, so that the server knows all up to it; None if nobody
            remembers it: the whole history is said anew then.
    """

    id: str
    state: Any = None


def check_possible(options: StreamOptions, provider: str) -> None:
    """Refuse what a server has no place for, instead of dropping it in silence.

    Raises:
        UnsupportedError: A tool must be called, or the answer must fit a schema.
    """
    if options.tool_choice not in (None, "auto", "none"):
        raise UnsupportedError(
            f"A server of assistant-ui has no place for the tool choice {options.tool_choice!r}.",
            provider=provider,
        )
    if options.response_schema is not None:
        raise UnsupportedError(
            "A server of assistant-ui has no place for a schema of the answer.",
            provider=provider,
        )


def request_body(
    model: Model,
    context: Context,
    options: StreamOptions,
    settings: AssistantProviderSettings,
    thread: Thread,
) -> dict[str, Any]:
    """Return the body of a request.

    Args:
        model: `default`, or the name of an agent of the server.
        context: What the model is given.
        options: How it is to be called.
        settings: What form the request has.
        thread: Where it is asked.

    Raises:
        ProviderError: There is nothing to ask.
    """
    body: dict[str, Any] = {"threadId": thread.id}
    if settings.request == "commands":
        known = thread.state is not None
        news = _news(context.messages, model.provider, thread.id) if known else context.messages
        body["commands"] = commands_of(news)
        body["state"] = thread.state if known else {"messages": []}
    else:
        body["messages"] = model_messages(context.messages)
    if not (body.get("commands") or body.get("messages")):
        raise ProviderError(
            "There is nothing to ask: the last message is the server's own answer, or is empty.",
            kind="invalid_request",
            provider=model.provider,
        )
    if context.system_prompt:
        body["system"] = context.system_prompt
    if context.tools and options.tool_choice != "none":
        body["tools"] = {
            tool.name: {"description": tool.description, "parameters": tool.parameters}
            for tool in context.tools
        }
    body |= _call_settings(options, is_nested=settings.request == "commands")
    if config := _config(model, options):
        body["config"] = config
    found: dict[str, Any] = cleaned(body | settings.body)
    return found


def thread_of(messages: Sequence[Any], provider: str) -> str | None:
    """Return the thread of the last answer of a provider; None if it gave none."""
    for message in reversed(messages):
        if isinstance(message, AssistantMessage) and message.provider == provider:
            thread_id = message.metadata.get(THREAD)
            return thread_id if isinstance(thread_id, str) else None
    return None


def _news(messages: Sequence[Any], provider: str, thread_id: str) -> Sequence[Any]:
    """Return what came after the last answer that the server gave in the thread."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if (
            isinstance(message, AssistantMessage)
            and message.provider == provider
            and message.metadata.get(THREAD) == thread_id
        ):
            return messages[index + 1 :]
    return messages


def _call_settings(options: StreamOptions, *, is_nested: bool) -> dict[str, Any]:
    told = {"temperature": options.temperature, "maxTokens": options.max_tokens}
    given = {name: value for name, value in told.items() if value is not None}
    return {"callSettings": given} if given and is_nested else given


def _config(model: Model, options: StreamOptions) -> dict[str, Any]:
    config: dict[str, Any] = {} if model.id == DEFAULT_MODEL else {"agent": model.id}
    if options.reasoning not in (None, ThinkingLevel.OFF):
        config["reasoningEffort"] = str(options.reasoning)
    return config
