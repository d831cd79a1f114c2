"""From a context and options to a request, and to the reader of its answer. Pure: no I/O."""

from dataclasses import dataclass

from jackfield.contracts import Context, StreamOptions
from jackfield.errors import UnsupportedError
from jackfield.messages import AgentMessage, AssistantMessage, ToolResultMessage, UserMessage
from jackfield_local.abilities import Abilities
from jackfield_local.json_tools import JsonToolReader, plain_messages, tool_prompt, tool_schema
from jackfield_local.settings import LocalSettings
from jackfield_local.wire import (
    ChunkReader,
    chosen_tools,
    encode,
    native_messages,
    native_tools,
    response_format,
    sampling,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request and how its answer is to be read.

    Attributes:
        request: The body, as JSON.
        reader: Reads the answer's chunks.
        must_call: Whether an answer without a tool call breaks `tool_choice`.
    """

    request: bytes
    reader: type[ChunkReader]
    must_call: bool = False


def ask(
    context: Context, options: StreamOptions, settings: LocalSettings, abilities: Abilities
) -> Question:
    """Return the request for a model with these abilities.

    Raises:
        UnsupportedError: The model cannot do what is asked.
    """
    tools = chosen_tools(context.tools or [], options.tool_choice)
    if tools and options.response_schema is not None:
        raise UnsupportedError(
            "The provider local cannot constrain an answer by a schema and offer tools at once.",
            hint="Leave one of them out, or set tool_choice to `none`.",
        )
    if abilities.tools or not _needs_stand_in(context, options):
        return _native(context, options, settings)
    if settings.tools_without_template == "refuse":
        raise UnsupportedError(
            "The chat template of this model knows no tools.",
            hint='Use another model, or set `tools_without_template = "json"`.',
        )
    return _in_json(context, options, settings)


def _needs_stand_in(context: Context, options: StreamOptions) -> bool:
    """Tell whether there are tools, calls or results, which a template may drop silently."""
    if chosen_tools(context.tools or [], options.tool_choice):
        return True
    return any(
        isinstance(message, ToolResultMessage)
        or (isinstance(message, AssistantMessage) and message.tool_calls())
        for message in context.messages
    )


def _must_call(options: StreamOptions) -> bool:
    return options.tool_choice not in (None, "auto", "none")


def _repeats_itself(messages: list[AgentMessage]) -> bool:
    """Tell whether the latest call was made before, word for word, since the user spoke."""
    calls: list[tuple[str, dict[str, object]]] = []
    for message in messages:
        if isinstance(message, UserMessage):
            calls.clear()
        elif isinstance(message, AssistantMessage):
            calls += [(call.name, call.arguments) for call in message.tool_calls()]
    return bool(calls) and calls[-1] in calls[:-1]


def _native(context: Context, options: StreamOptions, settings: LocalSettings) -> Question:
    request = {
        "messages": native_messages(context.system_prompt, context.messages),
        **sampling(options, settings),
        **native_tools(context.tools or [], options.tool_choice),
    }
    return Question(request=encode(request), reader=ChunkReader, must_call=_must_call(options))


def _in_json(context: Context, options: StreamOptions, settings: LocalSettings) -> Question:
    tools = chosen_tools(context.tools or [], options.tool_choice)
    if not tools:  # only old calls and results, which are text for this model
        messages = plain_messages(context.system_prompt, context.messages)
        request = {"messages": messages, **sampling(options, settings)}
        return Question(request=encode(request), reader=ChunkReader)
    may_answer = not _must_call(options)
    prompt = tool_prompt(tools, may_answer=may_answer)
    system = "\n\n".join(filter(None, [context.system_prompt, prompt]))
    if may_answer and _repeats_itself(context.messages):
        tools = []  # a small model would ask for the same until the turns run out
    request = {
        "messages": plain_messages(system, context.messages),
        **sampling(options, settings),
        "response_format": response_format(tool_schema(tools, may_answer=may_answer)),
    }
    return Question(request=encode(request), reader=JsonToolReader, must_call=not may_answer)
