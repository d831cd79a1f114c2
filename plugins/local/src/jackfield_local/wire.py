"""Our types <-> llama.cpp's chat JSON. Pure: no I/O, no threads."""

import json
from typing import Any, Literal

from jackfield.answer import Answer
from jackfield.contracts import StreamOptions
from jackfield.errors import ContextOverflowError, ProtocolError, ProviderError, UnsupportedError
from jackfield.messages import (
    AgentMessage,
    AssistantMessage,
    TextContent,
    ToolResultMessage,
    UserMessage,
    UserPart,
)
from jackfield.models import ThinkingLevel
from jackfield.tools import AgentTool
from jackfield.usage import Usage
from jackfield_local.settings import LocalSettings

FinishReason = Literal["stop", "length", "tool_calls"]


def sampling(options: StreamOptions, settings: LocalSettings) -> dict[str, Any]:
    """Return the fields of a request that say how to sample and what to report."""
    fields: dict[str, Any] = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_progress": True,  # a report per batch of the prompt: the chance to stop there
        "temperature": settings.temperature if options.temperature is None else options.temperature,
    }
    max_tokens = options.max_tokens or settings.max_tokens
    if max_tokens is not None:
        fields["max_tokens"] = max_tokens
    if settings.seed is not None:
        # Another split of the prompt rounds otherwise, so cached beginnings are not used.
        fields |= {"seed": settings.seed, "cache_prompt": False}
    if options.reasoning not in (None, ThinkingLevel.OFF):
        fields["chat_template_kwargs"] = {"enable_thinking": True}
    if options.response_schema is not None:
        fields["response_format"] = response_format(options.response_schema)
    return fields


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the field that constrains the answer's text to a JSON Schema."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def native_tools(tools: list[AgentTool], choice: str | None) -> dict[str, Any]:
    """Return the tool fields for a chat template that knows tools.

    A tool that is chosen by name is the only one sent, and required.

    Raises:
        UnsupportedError: `choice` names none of the tools.
    """
    chosen = chosen_tools(tools, choice)
    if not chosen:
        return {}
    required = choice not in (None, "auto")
    return {
        "tools": [_tool(tool) for tool in chosen],
        "tool_choice": "required" if required else "auto",
        "parallel_tool_calls": not required,
    }


def chosen_tools(tools: list[AgentTool], choice: str | None) -> list[AgentTool]:
    """Return the tools that may be called under this `tool_choice`.

    Raises:
        UnsupportedError: A call is demanded that none of the tools can satisfy.
    """
    if choice == "none":
        return []
    if choice in (None, "auto") or (choice == "required" and tools):
        return tools
    named = [tool for tool in tools if tool.name == choice]
    if not named:
        names = ", ".join(tool.name for tool in tools) or "none"
        raise UnsupportedError(f"tool_choice is {choice!r}, the tools on offer are: {names}.")
    return named


def _tool(tool: AgentTool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


def native_messages(system_prompt: str, messages: list[AgentMessage]) -> list[dict[str, Any]]:
    """Return the messages for a chat template that knows tool calls and results.

    Raises:
        UnsupportedError: A message holds an image.
    """
    wire = [{"role": "system", "content": system_prompt}] if system_prompt else []
    return [*wire, *(_message(message, place) for place, message in enumerate(messages))]


def _message(message: AgentMessage, place: int) -> dict[str, Any]:
    if isinstance(message, UserMessage):
        return {"role": "user", "content": user_text(message.content, place)}
    if isinstance(message, ToolResultMessage):
        return {
            "role": "tool",
            "tool_call_id": message.tool_call_id,
            "name": message.tool_name,
            "content": user_text(message.content, place),
        }
    if isinstance(message, AssistantMessage):
        return _assistant(message)
    raise UnsupportedError(f"messages[{place}] has the role {message.role!r}.")


def _assistant(message: AssistantMessage) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": "assistant", "content": assistant_text(message)}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
        }
        for call in message.tool_calls()
    ]
    return {**wire, "tool_calls": calls} if calls else wire


