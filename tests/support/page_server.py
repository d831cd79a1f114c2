"""A server of agents with its page and the bare pages of the runtimes, in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from playwright.sync_api import Locator, Page
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from jackfield import Kernel
from jackfield.testing import ScriptedProvider
from jackfield_assistant_ui.serve.app import Application, open_application
from jackfield_assistant_ui.serve.settings import ServeSettings
from jackfield_assistant_ui.serve.store import ThreadStore

ROOT = Path(__file__).parents[2]
AXE = ROOT / "plugins/assistant-ui/web/node_modules/axe-core/axe.min.js"
BARE_PAGES = ROOT / "tests/e2e/pages/dist"
PATIENCE_S = 10.0

PLUGIN = '''"""Provider `scripted` and tool set `shop` of one test."""
from jackfield import hookimpl, tool

provider = None
bought = []


@hookimpl
def open_provider():
    return provider


@tool
def shop_look(what: str) -> str:
    """Look how much there is of something."""
    return f"3 of {what}"


@tool
def shop_buy(what: str) -> str:
    """Buy something."""
    bought.append(what)
    return "bought"


@hookimpl
def open_tools():
    return [shop_look, shop_buy]
'''


class ServerMaker(Protocol):
    """Starts a server, in place of the one that ran before."""

    def __call__(self, *, token: str = "", **settings: Any) -> "PageServer":
        """Start it; `{other}` in an origin stands for the other address of the server."""


class PageServer:
    """The server.

    Attributes:
        url: Its address.
        other: A second address: for a browser, another origin.
        bought: What the tool `shop_buy` was called with.
    """

    def __init__(self, sockets: list[socket.socket], bought: MutableSequence[str]) -> None:
        self.url, self.other = (f"http://127.0.0.1:{each.getsockname()[1]}" for each in sockets)
        self.bought = bought
        self._sockets = sockets
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._application: Application | None = None
        self._server: uvicorn.Server | None = None
        self._failure: BaseException | None = None

    def start(self, config: dict[str, Any], settings: ServeSettings) -> None:
        """Begin to serve."""

        def run() -> None:
            try:
                asyncio.run(self._serve(config, settings))
            except BaseException as error:  # noqa: BLE001 - raised where it was started
                self._failure = error
            finally:
                self._ready.set()

        self._thread = threading.Thread(target=run, name="page server")
        self._thread.start()
        self._ready.wait(PATIENCE_S)
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End it."""
        if self._server is not None:
            self._server.should_exit = True
            self._server.force_exit = True
        if self._thread is not None:
            self._thread.join(PATIENCE_S)
        for each in self._sockets:
            each.close()
        if self._failure is not None:
            raise self._failure

    def wait_until_idle(self) -> None:
        """Wait until every run has ended."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._idle(), self._loop).result(PATIENCE_S)

    async def _idle(self) -> None:
        assert self._application is not None
        hub = self._application.hub
        for live in list(hub._runs.values()):
            await live.run.finished.wait()

    async def _serve(self, config: dict[str, Any], settings: ServeSettings) -> None:
        self._loop = asyncio.get_running_loop()
        async with Kernel.from_config(config) as kernel:
            application = await open_application(kernel, settings, ThreadStore())
            self._application = application
            app = _with_bare_pages(application.asgi)
            self._server = uvicorn.Server(
                uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
            )
            serving = asyncio.create_task(self._server.serve(self._sockets))
            while not self._server.started and not serving.done():  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
            self._ready.set()
            await serving
            await application.aclose()


def _with_bare_pages(app: ASGIApp) -> ASGIApp:
    files = StaticFiles(directory=BARE_PAGES)

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/pages/"):
            await app(scope, receive, send)
            return
        inner = dict(scope, path=scope["path"].removeprefix("/pages"), root_path="")
        await files(inner, receive, send)

    return choose


@contextmanager
def page_server(installed_plugin: Any, scripted: ScriptedProvider) -> Iterator[ServerMaker]:
    """Give a function that starts servers, one at a time; the last one is stopped at the end."""
    plugin = installed_plugin(
        "jackfield-scripted-here",
        code=PLUGIN,
        entry_points={"provider": ["scripted"], "tools": ["shop"]},
    )
    module = import_module(plugin.module)
    module.provider = scripted  # type: ignore[attr-defined]  # its variable
    running: list[PageServer] = []

    def make(*, token: str = "", **settings: Any) -> PageServer:
        while running:
            running.pop().stop()
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        server = PageServer(sockets, module.bought)
        running.append(server)
        config: dict[str, Any] = {
            "agents": {
                "default": {"model": "scripted:test", "tools": ["shop"]},
                "clerk": {"model": "scripted:test", "system_prompt": "You are the clerk."},
            }
        }
        if token:
            config["auth"] = {"door": {"use": "static", "value": token}}
            settings["auth"] = "door"
        settings["cors_origins"] = [
            origin.format(other=server.other) for origin in settings.get("cors_origins", ())
        ]
        settings.setdefault("approve", ["shop.shop_buy"])
        server.start(config, ServeSettings(**settings))
        return server

    yield make
    while running:
        running.pop().stop()


def ask(page: Page, text: str) -> None:
    """Write a message and send it."""
    page.get_by_role("textbox", name="Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").last.click()


def last_answer(page: Page) -> Locator:
    """Return the last answer that is shown."""
    return page.get_by_role("article", name="Assistant").last
