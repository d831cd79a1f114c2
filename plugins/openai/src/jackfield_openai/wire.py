"""A context and options -> the body of a chat completion request. Pure: no I/O.

Source: spec/openrouter.md, 2.3, 3, 5, 6.1 and 16.
"""

import re
from collections.abc import Mapping
from typing import Any

from jackfield.caching import prefix_control
from jackfield.contracts import Context, StreamOptions
from jackfield.errors import ProviderError
from jackfield.messages import AssistantMessage
from jackfield.models import Model, ThinkingLevel
from jackfield.thinking import clamp_level, custom_budget, effective_level
from jackfield_openai.dialect import Dialect
from jackfield_openai.message_wire import MessageEncoder, dumps

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RESERVED = ("messages", "stream")


class RequestEncoder:
    """Makes the bodies of requests. Subclass it for fields of one service: `head`, `rest`.

    The same context gives the same bytes, and a longer one begins with them, because prompt
    caches compare beginnings.

    Args:
        dialect: What the endpoint wants.
        extra_body: Further fields, merged last; its `tools` are appended to ours.
        stream: Ask for a stream.
        messages: Encodes the history; made of the dialect by default.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        extra_body: Mapping[str, Any] | None = None,
        stream: bool = True,
        messages: MessageEncoder | None = None,
    ) -> None:
        self.dialect = dialect
        self.extra_body = dict(extra_body or {})
        self._stream = stream
        self._messages = messages or MessageEncoder(dialect)

    def encode(self, model: Model, context: Context, options: StreamOptions) -> bytes:
        """Return the body.

        Raises:
            ProviderError: Something cannot be sent; kind `invalid_request`.
        """
        rest = {"stream": self._stream, **self.rest(model, context, options)}
        self._merge_extra(rest, self.more(model))
        messages = self._messages.encode(context.messages)
        if context.system_prompt.strip():
            control = prefix_control(context) if self.dialect.cache_control else None
            messages.insert(0, self._messages.system(context.system_prompt, control))
        try:
            head, tail = dumps(self.head(model)), dumps(rest)
        except (TypeError, ValueError, RecursionError) as error:
            raise refused(f"A field of the request is not JSON: {error}.") from error
        return b'%b,"messages":[%b],%b' % (head[:-1], b",".join(messages), tail[1:])

    def head(self, model: Model) -> dict[str, Any]:
        """Return the fields before the messages."""
        return {"model": model.id}

    def rest(self, model: Model, context: Context, options: StreamOptions) -> dict[str, Any]:
        """Return the fields behind the messages, without those of `more`."""
        fields: dict[str, Any] = {}
        if self._stream and self.dialect.usage_in_stream:
            fields["stream_options"] = {"include_usage": True}
        fields |= tool_fields(context, options, self.dialect)
        fields |= sampling_fields(options, self.dialect)
        fields |= reasoning_fields(effective_level(options.reasoning, model), options, self.dialect)
        if options.response_schema is not None:
            fields["response_format"] = response_format(options.response_schema)
        return fields

    def more(self, model: Model) -> Mapping[str, Any]:  # noqa: ARG002 - for those that have more
        """Return the fields that the user adds."""
        return self.extra_body

    def _merge_extra(self, rest: dict[str, Any], extra: Mapping[str, Any]) -> None:
        for name in _RESERVED:
            if name in extra:
                raise refused(f"`extra_body` may not set {name!r}.")
        more_tools = extra.get("tools")
        tools = rest.get("tools")
        rest.update(extra)
        if tools and isinstance(more_tools, list):
            rest["tools"] = [*tools, *more_tools]


def sampling_fields(options: StreamOptions, dialect: Dialect) -> dict[str, Any]:
    """Return temperature and longest answer.

    Raises:
        ProviderError: `max_tokens` is not positive.
    """
    fields: dict[str, Any] = {}
    if options.temperature is not None:
        fields["temperature"] = options.temperature
    if options.max_tokens is not None:
        if options.max_tokens <= 0:
            raise refused(f"`max_tokens` is {options.max_tokens}; it must be 1 or more.")
        fields[dialect.max_tokens_field] = options.max_tokens
    return fields


def tool_fields(context: Context, options: StreamOptions, dialect: Dialect) -> dict[str, Any]:
    """Return the tools and what is said about their use.

    Raises:
        ProviderError: A name cannot be sent, or `tool_choice` names no tool of the context.
    """
    tools = context.tools or []
    if not tools:
        return {"tools": []} if dialect.empty_tools and _has_calls(context) else {}
    wire = [_tool(tool, dialect) for tool in tools]
    if dialect.cache_control and (control := prefix_control(context)) is not None:
        wire[-1]["cache_control"] = control.to_dict()
    fields: dict[str, Any] = {"tools": wire}
    choice: Any = options.tool_choice
    if choice is not None:
        fields["tool_choice"] = _choice(choice, [tool.name for tool in tools])
    if dialect.parallel_tool_calls is not None:
        fields["parallel_tool_calls"] = dialect.parallel_tool_calls
    return fields


def reasoning_fields(
    level: ThinkingLevel, options: StreamOptions, dialect: Dialect
) -> dict[str, Any]:
    """Return the fields that ask for thinking."""
    kind = dialect.reasoning_request
    if kind == "none" or (level is ThinkingLevel.OFF and not dialect.reasoning_off):
        return {}
    is_on = level is not ThinkingLevel.OFF
    effort = clamp_level(level, dialect.reasoning_levels).value if is_on else "none"
    if kind == "reasoning_effort":
        return {"reasoning_effort": effort}
    if kind == "reasoning":
        return {"reasoning": {"effort": effort}}
    if kind == "thinking":
        return {"thinking": {"type": "enabled" if is_on else "disabled"}}
    if kind == "chat_template_kwargs":
        return {"chat_template_kwargs": {"enable_thinking": is_on}}
    budget = custom_budget(level, options.thinking_budgets)
    return {"enable_thinking": is_on} | ({} if budget is None else {"thinking_budget": budget})


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the field that constrains the answer's text to a JSON Schema.

    `strict` is set where the schema meets its conditions; otherwise OpenAI refuses it.
    """
    named: dict[str, Any] = {"name": "answer"}
    if _is_strict(schema):
        named["strict"] = True
    return {"type": "json_schema", "json_schema": {**named, "schema": schema}}


def refused(message: str, hint: str = "") -> ProviderError:
    """Return the error for a request that is not sent."""
    return ProviderError(message, kind="invalid_request", hint=hint)


def _tool(tool: Any, dialect: Dialect) -> dict[str, Any]:
    if not _NAME.fullmatch(tool.name):
        raise refused(
            f"The tool name {tool.name!r} cannot be sent.", "Use 1 to 64 of A-Z a-z 0-9 _ -."
        )
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters or {"type": "object", "properties": {}},
    }
    if dialect.strict_tools is not None:
        function["strict"] = dialect.strict_tools
    return {"type": "function", "function": function}


def _choice(choice: Any, names: list[str]) -> Any:
    if choice in ("auto", "none", "required") or isinstance(choice, dict):
        return choice
    if choice not in names:
        raise refused(f"tool_choice is {choice!r}; the tools on offer are: {', '.join(names)}.")
    return {"type": "function", "function": {"name": choice}}


def _has_calls(context: Context) -> bool:
    return any(
        isinstance(message, AssistantMessage) and message.tool_calls()
        for message in context.messages
    )


def _is_strict(schema: Any) -> bool:
    """Tell whether every object in the schema is closed and requires all of its properties."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        names = set(schema.get("properties") or ())
        if schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required") or ()) != names:
            return False
    return all(map(_is_strict, schema.values()))
