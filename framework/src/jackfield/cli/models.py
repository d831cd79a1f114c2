"""`jackfield models`: which models there are."""

import click

from jackfield.cli.call import call_of, global_options

_EPILOG = """\
\b
Examples:
  jackfield models                       all providers that can be opened
  jackfield models openrouter            one provider
  jackfield models local --json
"""


@click.command("models", epilog=_EPILOG)
@click.argument("provider", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@global_options
@click.pass_context
def command(context: click.Context, provider: str | None, *, as_json: bool) -> int:
    """List the models that providers offer.

    Without PROVIDER, all that are installed or configured are asked; one that cannot answer is
    one line on stderr.
    """
    from jackfield.cli.model_listing import list_models  # noqa: PLC0415 - help needs no kernel

    return list_models(call_of(context), provider, as_json=as_json)
