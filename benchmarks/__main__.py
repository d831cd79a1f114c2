"""Run the benchmarks: `python -m benchmarks [--short] [--strict]`."""

import argparse
import platform
import sys
from collections.abc import Sequence

from benchmarks import aborts, growth, http_path, serve, startup, token_path, tool_loop

PARTS = {
    "Start-up": startup,
    "Token path inside the kernel": token_path,
    "Tool loop and memory": tool_loop,
    "Growth with the data": growth,
    "Over HTTP, from the socket to the caller": http_path,
    "Aborts": aborts,
    "A server with 200 pages": serve,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one table for each part; with `--strict`, exit 1 when a budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--short", action="store_true", help="few rounds: does it run at all?")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a budget is exceeded")
    options = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}, CPU time, medians")
    within = True
    for title, part in PARTS.items():
        print(f"\n## {title}\n\n| what | measured | budget | |\n|---|---:|---:|---|")
        for row in part.rows(rounds=3 if options.short else 15):
            print(row, flush=True)
            within = within and row.within
    return 0 if within or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
