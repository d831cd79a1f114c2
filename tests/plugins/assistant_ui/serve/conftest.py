"""A real server on 127.0.0.1, in the loop of the test."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module

import pytest
from support.assistant_calls import Caller

from jackfield_assistant_ui.serve.app import open_application
from jackfield_assistant_ui.serve.command import check
from jackfield_assistant_ui.serve.page import Page
from jackfield_assistant_ui.serve.server import Server
from jackfield_assistant_ui.serve.settings import ServeSettings
from jackfield_assistant_ui.serve.store import ThreadStore

TOOLS = '''
from jackfield import AgentToolResult, TextContent, hookimpl, tool

ran = []

@tool
def burn(what: str) -> str:
    """Burn something."""
    ran.append(what)
    return f"burnt {what}"

@tool
def clock(tz: str) -> dict:
    """Tell the time."""
    return {"now": "12:00", "tz": tz}

@tool
def odd() -> AgentToolResult:
    """Give what JSON cannot hold."""
    content = [TextContent(text="odd")]
    return AgentToolResult(content=content, details={"value": float("nan")})

@tool
def shown() -> AgentToolResult:
    """Give something for the page."""
    return AgentToolResult(content=[TextContent(text="see")], details={"chart": [1, 2]})

@tool
def fails() -> str:
    """Fail."""
    raise ValueError("out of matches")

@hookimpl
def open_tools():
    return [burn, clock, odd, shown, fails]
'''


@pytest.fixture
def toolset(installed_plugin):
    """Install the tool set `fire`; its module knows what ran."""
    plugin = installed_plugin("jackfield-fire", code=TOOLS, entry_points={"tools": ["fire"]})
    return import_module(plugin.module)


class Running:
    """A server that runs, and what a test wants to see of it."""

    def __init__(self, application, server, store):
        self.application, self.server, self.store = application, server, store
        self.hub = application.hub
        self.url = server.url
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        self.call = Caller(host, port)

    def runs(self):
        """Return the runs that are under way."""
        return [live.run for live in self.hub._runs.values()]

    async def idle(self):
        """Wait until no run is under way."""
        await self.hub.idle()


@pytest.fixture
async def serve(kernel, scripted, toolset):
    """Give a function that starts a server; it is stopped after the test."""
    async with AsyncExitStack() as stack:

        async def start(
            *, page=None, path=None, tokens=None, tools=("fire",), config=None, **settings
        ):
            wanted = ServeSettings(port=0, database="", **settings)
            check(wanted)
            auth = {
                f"token-{user}": {"use": "static", "value": token}
                for user, token in (tokens or {}).items()
            }
            if tokens:
                wanted.users = {user: f"token-{user}" for user in tokens}
            data = {"agents": {"default": {"tools": list(tools)}}, "auth": auth, **(config or {})}
            store = ThreadStore(path)
            application = await open_application(
                kernel(data), wanted, store, Page(page) if page else Page()
            )
            return await stack.enter_async_context(running(application, wanted, store))

        yield start


@asynccontextmanager
async def running(application, settings, store):
    started = asyncio.get_running_loop().create_future()
    server = Server(application, settings, on_start=started.set_result)
    serving = asyncio.create_task(server.serve())
    await asyncio.wait({started, serving}, return_when=asyncio.FIRST_COMPLETED)
    made = Running(application, server, store)
    try:
        yield made
    finally:
        server.stop()
        made.hub.cancel_all()
        for transport in [connection.transport for connection in server.server_state.connections]:
            transport.abort()
        await serving
