"""Serves agents to front ends of assistant-ui, with a page of its own."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import click

from jackfield import Kernel, hookimpl
from jackfield_assistant_ui.serve.settings import ServeSettings, is_loopback

_EPILOG = """\
\b
Examples:
  jackfield serve                            the page and the API at http://127.0.0.1:8000
  jackfield serve --port 9000 -a support     one agent only
  jackfield serve --host 0.0.0.0 --auth key  for others; they need the token of [auth.key]

\b
Settings stand in [commands.serve] of jackfield.toml; `jackfield plugins info serve` lists them.
Ctrl-C stops: answers that are being given may end first.
"""
_log = logging.getLogger(__name__)


@hookimpl
def describe_settings(kind: str) -> type[ServeSettings] | None:
    """Describe `[commands.serve]`."""
    return ServeSettings if kind == "command" else None


@hookimpl
def register_commands(cli: click.Group, kernel: Any) -> None:
    """Serve the agents to front ends of assistant-ui, with a page of its own."""

    @cli.command("serve", epilog=_EPILOG)
    @click.option("--host", help="Address to listen on; others than this machine's need tokens.")
    @click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
    @click.option("-a", "--agent", "agents", multiple=True, help="Offer this agent; repeatable.")
    @click.option("--auth", help="Auth whose secret is the token that requests must have.")
    @click.option("--database", help='File of the threads; "" keeps them in memory.')
    def serve(**options: Any) -> None:
        """Serve the configured agents: a page, and the protocols of assistant-ui."""
        given = {name: value for name, value in options.items() if value not in (None, ())}
        configured: ServeSettings = kernel.command_settings("serve")
        settings = configured.model_copy(
            update={
                name: list(value) if name == "agents" else value for name, value in given.items()
            }
        )
        check(settings)
        asyncio.run(serve_forever(kernel, settings))


def check(settings: ServeSettings) -> None:
    """Refuse to be open to everybody.

    Raises:
        SettingsError: Other machines can reach the server, and no token is needed.
    """
    if settings.needs_token or is_loopback(settings.host):
        return
    from jackfield.errors import SettingsError  # noqa: PLC0415 - rare

    raise SettingsError(
        f"At {settings.host} others can reach the server, so it needs tokens.",
        key="commands.serve.auth",
        hint='Name an auth that has the token: auth = "my-token" in [commands.serve], or --auth.',
    )


async def serve_forever(kernel: Kernel, settings: ServeSettings) -> None:
    """Serve until a signal comes, then close the kernel."""
    # starlette and uvicorn take 100 ms: `--help` needs neither.
    from jackfield_assistant_ui.serve.app import open_application  # noqa: PLC0415
    from jackfield_assistant_ui.serve.page import Page  # noqa: PLC0415
    from jackfield_assistant_ui.serve.server import Server  # noqa: PLC0415
    from jackfield_assistant_ui.serve.store import ThreadStore  # noqa: PLC0415

    page = Page()
    try:
        store = ThreadStore(database_path(settings))
        application = await open_application(kernel, settings, store, page)
        server = Server(application, settings, on_start=lambda url: _announce(url, page.is_built))
        await server.serve()
    finally:
        await kernel.aclose()


def database_path(settings: ServeSettings) -> Path | None:
    """Return where the threads are kept; None for memory."""
    if settings.database is not None:
        return Path(settings.database).expanduser() if settings.database else None
    from platformdirs import user_data_path  # noqa: PLC0415 - only the server keeps data

    return user_data_path("jackfield", appauthor=False) / "threads.sqlite3"


def _announce(url: str, is_built: bool) -> None:  # noqa: FBT001 - private
    what = "The page is at" if is_built else "The API is at"
    click.echo(f"{what} {url}  (Ctrl-C stops)", err=True)
