"""The model and the tools of an agent, and how those given by name are found."""

import asyncio
import weakref
from collections.abc import Callable, Sequence
from typing import TypeAlias

from jackfield.agent.state import AgentState
from jackfield.contracts import Resolver, StreamFn, resolver_slot
from jackfield.errors import OptionError, StateError
from jackfield.models import Model
from jackfield.tools import AgentTool, as_tool, check_names

AnyTool: TypeAlias = AgentTool | Callable[..., object] | str


class AgentMeans:
    """What an agent works with.

    What the resolver finds belongs to the event loop that it was found on (connections do), so
    an agent that is used on another loop asks again.

    Args:
        state: Holds the model and the tools as far as they are known.
        stream_fn: Calls the model; None to ask the resolver for the model's provider.

    Attributes:
        stream_fn: As given, or as set later.
    """

    __slots__ = ("_found", "_home", "_name", "_state", "_tools", "stream_fn")

    def __init__(self, state: AgentState, stream_fn: StreamFn | None) -> None:
        self.stream_fn = stream_fn
        self._state = state
        self._name = ""  # of the model, when it was given by name
        self._found: StreamFn | None = None
        self._tools: list[AgentTool | str] = []  # as given, when some are names
        self._home: weakref.ref[asyncio.AbstractEventLoop] | None = None

    def set_model(self, model: Model | str) -> None:
        """Use a model from the next run on; a name is resolved then.

        Raises:
            OptionError: The name is not of the form `provider:model id`.
        """
        self._found = None
        if isinstance(model, str):
            provider, colon, model_id = model.partition(":")
            if not (provider and colon and model_id):
                raise OptionError(
                    f"Model {model!r} must have the form 'provider:model id', "
                    "for example 'openrouter:anthropic/claude-sonnet-4.5'."
                )
            self._name = model
            self._state.model = Model(provider=provider, id=model_id)
        else:
            self._name = ""
            self._state.model = model

    def set_tools(self, tools: Sequence[AnyTool]) -> None:
        """Use tools from the next run on; names are resolved then.

        Raises:
            OptionError: A tool has no name, or two have the same.
        """
        known = [tool if isinstance(tool, str) else as_tool(tool) for tool in tools]
        ready = [tool for tool in known if not isinstance(tool, str)]
        check_names(ready)
        self._state.tools = ready
        self._tools = known if len(ready) < len(known) else []
        self._home = None

    def require_model(self) -> Model:
        """Return the model.

        Raises:
            StateError: There is none.
        """
        if self._state.model is None:
            raise StateError(
                "No model configured.", hint="Call set_model() or pass model='provider:model id'."
            )
        return self._state.model

    async def ready(self) -> tuple[StreamFn, Model]:
        """Resolve what is still a name; return the function that calls the model, and the model.

        Raises:
            StateError: There is no model, or nothing that can call it.
            JackfieldError: A name cannot be resolved.
        """
        self.require_model()
        loop = asyncio.get_running_loop()
        if self._home is None or self._home() is not loop:
            await self._resolve_tools()
            self._found, self._home = None, weakref.ref(loop)
        stream_fn = self.stream_fn or self._found or await self._resolve_model()
        return stream_fn, self.require_model()

    async def _resolve_model(self) -> StreamFn:
        model = self.require_model()
        if not model.provider:
            raise StateError(
                "No stream function configured.",
                hint="Set AgentOptions.stream_fn, or name the model as 'provider:model id'.",
            )
        name = self._name or f"{model.provider}:{model.id}"
        provider, found = await _resolver(name).resolve_model(name)
        if self._name:
            self._state.model = found
        self._found = provider.stream
        return self._found

    async def _resolve_tools(self) -> None:
        if not self._tools:
            return
        tools: list[AgentTool] = []
        for tool in self._tools:
            if isinstance(tool, str):
                tools += await _resolver(tool).resolve_tools([tool])
            else:
                tools.append(tool)
        check_names(tools)
        self._state.tools = tools


def _resolver(name: str) -> Resolver:
    if resolver_slot.default is None:
        raise StateError(
            f"Nothing is there to resolve {name!r}.",
            hint="Import Agent from jackfield (that loads the kernel), or pass the object itself.",
        )
    return resolver_slot.default
