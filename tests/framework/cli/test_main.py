"""The entry point: start-up, global options, exit codes, errors."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from jackfield.cli.app import COMMANDS, root
from jackfield.cli.failure import EXIT_CODES
from jackfield.cli.main import VERSION, main

ROOT = Path(__file__).parents[3]


def modules_of(*arguments):
    """Return the modules that the command line imports for these arguments."""
    code = (
        "import sys\nfrom jackfield.cli.main import main\n"
        f"code = main({list(arguments)!r})\n"
        "print('\\nMODULES', *sys.modules)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=30, check=True
    )
    return set(done.stdout.rpartition("MODULES")[2].split())


def test_version_is_the_one_of_the_distribution():
    project = tomllib.loads((ROOT / "framework/pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version_is_printed_and_imports_nothing_of_weight(option):
    modules = modules_of(option)
    assert not modules & {"click", "rich", "pydantic", "asyncio", "importlib_metadata", "logging"}


def test_version_prints_one_line(jackfield):
    done = jackfield("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"jackfield {VERSION}\n", "")


def test_version_works_among_other_options_too(jackfield):
    assert jackfield("--debug", "--version").stdout == f"jackfield {VERSION}\n"


def test_no_arguments_show_the_help(jackfield):
    done = jackfield()
    assert done.returncode == 0
    assert done.stdout == jackfield("--help").stdout


def test_help_teaches_commands_examples_and_exit_codes(jackfield):
    text = jackfield("--help").stdout
    for name, lazy in COMMANDS.items():
        assert f"  {name}" in text
        assert lazy.summary in text
    assert "Examples:\n" in text
    for code in EXIT_CODES:
        assert f"\n  {code:>5}  " in text


def test_help_imports_no_command():
    modules = modules_of("--help")
    assert not {lazy.place.partition(":")[0] for lazy in COMMANDS.values()} & modules
    assert not modules & {"rich", "pydantic", "jackfield.kernel.kernel", "jackfield.agent.agent"}


def test_completion_offers_names_with_summaries_and_imports_none():
    code = (
        "import sys\nfrom jackfield.cli.main import main\n"
        "try:\n    main([])\nfinally:\n    print('MODULES', *sys.modules)"
    )
    environ = {
        "_JACKFIELD_COMPLETE": "zsh_complete",
        "COMP_WORDS": "jackfield p",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environ},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )
    offered, _, modules = done.stdout.partition("MODULES")
    assert offered == "plain\nplugins\nSee what is plugged in and whether it works.\n"
    assert "jackfield.cli.plugins" not in modules.split()


def test_unknown_command_names_the_nearest_ones(jackfield):
    done = jackfield("plugin")
    assert done.returncode == 2
    assert done.stderr.startswith("error: There is no command 'plugin'. Did you mean plugins")
    assert done.stdout == ""


def test_unknown_option_is_a_usage_error(jackfield):
    done = jackfield("plugins", "list", "--nonsense")
    assert done.returncode == 2
    assert "error: No such option" in done.stderr
    assert "see `jackfield plugins list --help`" in done.stderr


def test_global_options_are_taken_behind_the_command_too(jackfield, home):
    (home / "other.toml").write_text("[agents.support]\nmax_turns = 3\n", encoding="utf-8")
    before = jackfield("--config", "other.toml", "config", "show")
    behind = jackfield("config", "show", "--config", "other.toml")
    assert before.stdout == behind.stdout
    assert "[agents.support]\nmax_turns = 3" in behind.stdout


def test_directory_option_moves_the_search_for_configuration(jackfield, home):
    (home / "project").mkdir()
    (home / "project/jackfield.toml").write_text("[agents.inner]\n", encoding="utf-8")
    assert "inner" in jackfield("-C", "project", "config", "show").stdout
    assert "inner" not in jackfield("config", "show").stdout


def test_set_overrides_one_value_and_reads_it_as_toml(jackfield):
    done = jackfield(
        "config", "show", "--set", "agents.a.max_turns=7", "--set", "agents.a.model=x:y z"
    )
    assert "max_turns = 7\n" in done.stdout
    assert 'model = "x:y z"\n' in done.stdout


def test_set_without_equals_sign_is_a_usage_error(jackfield):
    done = jackfield("config", "show", "--set", "agents.a.max_turns")
    assert done.returncode == 2
    assert "not of the form key=value" in done.stderr


def test_unexpected_exception_is_one_line_and_names_debug(jackfield, installed_plugin):
    installed_plugin("jackfield-odd", code=BOOM, entry_points={"command": ["boom"]})
    done = jackfield("boom")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: ZeroDivisionError: all gone",
        "hint: run again with --debug for the traceback",
    ]


@pytest.mark.parametrize("how", ["option", "variable"])
def test_debug_shows_the_traceback(jackfield, installed_plugin, how):
    installed_plugin("jackfield-odd", code=BOOM, entry_points={"command": ["boom"]})
    if how == "option":
        done = jackfield("--debug", "boom")
    else:
        done = jackfield("boom", JACKFIELD_DEBUG="1")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "error: ZeroDivisionError: all gone" in done.stderr


def test_reader_that_goes_away_is_no_error_message():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "jackfield", "plugins", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("run default <&-", 2, "error: The prompt is empty.\n"),
        ("chat <&-", 2, "error: The prompt is empty.\n"),
        ("plugins list >&-", 0, ""),
        ("--version >&-", 0, ""),
    ],
)
def test_closed_stream_is_an_empty_one(home, command, code, said):
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m jackfield {command}', sys.executable],
        cwd=home,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, said)


def test_main_returns_the_exit_code(capsys):
    assert main(["no-such-command"]) == 2
    assert main(["plugins"]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_summaries_of_the_table_are_those_of_the_commands():
    for name, lazy in COMMANDS.items():
        command = lazy.load()
        assert command.name == name
        assert command.get_short_help_str(200).rstrip(".") == lazy.summary.rstrip(".")


def test_every_command_has_examples():
    def walk(group, path):
        for name in group.list_commands(None):
            command = group.get_command(None, name)
            assert "Example" in (command.epilog or ""), f"{path} {name}"
            if hasattr(command, "list_commands"):
                walk(command, f"{path} {name}")

    for name, lazy in COMMANDS.items():
        command = lazy.load()
        assert "Example" in command.epilog, name
        if hasattr(command, "list_commands"):
            walk(command, name)
    assert "Examples:" in root.epilog


BOOM = """\
import click
from jackfield import hookimpl

@hookimpl
def register_commands(cli):
    @cli.command()
    def boom():
        raise ZeroDivisionError("all gone")
"""
