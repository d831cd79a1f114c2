"""Everything of an agent but its runs: settings, history, queues, listeners.

Source: spec/agent.md, 2.3.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, Unpack

from jackfield.agent.active_run import ActiveRun
from jackfield.agent.listeners import BatchListener, Listener, Listeners
from jackfield.agent.means import AgentMeans, AnyTool
from jackfield.agent.message_queue import MessageQueue
from jackfield.agent.options import AgentFields, AgentOptions, QueueMode
from jackfield.agent.state import AgentState, merged_state
from jackfield.coerce import as_message, as_messages, as_user_parts
from jackfield.contracts import StreamFn
from jackfield.errors import AgentBusyError
from jackfield.messages import AgentMessage, ImageContent, TextContent, UserMessage, now_ms
from jackfield.models import Model, ThinkingBudgets, ThinkingLevel
from jackfield.run.loop_config import GetApiKey

AnyMessage: TypeAlias = AgentMessage | Mapping[str, Any]
Images: TypeAlias = Sequence[ImageContent | Mapping[str, Any]] | None


class AgentSettings:
    """What an agent is set to, and what it remembers.

    Args:
        options: How the agent works; keyword arguments of the same names win over it.
        model: A model, or its name `provider:model id`, resolved at the first run.
        tools: Tools, functions, or names `"<toolset>"` and `"<toolset>.<tool>"`.
        system_prompt: What the model is told first.
        **settings: Any field of `AgentOptions`.

    Raises:
        OptionError: An option has a value that is not allowed.
    """

    __slots__ = (
        "__weakref__",
        "_follow_up",
        "_listeners",
        "_means",
        "_options",
        "_run",
        "_state",
        "_steering",
    )

    def __init__(
        self,
        options: AgentOptions | None = None,
        *,
        model: Model | str | None = None,
        tools: Sequence[AnyTool] | None = None,
        system_prompt: str | None = None,
        **settings: Unpack[AgentFields],
    ) -> None:
        self._options = replace(options or AgentOptions(), **settings)
        self._state = merged_state(self._options.initial_state)
        self._options.initial_state = None
        self._means = AgentMeans(self._state, self._options.stream_fn)
        self._listeners = Listeners()
        self._steering = MessageQueue("steering_mode", self._options.steering_mode)
        self._follow_up = MessageQueue("follow_up_mode", self._options.follow_up_mode)
        self._run: ActiveRun | None = None
        if model is not None:
            self.set_model(model)
        self.set_tools(self._state.tools if tools is None else tools)
        if system_prompt is not None:
            self.set_system_prompt(system_prompt)

    @property
    def state(self) -> AgentState:
        """The agent's state; it follows the run."""
        return self._state

    @property
    def signal(self) -> asyncio.Event | None:
        """Set when the active run is to end; None when there is no run."""
        return self._run.switch.signal if self._run else None

    @property
    def stream_fn(self) -> StreamFn | None:
        """Calls the model; None when the model's provider is resolved by name."""
        return self._means.stream_fn

    @stream_fn.setter
    def stream_fn(self, stream_fn: StreamFn | None) -> None:
        self._means.stream_fn = stream_fn

    @property
    def session_id(self) -> str | None:
        """Given to the provider, from the next run on."""
        return self._options.session_id

    @session_id.setter
    def session_id(self, session_id: str | None) -> None:
        self._options.session_id = session_id

    @property
    def metadata(self) -> dict[str, Any]:
        """Given to the provider, from the next run on."""
        return self._options.metadata

    @metadata.setter
    def metadata(self, metadata: dict[str, Any]) -> None:
        self._options.metadata = metadata

    @property
    def thinking_budgets(self) -> ThinkingBudgets | None:
        """Token budgets for thinking, from the next run on."""
        return self._options.thinking_budgets

    @thinking_budgets.setter
    def thinking_budgets(self, budgets: ThinkingBudgets | None) -> None:
        self._options.thinking_budgets = budgets

    @property
    def get_api_key(self) -> GetApiKey | None:
        """Asked for a key before every model call, from the next run on."""
        return self._options.get_api_key

    @get_api_key.setter
    def get_api_key(self, get_api_key: GetApiKey | None) -> None:
        self._options.get_api_key = get_api_key

    def set_system_prompt(self, system_prompt: str) -> None:
        """Use another system prompt from the next run on."""
        self._state.system_prompt = system_prompt

    def set_model(self, model: Model | str) -> None:
        """Use another model from the next run on; a name is resolved then.

        Raises:
            OptionError: The name is not of the form `provider:model id`.
        """
        self._means.set_model(model)

    def set_thinking_level(self, level: ThinkingLevel | str) -> None:
        """Think more or less from the next run on."""
        self._state.thinking_level = ThinkingLevel(level)

    def set_tools(self, tools: Sequence[AnyTool]) -> None:
        """Use other tools from the next run on.

        Raises:
            OptionError: Two tools have the same name.
        """
        self._means.set_tools(tools)

    def set_steering_mode(self, mode: QueueMode) -> None:
        """Set how many steering messages join a turn, from the next poll on.

        Raises:
            OptionError: The mode is neither `one-at-a-time` nor `all`.
        """
        self._steering.mode = mode

    def get_steering_mode(self) -> QueueMode:
        """Return how many steering messages join a turn."""
        return self._steering.mode

    def set_follow_up_mode(self, mode: QueueMode) -> None:
        """Set how many follow-ups are taken at once, from the next poll on.

        Raises:
            OptionError: The mode is neither `one-at-a-time` nor `all`.
        """
        self._follow_up.mode = mode

    def get_follow_up_mode(self) -> QueueMode:
        """Return how many follow-ups are taken at once."""
        return self._follow_up.mode

    def steer(self, message: str | AnyMessage) -> None:
        """Queue a message that joins the active run at its next turn."""
        self._steering.push(_one_message(message))

    def follow_up(self, message: str | AnyMessage) -> None:
        """Queue a message for when the run would otherwise end."""
        self._follow_up.push(_one_message(message))

    def clear_steering_queue(self) -> None:
        """Drop the queued steering messages."""
        self._steering.clear()

    def clear_follow_up_queue(self) -> None:
        """Drop the queued follow-ups."""
        self._follow_up.clear()

    def clear_all_queues(self) -> None:
        """Drop everything that is queued."""
        self._steering.clear()
        self._follow_up.clear()

    def has_queued_messages(self) -> bool:
        """Tell whether a steering message or a follow-up waits."""
        return bool(self._steering) or bool(self._follow_up)

    def replace_messages(self, messages: Sequence[AnyMessage]) -> None:
        """Make a copy of `messages` the history.

        Raises:
            StateError: A run is active.
        """
        self._require_idle("replace_messages()")
        self._state.messages = as_messages(messages)

    def append_message(self, message: AnyMessage) -> None:
        """Append a message to the history.

        Raises:
            StateError: A run is active.
        """
        self._require_idle("append_message()")
        self._state.messages.append(as_message(message))

    def clear_messages(self) -> None:
        """Empty the history.

        Raises:
            StateError: A run is active.
        """
        self._require_idle("clear_messages()")
        self._state.messages = []

    def reset(self) -> None:
        """Empty history, queues and error; keep prompt, model, tools, modes and listeners.

        Raises:
            StateError: A run is active.
        """
        self._require_idle("reset()")
        self.clear_all_queues()
        self._state.messages, self._state.error = [], None
        self._state.end()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have `listener(event)` called for every event; it may be async.

        Returns:
            A function that ends this subscription.
        """
        return self._listeners.add(listener)

    def subscribe_batches(self, listener: BatchListener) -> None:
        """Have `listener(events)` called with all events of each network read at once.

        For whoever writes down everything: it costs a call per read, not per event. It is called
        before `subscribe`d listeners see the events and before state follows them. It must be
        a plain function that is quick and does not change the list; what it raises is logged.
        """
        self._listeners.batches = (*self._listeners.batches, listener)

    def _require_idle(self, what: str) -> None:
        if self._run is not None:
            raise AgentBusyError(f"{what} is not possible while a run is active.")


def user_message(text: str, images: Images = None) -> UserMessage:
    """Return what the user says now: the text, then the images."""
    content: list[Any] = [TextContent(text=text)]
    if images:
        content += as_user_parts(images, "images")
    return UserMessage(content=content, timestamp=now_ms())


def _one_message(message: str | AnyMessage) -> AgentMessage:
    return user_message(message) if isinstance(message, str) else as_message(message)