def assistant_text(message: AssistantMessage) -> str:
    """Return the text of an answer; its thinking is not sent again."""
    return "".join(part.text for part in message.content if isinstance(part, TextContent))


def user_text(parts: list[UserPart], place: int) -> str:
    """Return text parts as lines.

    Raises:
        UnsupportedError: There is an image among them.
    """
    texts = []
    for index, part in enumerate(parts):
        if not isinstance(part, TextContent):
            raise UnsupportedError(
                f"messages[{place}].content[{index}] is an image; "
                "the provider local reads text only."
            )
        texts.append(part.text)
    return "\n".join(texts)


def encode(request: dict[str, Any]) -> bytes:
    """Return the request as JSON in UTF-8; lone surrogates become U+FFFD."""
    text = json.dumps(request, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


class ChunkReader:
    """Tells an answer what llama.cpp's chunks say.

    Args:
        answer: Is filled; text and thinking, tool calls, ids and usage.
        model_id: For error messages.
    """

    def __init__(self, answer: Answer, model_id: str) -> None:
        self.answer = answer
        self._model_id = model_id
        self._reason = ""

    def feed(self, raw: bytes) -> None:
        """Read one chunk.

        Raises:
            ProviderError: The chunk is an error.
            ProtocolError: It is not the JSON that it should be.
        """
        try:
            chunk = json.loads(raw, strict=False)
            self._read(chunk)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ProtocolError(
                f"llama.cpp sent a chunk that we cannot read: {error!r}."
            ) from error

    def finish(self) -> FinishReason:
        """Return why the answer ended; call it when nothing more comes.

        Raises:
            ProtocolError: There was no finish reason.
        """
        if not self._reason:
            raise ProtocolError("llama.cpp ended the answer without a finish reason.")
        message = self.answer.message
        message.raw_stop_reason = self._reason
        if self._reason == "length":
            return "length"
        return "tool_calls" if message.tool_calls() else "stop"

    def on_text(self, text: str) -> None:
        """Take a piece of the answer's text."""
        self.answer.text(text)

    def _read(self, chunk: dict[str, Any]) -> None:
        if "error" in chunk:
            raise wire_error(chunk["error"], self._model_id)
        message = self.answer.message
        message.response_id = chunk["id"]
        if usage := chunk.get("usage"):
            message.usage = Usage.from_openai(usage)
        if timings := chunk.get("timings"):
            message.metadata["timings"] = timings
        for choice in chunk["choices"]:
            self._reason = choice.get("finish_reason") or self._reason
            self._delta(choice["delta"])

    def _delta(self, delta: dict[str, Any]) -> None:
        self.answer.thinking(delta.get("reasoning_content") or "")
        if text := delta.get("content"):
            self.on_text(text)
        for call in delta.get("tool_calls") or ():
            self._call(call)

    def _call(self, call: dict[str, Any]) -> None:
        key, function = call["index"], call.get("function") or {}
        if not self.answer.has_call(key):
            self.answer.open_call(key, id=call.get("id") or "", name=function.get("name") or "")
        if arguments := function.get("arguments"):
            self.answer.arguments(key, arguments)


def wire_error(error: dict[str, Any], model_id: str) -> ProviderError:
    """Return our exception for llama.cpp's error object."""
    message = str(error.get("message", error))
    if error.get("type") == "exceed_context_size_error":
        sizes = {
            "input_tokens": error.get("n_prompt_tokens"),
            "context_tokens": error.get("n_ctx"),
        }
        return ContextOverflowError(
            f"The messages have {sizes['input_tokens']} tokens, the context window of {model_id} "
            f"holds {sizes['context_tokens']}.",
            details=sizes,
            hint="Send less, or raise `context_tokens` if the model allows it.",
        )
    if "context size" in message.lower():
        return ContextOverflowError(f"{model_id} ran out of its context window: {message}.")
    invalid = error.get("type") == "invalid_request_error"
    return ProviderError(
        f"llama.cpp refused the request: {message}",
        kind="invalid_request" if invalid else "server",
        status=error.get("code") if isinstance(error.get("code"), int) else None,
    )
