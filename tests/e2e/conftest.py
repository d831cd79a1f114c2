"""A browser, and a server with a page for it. `tox run -e web` sets everything up."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from support.page_server import PageServer, ServerMaker, page_server

from jackfield.testing import ScriptedProvider

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 10_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        path = os.environ.get("JACKFIELD_TEST_CHROMIUM") or shutil.which("chromium")
        opened = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield opened
        opened.close()


class Watch:
    """What pages did that they must not do."""

    def __init__(self, context: BrowserContext) -> None:
        self.origins: set[str] = set()
        self.errors: list[str] = []
        self.requests: list[str] = []
        context.on("page", self._page)
        context.on("request", lambda request: self.requests.append(request.url))

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._console(message.type, message.text))

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.errors.append(text)

    def foreign(self, *own: str) -> list[str]:
        """Addresses that were asked for elsewhere."""
        return [url for url in self.requests if not url.startswith((*own, "data:", "blob:"))]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a page in a window of its own; at the end it must be innocent."""
    opened: list[tuple[BrowserContext, Watch, PageServer]] = []

    def make(server: PageServer, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(**({"base_url": server.url} | options))
        context.set_default_timeout(PATIENCE_MS)
        opened.append((context, Watch(context), server))
        page = context.new_page()
        page.goto(path)
        return page

    yield make
    for context, watch, server in opened:
        context.close()
        assert watch.errors == []
        assert watch.foreign(server.url, server.other) == []


@pytest.fixture
def serve(installed_plugin: Any, scripted: ScriptedProvider) -> Iterator[ServerMaker]:
    """Give a function that starts a server whose agents use the provider `scripted`."""
    with page_server(installed_plugin, scripted) as make:
        yield make


@pytest.fixture
def server(serve: ServerMaker) -> PageServer:
    """Start a server with everything as it is by default."""
    return serve()


@pytest.fixture
def page(new_page: Callable[..., Page], server: PageServer) -> Page:
    """Open the page of `jackfield serve`, and wait until one can write."""
    opened = new_page(server)
    opened.get_by_role("textbox", name="Message", exact=True).wait_for()
    return opened
