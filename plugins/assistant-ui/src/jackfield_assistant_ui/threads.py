"""A thread of a sync server: chat with it, stream from it, cancel what it does.

Source: spec/assistant-ui.md, a.3, a.5 and a.7.
"""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol

from jackfield_assistant_ui.body import Given, chat_body
from jackfield_assistant_ui.plans import cancel_call, chat_call, chat_events
from jackfield_assistant_ui.replies import AssistantResponse
from jackfield_assistant_ui.running import RunningCalls
from jackfield_assistant_ui.types import Commands, Message, Tool
from jackfield_assistant_ui.wire.choosing import ProtocolName, decoder_of
from jackfield_assistant_ui.wire.events import Event
from jackfield_httpx.service import (
    AsyncItems,
    AsyncServiceClient,
    SyncItems,
    SyncServiceClient,
)


class Sides(Protocol):
    """What a thread needs of its client: both ways to send, and what runs."""

    @property
    def blocking(self) -> SyncServiceClient:
        """Sends from threads."""

    @property
    def awaited(self) -> AsyncServiceClient:
        """Sends from event loops."""

    @property
    def running(self) -> RunningCalls:
        """What `cancel` ends."""


class ThreadClient:
    """One thread; `AssistantClient.threads` makes it, and it does nothing until it is used.

    `chat`, `chat_sync`, `stream` and `stream_sync` take the same arguments:

    * `messages`: the history. Deprecated: it is converted to commands, which go before the given
      ones, and is sent for servers that read no commands.
    * `commands`: what is to be done, see `types`.
    * `system`: instructions; by default the texts of the system messages.
    * `tools`: those that the caller runs, by name.
    * `unstable_assistantMessageId`: of the answer.
    * `runConfig`: for the server.
    * `state`: what the caller shows; state operations of a streamed answer begin from it.
    * anything else is sent as it is.

    Args:
        thread_id: Any string.
        client: Whose connections are used.
    """

    def __init__(self, thread_id: str, client: Sides) -> None:
        self.thread_id = thread_id
        self._client = client

    def chat(  # noqa: PLR0913 - the documented signature
        self,
        messages: Sequence[Message] | None = None,
        commands: Commands | None = None,
        system: str | None = None,
        tools: Mapping[str, Tool] | None = None,
        unstable_assistantMessageId: str | None = None,  # noqa: N803 - as on the wire
        runConfig: Mapping[str, Any] | None = None,  # noqa: N803 - as on the wire
        state: Any = None,
        **others: Any,
    ) -> Coroutine[Any, Any, AssistantResponse]:
        """Ask for an answer and await it as a whole; see the class for the arguments.

        `cancel` of the same thread cancels the task that awaits it.

        Raises:
            AssistantAPIError: Into the coroutine: the status is not one of 200 to 299.
            AssistantConnectionError: Into the coroutine: the server cannot be reached.
            ValueError: A message cannot be understood.
            TypeError: `threadId` is given.
        """
        given = Given(
            messages, commands, system, tools, unstable_assistantMessageId, runConfig, state
        )
        body = chat_body(self.thread_id, given, others, stacklevel=2)
        abort = self._client.running.begun(self.thread_id, as_task=True)
        client = self._client.awaited
        return client.perform(chat_call(client, body), abort=abort)

    def chat_sync(  # noqa: PLR0913 - the documented signature
        self,
        messages: Sequence[Message] | None = None,
        commands: Commands | None = None,
        system: str | None = None,
        tools: Mapping[str, Tool] | None = None,
        unstable_assistantMessageId: str | None = None,  # noqa: N803 - as on the wire
        runConfig: Mapping[str, Any] | None = None,  # noqa: N803 - as on the wire
        state: Any = None,
        **others: Any,
    ) -> AssistantResponse:
        """Ask for an answer and wait for it as a whole; see the class for the arguments.

        Raises:
            AssistantAPIError: The status is not one of 200 to 299.
            AssistantConnectionError: The server cannot be reached.
            AssistantCancelledError: The thread was cancelled meanwhile.
            ValueError: A message cannot be understood, or headers come from an async function.
            TypeError: `threadId` is given.
        """
        given = Given(
            messages, commands, system, tools, unstable_assistantMessageId, runConfig, state
        )
        body = chat_body(self.thread_id, given, others, stacklevel=2)
        client = self._client.blocking
        abort = self._client.running.begun(self.thread_id)
        return client.perform(chat_call(client, body), abort=abort)

    def stream(  # noqa: PLR0913 - the documented signature
        self,
        messages: Sequence[Message] | None = None,
        commands: Commands | None = None,
        system: str | None = None,
        tools: Mapping[str, Tool] | None = None,
        unstable_assistantMessageId: str | None = None,  # noqa: N803 - as on the wire
        runConfig: Mapping[str, Any] | None = None,  # noqa: N803 - as on the wire
        state: Any = None,
        *,
        protocol: ProtocolName | None = None,
        **others: Any,
    ) -> AsyncItems[Event]:
        """Ask for an answer and give its events as they come: `async for event in ...`.

        See the class for the arguments; `protocol` says what the server speaks, which by default
        is seen from its answer. Leaving the loop closes the connection.

        Raises:
            AssistantError: Into the loop: see `errors`.
            ValueError: A message cannot be understood; there is no such protocol.
            TypeError: `threadId` is given.
        """
        given = Given(
            messages, commands, system, tools, unstable_assistantMessageId, runConfig, state
        )
        body = chat_body(self.thread_id, given, others, stacklevel=2)
        _check(protocol)
        client = self._client.awaited
        abort = self._client.running.begun(self.thread_id)
        return client.iterate(chat_events(client, body, protocol), abort=abort)

    def stream_sync(  # noqa: PLR0913 - the documented signature
        self,
        messages: Sequence[Message] | None = None,
        commands: Commands | None = None,
        system: str | None = None,
        tools: Mapping[str, Tool] | None = None,
        unstable_assistantMessageId: str | None = None,  # noqa: N803 - as on the wire
        runConfig: Mapping[str, Any] | None = None,  # noqa: N803 - as on the wire
        state: Any = None,
        *,
        protocol: ProtocolName | None = None,
        **others: Any,
    ) -> SyncItems[Event]:
        """Ask for an answer and give its events as they come: `for event in ...`.

        See the class for the arguments; `protocol` says what the server speaks, which by default
        is seen from its answer. Leaving the loop closes the connection.

        Raises:
            AssistantError: Into the loop: see `errors`.
            ValueError: A message cannot be understood; there is no such protocol; headers come
                from an async function.
            TypeError: `threadId` is given.
        """
        given = Given(
            messages, commands, system, tools, unstable_assistantMessageId, runConfig, state
        )
        body = chat_body(self.thread_id, given, others, stacklevel=2)
        _check(protocol)
        client = self._client.blocking
        abort = self._client.running.begun(self.thread_id)
        return client.iterate(chat_events(client, body, protocol), abort=abort)

    async def cancel(self) -> AssistantResponse:
        """End what runs in the thread: the calls of this client at once, then at the server.

        Tasks that await `chat` are cancelled; `stream`, `stream_sync` and `chat_sync` raise
        `AssistantCancelledError`. The server is told even if nothing runs here.

        Raises:
            AssistantError: The server refused or cannot be reached.
        """
        client = self._client.awaited
        self._client.running.end(self.thread_id)
        return await client.perform(cancel_call(client, self.thread_id))

    def cancel_sync(self) -> AssistantResponse:
        """End what runs in the thread; see `cancel`.

        Raises:
            AssistantError: The server refused or cannot be reached.
        """
        client = self._client.blocking
        self._client.running.end(self.thread_id)
        return client.perform(cancel_call(client, self.thread_id))

    def __repr__(self) -> str:
        return f"ThreadClient({self.thread_id!r})"


def _check(protocol: ProtocolName | None) -> None:
    if protocol is not None:
        decoder_of(protocol)
