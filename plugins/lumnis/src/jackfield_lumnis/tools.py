"""Tool set `lumnis`: hand a task to the agents of the Lumnis service and wait for the result."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any
from uuid import uuid4

from jackfield import AgentTool, AgentToolResult, Host, TextContent, ToolError, hookimpl
from jackfield.errors import ConfigError
from jackfield_lumnis.answers import result_text, update_line
from jackfield_lumnis.connection import Connection
from jackfield_lumnis.delegation import delegated
from jackfield_lumnis.exceptions import LumnisAIError
from jackfield_lumnis.invoke.run import Task
from jackfield_lumnis.models.response import CreatedResponse, ProgressUpdate, ResponseObject
from jackfield_lumnis.problems import failure_of, told
from jackfield_lumnis.settings import LumnisSettings

jackfield_api = "0.1"
jackfield_touches = {
    # The key where no auth is named, and the service where no `base_url` is.
    "env": ["LUMNISAI_API_KEY", "LUMNISAI_BASE_URL"],
    "hosts": ["{base_url}"],  # in braces: what a setting says
}

_PARAMETERS = {
    "type": "object",
    "properties": {
        "task": {
            "type": "string",
            "minLength": 1,
            "description": "What is to be done, with all that must be known for it: the agents "
            "see nothing of this conversation.",
        },
        "thread_id": {
            "type": "string",
            "minLength": 1,
            "description": "To go on with an earlier task: the thread_id that its result names.",
        },
    },
    "required": ["task"],
    "additionalProperties": False,
}


class Delegate:
    """What is behind the tool `delegate`.

    Args:
        settings: How runs are made.
        connection: To the service.
    """

    def __init__(self, settings: LumnisSettings, connection: Connection) -> None:
        self._settings = settings
        self._connection = connection

    async def run(
        self,
        tool_call_id: str,  # noqa: ARG002 - the tools' signature
        args: dict[str, Any],
        signal: object,  # noqa: ARG002 - the call is cancelled, too
        on_update: Callable[[AgentToolResult], None],
    ) -> AgentToolResult:
        """Have the task done; progress is told as it comes.

        Raises:
            ToolError: The service did not do it; the text says why.
        """
        try:
            update = await self._last_update(args, on_update)
        except (LumnisAIError, ConfigError) as error:
            raise ToolError(str(told(error, "lumnis"))) from error
        return _result(update.response)

    async def _last_update(
        self, args: dict[str, Any], on_update: Callable[[AgentToolResult], None]
    ) -> ProgressUpdate:
        client = self._connection.client()
        update: ProgressUpdate | None = None
        updates = delegated(
            client,
            client.run(self._task(args)),
            cancel_timeout_s=self._settings.cancel_timeout_s,
            on_begun=_nothing,
        )
        async with aclosing(updates):
            async for update in updates:
                on_update(AgentToolResult(content=[TextContent(text=update_line(update))]))
        if update is None:
            raise ToolError("The Lumnis run ended without saying how.")
        return update

    def _task(self, args: dict[str, Any]) -> Task:
        settings = self._settings
        asked = {"model_overrides": settings.model_overrides, "agent_config": settings.agent_config}
        return Task(
            messages=args["task"],
            user_id=self._connection.user_of(),
            thread_id=args.get("thread_id"),
            idempotency_key=str(uuid4()),
            polling=self._connection.polling,
            options={name: value for name, value in asked.items() if value},
        )


@hookimpl
def open_tools(name: str, settings: LumnisSettings, kernel: Host) -> list[AgentTool]:
    """Offer the tools of this set; nothing is sent before one is called."""
    connection = Connection.open(f"tools.{name}", settings, kernel)
    return [
        AgentTool(
            name="delegate",
            label="Delegate to Lumnis",
            description="Hand a task to a team of agents that can plan, research and write by "
            "themselves, and wait for what they found out. For work of many steps; it takes "
            "minutes.",
            parameters=_PARAMETERS,
            execute=Delegate(settings, connection).run,
        )
    ]


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the tool set."""
    return LumnisSettings


def _result(response: ResponseObject) -> AgentToolResult:
    if response.status != "succeeded":
        raise ToolError(str(failure_of(response, "lumnis")))
    content = [TextContent(text=result_text(response))]
    if response.thread_id is not None:
        content.append(TextContent(text=f"[thread_id: {response.thread_id}]"))
    ids = {"response_id": response.response_id, "thread_id": response.thread_id}
    return AgentToolResult(content=content, details=ids)


def _nothing(created: CreatedResponse) -> None:
    del created  # the last update has the ids, too
