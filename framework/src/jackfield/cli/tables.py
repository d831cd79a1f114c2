"""Tables: drawn by rich for people, aligned text for pipes."""

import sys
from collections.abc import Sequence

import click

from jackfield.cli.style import harmless, shows_styles


def show_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to stdout; nothing is cut where nobody's screen sets a width."""
    clean = [[harmless(cell).replace("\n", " ") for cell in row] for row in rows]
    if shows_styles(sys.stdout):
        _draw(headers, clean)
    else:
        for line in aligned([[header.upper() for header in headers], *clean]):
            click.echo(line)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines with aligned columns, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _draw(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where it draws on a terminal
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)
