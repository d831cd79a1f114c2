"""Tool set `infinity`: what the service knows, finds out, and remembers."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from jackfield import AgentTool, AgentToolResult, Host, TextContent, ToolError, hookimpl
from jackfield.errors import ConfigError
from jackfield_infinity.connection import Connection
from jackfield_infinity.exceptions import InfinityAssistantError
from jackfield_infinity.problems import told
from jackfield_infinity.service import KEY_VARIABLE
from jackfield_infinity.settings import InfinityToolSettings
from jackfield_infinity.tool_schemas import RECALL, RESEARCH, SEARCH, STORE
from jackfield_infinity.tool_texts import found_text, recalled_text, research_text

jackfield_api = "0.1"
jackfield_touches = {
    "env": [KEY_VARIABLE],  # the key where no auth is named
    "hosts": ["{base_url}"],  # in braces: what a setting says
}

_Doing: TypeAlias = Callable[[dict[str, Any]], Awaitable[AgentToolResult]]


class InfinityTools:
    """What is behind the tools.

    Args:
        settings: How they work.
        connection: To the service.
    """

    def __init__(self, settings: InfinityToolSettings, connection: Connection) -> None:
        self._settings = settings
        self._connection = connection

    async def search_knowledge(self, args: dict[str, Any]) -> AgentToolResult:
        """Search what the service knows."""
        names = ("type", "domain", "tags")
        filters = {name: args[name] for name in names if args.get(name)}
        limit = min(args.get("limit", self._settings.max_results), self._settings.max_results)
        client = self._connection.client()
        found = await client.search_knowledge(args["query"], limit, filters or None)
        return _result(found_text(found), {**found})

    async def research(self, args: dict[str, Any]) -> AgentToolResult:
        """Have the service look into something."""
        most = self._settings.max_results
        sources = min(args.get("sources", most), most)
        client = self._connection.client()
        found = await client.research(args["query"], args.get("depth"), sources)
        return _result(research_text(found), {**found})

    async def store_memory(self, args: dict[str, Any]) -> AgentToolResult:
        """Store a value."""
        key = args["key"]
        client = self._connection.client()
        found = await client.store_memory(self._key(key), args["value"], args.get("ttl"))
        if not found.get("stored", True):
            raise ToolError(f"The service did not store {key!r}.")
        return _result(f"Stored under {key!r}.", {**found})

    async def retrieve_memory(self, args: dict[str, Any]) -> AgentToolResult:
        """Return a stored value."""
        found = await self._connection.client().retrieve_memory(self._key(args["key"]))
        return _result(recalled_text(args["key"], found), {**found})

    def _key(self, key: str) -> str:
        return f"{self._settings.key_prefix}{key}"


@hookimpl
def open_tools(name: str, settings: InfinityToolSettings, kernel: Host) -> list[AgentTool]:  # noqa: ARG001 - the hook's
    """Offer the tools of this set; nothing is sent before one is called."""
    tools = InfinityTools(settings, Connection.open(settings, kernel))
    return [
        AgentTool(
            name="search_knowledge",
            label="Search knowledge",
            description="Search a library of proven wisdom, patterns and gotchas (known traps). "
            "Quick; for how something is best done, and what to mind.",
            parameters=SEARCH,
            execute=_executing(tools.search_knowledge),
        ),
        AgentTool(
            name="research",
            label="Research",
            description="Look into a subject and return findings with their sources. Slower than "
            "a search of the knowledge; for what must be found out first.",
            parameters=RESEARCH,
            execute=_executing(tools.research),
        ),
        AgentTool(
            name="store_memory",
            label="Store memory",
            description="Remember a value under a key, beyond this conversation. What was stored "
            "under that key is replaced.",
            parameters=STORE,
            execute=_executing(tools.store_memory),
            execution_mode="sequential",  # two at once would leave it to chance which one stays
        ),
        AgentTool(
            name="retrieve_memory",
            label="Retrieve memory",
            description="Return the value that was stored under a key.",
            parameters=RECALL,
            execute=_executing(tools.retrieve_memory),
        ),
    ]


@hookimpl
def describe_settings() -> type[Any]:
    """Return the settings of the tool set."""
    return InfinityToolSettings


def _executing(do: _Doing) -> Callable[..., Awaitable[AgentToolResult]]:
    """Return what a run calls; errors of the client are told to the model."""

    async def execute(
        tool_call_id: str,  # noqa: ARG001 - the tools' signature
        args: dict[str, Any],
        signal: object,  # noqa: ARG001 - the call is cancelled, too
        on_update: object,  # noqa: ARG001 - there is nothing to tell before the end
    ) -> AgentToolResult:
        try:
            return await do(args)
        except (InfinityAssistantError, ConfigError) as error:
            raise ToolError(str(told(error, "infinity"))) from error

    return execute


def _result(text: str, details: dict[str, Any]) -> AgentToolResult:
    return AgentToolResult(content=[TextContent(text=text)], details=details)
