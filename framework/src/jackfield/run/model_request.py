"""From the history to a call of the model. Source: spec/agent.md, 5.1 (LLM), 9 to 11."""

import inspect
from dataclasses import replace
from typing import Any

from jackfield.caching import add_cache_breakpoints
from jackfield.coerce import as_message
from jackfield.contracts import Context, StreamFn, StreamOptions
from jackfield.history import GrowingHistory, default_convert_to_llm
from jackfield.models import ThinkingLevel
from jackfield.record import Record
from jackfield.run.abort import AbortSwitch
from jackfield.run.hook_chain import HookChain
from jackfield.run.loop_config import AgentLoopConfig


class ModelRequest:
    """Makes the requests of one run: transform, convert, normalise, key, call.

    Args:
        config: Settings of the run.
        hooks: The run's hooks.
        switch: The run's.
        stream_fn: Calls the model.
    """

    __slots__ = ("_config", "_history", "_hooks", "_stream_fn", "_switch")

    def __init__(
        self,
        config: AgentLoopConfig,
        hooks: HookChain,
        switch: AbortSwitch,
        stream_fn: StreamFn,
    ) -> None:
        self._config = config
        self._history = GrowingHistory(config.model)
        self._hooks = hooks
        self._switch = switch
        self._stream_fn = stream_fn

    async def send(self, context: Context) -> Any:
        """Call the model; return its stream, or an awaitable of it.

        Raises:
            InterruptedRunError: The run is to end.
            Exception: Whatever a hook or the stream function raises.
        """
        config, model = self._config, self._config.model
        context = await self._hooks.transform(context)
        typed = await self._converted(context.messages)
        context = replace(context, messages=[*self._history.normalised(typed)])
        if config.enable_prompt_caching:
            context = add_cache_breakpoints(context, retention=config.cache_retention)
        options = self._options(await self._api_key())
        self._switch.check()
        return self._stream_fn(model, context, options)

    async def _converted(self, messages: list[Any]) -> list[Any]:
        convert = self._config.convert_to_llm
        if convert is default_convert_to_llm:
            return messages  # `GrowingHistory` leaves out the same, without a look at them all
        converted = convert(messages)
        if inspect.isawaitable(converted):
            converted = await self._switch.undisturbed(converted)
        # Hooks may have added dictionaries; our own types need no second look.
        given: list[Any] = list(converted)
        return [each if isinstance(each, Record) else as_message(each) for each in given]

    async def _api_key(self) -> str | None:
        config = self._config
        if config.get_api_key is None:
            return config.api_key
        key = config.get_api_key(config.model.provider)
        if inspect.isawaitable(key):
            key = await self._switch.undisturbed(key)
        return key or config.api_key

    def _options(self, api_key: str | None) -> StreamOptions:
        config = self._config
        level = config.reasoning or ThinkingLevel.OFF
        if level == ThinkingLevel.OFF:
            level = config.model.thinking_level
        return StreamOptions(
            api_key=api_key,
            temperature=config.temperature,
            max_tokens=config.max_tokens,
            signal=self._switch.signal,
            reasoning=None if level == ThinkingLevel.OFF else ThinkingLevel(level),
            thinking_budgets=config.thinking_budgets,
            session_id=config.session_id,
            cache_retention=config.cache_retention,
            tool_choice=config.tool_choice,
            response_schema=config.response_schema,
            headers=dict(config.headers),
            metadata=dict(config.metadata),
            notify=config.notify,
        )
