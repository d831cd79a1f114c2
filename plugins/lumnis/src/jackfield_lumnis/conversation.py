"""A history of Jackfield -> what Lumnis is asked: messages, files, the thread that goes on."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import ProviderError, UnsupportedError
from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    Message,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
)
from jackfield.models import Model
from jackfield.surrogates import without_surrogates

AGENT_MODES = ("auto", "single_agent", "multi_agent")
DEFAULT_MODEL = "default"
OVERRIDDEN = ("smart_model", "reasoning_model")
"""What a model named `provider:model` is used for: whoever plans, and whoever answers."""

THREAD, USER = "thread_id", "user_id"  # in the metadata of our answers

_MOST_SESSIONS = 10_000


@dataclass(slots=True, kw_only=True)
class Question:
    """What a run is asked.

    Attributes:
        messages: In the form of the service.
        files: Images, by their address or as `data:` URLs.
        thread_id: The thread that goes on; None begins one.
        user_id: For whom; None for the tenant.
        options: Further fields of the request.
    """

    messages: list[dict[str, str]] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)
    thread_id: str | None = None
    user_id: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


class Sessions:
    """Which thread belongs to which session of which user; the oldest ones are forgotten."""

    def __init__(self) -> None:
        self._threads: OrderedDict[tuple[str | None, str], str] = OrderedDict()

    def find(self, user_id: str | None, session_id: str | None) -> str | None:
        """Return the thread of a session; None if it has none, or no name."""
        return None if session_id is None else self._threads.get((user_id, session_id))

    def forget(self, user_id: str | None, session_id: str | None) -> None:
        """Let the next run of a session begin a thread."""
        if session_id is not None:
            self._threads.pop((user_id, session_id), None)

    def keep(self, user_id: str | None, session_id: str | None, thread_id: str) -> None:
        """Remember the thread of a session."""
        if session_id is None:
            return
        self._threads[user_id, session_id] = thread_id
        self._threads.move_to_end((user_id, session_id))
        while len(self._threads) > _MOST_SESSIONS:
            self._threads.popitem(last=False)


def question_of(
    context: Context,
    user_id: str | None,
    *,
    provider: str,
    session_thread: str | None = None,
    anew: bool = False,
) -> Question:
    """Return what the service is to be asked.

    An earlier answer of ours names its thread: the service knows all that was said up to it,
    so only what came later is sent.

    Args:
        context: What the model is given.
        user_id: For whom; threads of others are not gone on with.
        provider: Our name.
        session_thread: For a history without such an answer.
        anew: Send everything, for a thread of its own.

    Raises:
        ProviderError: There is nothing to ask.
        UnsupportedError: The agent has tools of its own.
    """
    messages: list[Any] = context.messages
    known, thread_id = (0, None) if anew else _known(messages, user_id, provider)
    question = Question(thread_id=thread_id or session_thread, user_id=user_id)
    for message in messages[known:]:
        _add(question, message)
    if not question.messages:
        raise ProviderError(
            "There is nothing to ask Lumnis: the last message is its own answer, or is empty.",
            kind="invalid_request",
            provider=provider,
        )
    if system := without_surrogates(context.system_prompt):
        question.messages.insert(0, {"role": "system", "content": system})
    return question


def check_possible(context: Context, options: StreamOptions, provider: str) -> None:
    """Refuse what the service has no place for, instead of dropping it in silence.

    Raises:
        UnsupportedError: Tools of the agent, or a choice among them.
    """
    if options.tool_choice not in (None, "auto", "none"):
        raise UnsupportedError(
            f"Lumnis has no place for the tool choice {options.tool_choice!r}.", provider=provider
        )
    if context.tools and options.tool_choice != "none":
        names = ", ".join(tool.name for tool in context.tools)
        raise UnsupportedError(
            f"Lumnis works with tools of its own and cannot call those of the agent: {names}.",
            provider=provider,
            hint="Take them from the agent; or keep its model, and give it `lumnis.delegate`.",
        )


def options_of(model: Model, options: StreamOptions, settings: Any) -> dict[str, Any]:
    """Return the fields of the request that model, options and settings ask for.

    Raises:
        UnsupportedError: There is no model of that name.
    """
    overrides, config = dict(settings.model_overrides), dict(settings.agent_config)
    if model.id in AGENT_MODES:
        config["agent_mode"] = model.id
    elif ":" in model.id:
        overrides |= dict.fromkeys(OVERRIDDEN, model.id)
    elif model.id != DEFAULT_MODEL:
        known = ", ".join((DEFAULT_MODEL, *AGENT_MODES))
        raise UnsupportedError(
            f"Lumnis has no model {model.id!r}.",
            provider=model.provider,
            hint=f"Use {known}, or a model as `provider:model`, such as openai:gpt-4o.",
        )
    asked = {
        "model_overrides": overrides,
        "agent_config": config,
        "response_format": options.response_schema,
    }
    return {name: value for name, value in asked.items() if value}


def _known(messages: Sequence[Any], user_id: str | None, provider: str) -> tuple[int, str | None]:
    """Return how many messages the service knows already, and in which thread."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if isinstance(message, AssistantMessage) and message.provider == provider:
            thread_id = message.metadata.get(THREAD)
            if isinstance(thread_id, str) and message.metadata.get(USER) == user_id:
                return index + 1, thread_id
    return 0, None


def _add(question: Question, message: Message) -> None:
    parts: Iterable[Any] = message.content
    texts = []
    for part in parts:
        if isinstance(part, ImageContent):
            name = f"image-{len(question.files) + 1}"
            question.files.append(_image(part, name))
            texts.append(f"[{name}]")
        elif isinstance(part, TextContent):
            texts.append(part.text)
        elif isinstance(part, ToolCallContent):
            texts.append(f"[Called {part.name} with {json.dumps(part.arguments)}]")
    text = "\n".join(text for text in texts if text)
    if isinstance(message, ToolResultMessage):
        text = f"[Result of {message.tool_name}] {text}"
    if text:
        role = "assistant" if isinstance(message, AssistantMessage) else "user"
        question.messages.append({"role": role, "content": text})


def _image(image: ImageContent, name: str) -> dict[str, str]:
    told = {"name": name, "uri": image.url}
    return told | ({"mime_type": image.mime_type} if image.mime_type else {})
