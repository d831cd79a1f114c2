"""A history of Jackfield -> one message to the assistant, in the conversation that goes on."""

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    UserMessage,
)
from jackfield.models import Model
from jackfield.surrogates import without_surrogates
from jackfield_infinity.settings import InfinityProviderSettings

DEFAULT_MODEL = "default"
MODES = ("assist", "search", "build")
CONVERSATION, USER = "conversation_id", "user_id"  # in the metadata of our answers

_TAKES_CONTEXT = (DEFAULT_MODEL, "assist")
_MOST_SESSIONS = 10_000


@dataclass(slots=True, kw_only=True)
class Question:
    """What the assistant is asked.

    Attributes:
        message: The text.
        conversation_id: The conversation that goes on; None begins one.
        system_prompt: What the agent is told to be; empty for nothing.
    """

    message: str
    conversation_id: str | None = None
    system_prompt: str = ""

    def fields(self, model: Model) -> dict[str, Any]:
        """Return the fields of the chat.

        Only some modes have a place for a system prompt; in the others it is the beginning of
        the conversation.
        """
        message, prompt = self.message, self.system_prompt
        if prompt and model.id not in _TAKES_CONTEXT and self.conversation_id is None:
            message = f"{prompt}\n\n{message}"
        fields = {
            "message": message,
            "conversationId": self.conversation_id,
            "userContext": prompt if model.id in _TAKES_CONTEXT else None,
            "mode": None if model.id == DEFAULT_MODEL else model.id,
        }
        return {name: value for name, value in fields.items() if value}


class Sessions:
    """Which conversation belongs to which session of which user; the oldest are forgotten."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[tuple[str | None, str], str] = OrderedDict()

    def find(self, user_id: str | None, session_id: str | None) -> str | None:
        """Return the conversation of a session; None if it has none, or no name."""
        return None if session_id is None else self._conversations.get((user_id, session_id))

    def keep(self, user_id: str | None, session_id: str | None, conversation_id: str) -> None:
        """Remember the conversation of a session."""
        if session_id is None:
            return
        self._conversations[user_id, session_id] = conversation_id
        self._conversations.move_to_end((user_id, session_id))
        while len(self._conversations) > _MOST_SESSIONS:
            self._conversations.popitem(last=False)


def question_of(
    context: Context, user_id: str | None, *, provider: str, session_conversation: str | None
) -> Question:
    """Return what the assistant is to be asked.

    An earlier answer of ours names its conversation: the service knows all that was said up to
    it, so only what came later is sent. What others have answered is told in words.

    Args:
        context: What the model is given.
        user_id: For whom; conversations of others are not gone on with.
        provider: Our name.
        session_conversation: For a history without such an answer.

    Raises:
        ProviderError: There is nothing to ask.
    """
    messages: list[Any] = context.messages
    known, conversation_id = _known(messages, user_id, provider)
    text = _told(messages[known:])
    if not text:
        raise ProviderError(
            "There is nothing to ask Infinity: the last message is its own answer, or is empty.",
            kind="invalid_request",
            provider=provider,
        )
    return Question(
        message=text,
        conversation_id=conversation_id or session_conversation,
        system_prompt=without_surrogates(context.system_prompt),
    )


def check_possible(
    model: Model, context: Context, options: StreamOptions, *, provider: str
) -> None:
    """Refuse what the service has no place for, instead of dropping it in silence.

    Raises:
        UnsupportedError: An unknown mode, a form of the answer, tools of the agent.
    """
    if model.id not in (DEFAULT_MODEL, *MODES):
        raise UnsupportedError(
            f"Infinity has no model {model.id!r}.",
            provider=provider,
            hint=f"Use {DEFAULT_MODEL}, or a mode of the assistant: {', '.join(MODES)}.",
        )
    if options.response_schema is not None:
        raise UnsupportedError("Infinity cannot answer in the form of a schema.", provider=provider)
    if options.tool_choice not in (None, "auto", "none"):
        raise UnsupportedError(
            f"Infinity has no place for the tool choice {options.tool_choice!r}.",
            provider=provider,
        )
    if context.tools and options.tool_choice != "none":
        names = ", ".join(tool.name for tool in context.tools)
        raise UnsupportedError(
            f"Infinity cannot call the tools of the agent: {names}.",
            provider=provider,
            hint="Take them from the agent; or keep its model, and give it the tools `infinity`.",
        )


def fields_of(settings: InfinityProviderSettings, user_id: str | None) -> dict[str, Any]:
    """Return the fields that the settings add to each chat."""
    fields: Mapping[str, Any] = {
        "userId": user_id,
        "userTier": settings.user_tier,
        "preferences": settings.preferences,
        "essence": settings.essence,
    }
    return {name: value for name, value in fields.items() if value} | settings.extra_fields


def _known(messages: Sequence[Any], user_id: str | None, provider: str) -> tuple[int, str | None]:
    """Return how many messages the service knows already, and in which conversation."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if isinstance(message, AssistantMessage) and message.provider == provider:
            conversation_id = message.metadata.get(CONVERSATION)
            if isinstance(conversation_id, str) and message.metadata.get(USER) == user_id:
                return index + 1, conversation_id
    return 0, None


def _told(messages: Sequence[Message]) -> str:
    """Return messages as one text; who said what, where it was not the user alone."""
    texts = [(message, _text_of(message)) for message in messages]
    said = [(message, text) for message, text in texts if text]
    if all(isinstance(message, UserMessage) for message, _ in said):
        return "\n\n".join(text for _, text in said)
    if not any(isinstance(message, UserMessage | ToolResultMessage) for message, _ in said):
        return ""  # nobody has asked anything
    return "\n\n".join(f"{_speaker(message)}: {text}" for message, text in said)


def _speaker(message: Message) -> str:
    if isinstance(message, ToolResultMessage):
        return f"Result of {message.tool_name}"
    return "Assistant" if isinstance(message, AssistantMessage) else "User"


def _text_of(message: Message) -> str:
    parts: Iterable[Any] = message.content
    texts = []
    for part in parts:
        if isinstance(part, TextContent):
            texts.append(part.text)
        elif isinstance(part, ToolCallContent):
            texts.append(f"[Called {part.name} with {json.dumps(part.arguments)}]")
        elif isinstance(part, ImageContent):
            is_address = part.url.startswith(("https://", "http://"))
            texts.append(f"[image: {part.url}]" if is_address else "[an image]")
    return without_surrogates("\n".join(text for text in texts if text.strip()))
