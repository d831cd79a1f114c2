"""Asking providers for their models, and showing what they say."""

import asyncio

import click

from jackfield.cli.agents import opened_kernel
from jackfield.cli.call import Call
from jackfield.cli.failure import exit_code_of, one_line
from jackfield.cli.interrupt import Loop
from jackfield.cli.json_text import pretty
from jackfield.cli.tables import show_table
from jackfield.cli.terminal_view import view_for_process
from jackfield.kernel.kernel import Kernel
from jackfield.models import ModelInfo

Listing = dict[str, list[ModelInfo]]
Failures = dict[str, Exception]


def list_models(call: Call, provider: str | None, *, as_json: bool) -> int:
    """List the models of one provider, or of all; return the exit code.

    Raises:
        JackfieldError: The one provider cannot be opened or asked.
    """
    view = view_for_process()
    with (
        Loop() as loop,
        opened_kernel(call, loop, overrides=call.overrides, progress=view.progress) as kernel,
    ):
        if provider is not None:
            found: Listing = {provider: loop.run(kernel.provider(provider).models())}
            failures: Failures = {}
        else:
            found, failures = loop.run(_ask_all(kernel))
    _show(found, failures, as_json=as_json)
    return max(map(exit_code_of, failures.values()), default=0) if not found else 0


async def _ask_all(kernel: Kernel) -> tuple[Listing, Failures]:
    """Ask all providers at once; one that fails does not hurt the others."""
    found: Listing = {}
    failures: Failures = {}

    async def ask(name: str) -> None:
        try:
            found[name] = await kernel.provider(name).models()
        except Exception as error:  # noqa: BLE001 - a broken plugin is one line
            failures[name] = error

    names = {*kernel.index.names("provider"), *kernel.config.names("provider")}
    await asyncio.gather(*map(ask, sorted(names)))
    return found, failures


def _show(found: Listing, failures: Failures, *, as_json: bool) -> None:
    for name, error in sorted(failures.items()):
        click.echo(f"{name}: {one_line(error)}", err=True)
    if as_json:
        click.echo(pretty({name: [m.to_dict() for m in found[name]] for name in sorted(found)}))
        return
    rows = [_row(name, model) for name in sorted(found) for model in found[name]]
    if rows:
        show_table(("model", "name", "context", "price in/out", "description"), rows)
    elif not failures:
        click.echo("No models. `jackfield plugins list` shows what is installed.", err=True)


def _row(provider: str, model: ModelInfo) -> tuple[str, ...]:
    context = f"{model.context_tokens:,}" if model.context_tokens is not None else ""
    prices = [model.input_price, model.output_price]
    price = "/".join("?" if p is None else f"${p:g}" for p in prices) if any(prices) else ""
    return f"{provider}:{model.id}", model.name, context, price, model.description
