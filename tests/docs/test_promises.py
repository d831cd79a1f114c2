"""What users can rely on is documented: hooks, errors, settings, keys, commands, names."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import click
import pytest

import jackfield
from jackfield import errors, events
from jackfield.cli.app import root
from jackfield.cli.failure import EXIT_CODES
from jackfield.config.keys import AGENT_KEYS, PLUGINS_KEYS
from jackfield.plugins import hookspecs
from jackfield.plugins.index import PluginIndex
from jackfield.plugins.kinds import KINDS

DOCS = Path(__file__).parents[2] / "docs"
GLOBAL = {"--config", "--set", "--debug", "--help"}


def page(name: str) -> str:
    return (DOCS / f"reference/{name}.md").read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    assert found, f"no heading {heading!r}"
    return found[1]


def first_column(table: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", table, re.M)


def hooks() -> list[str]:
    return [
        f"{name}({', '.join(inspect.signature(hook).parameters)})"
        for name, hook in vars(hookspecs).items()
        if hasattr(hook, "jackfield_spec")
    ]


@pytest.mark.parametrize("hook", hooks())
def test_each_hook_has_a_heading_with_its_signature(hook):
    assert section(page("hooks"), f"`{hook}`").strip()


def test_no_hook_is_documented_that_does_not_exist():
    assert sorted(re.findall(r"^### `(.*)`$", page("hooks"), re.M)) == sorted(hooks())


def test_each_group_of_entry_points_is_documented():
    assert {f"`{kind.group}`" for kind in KINDS.values()} <= set(
        re.findall(r"`jackfield\.\w+`", page("hooks"))
    )


def public_errors() -> list[type[errors.JackfieldError]]:
    return [
        found
        for found in vars(errors).values()
        if inspect.isclass(found) and issubclass(found, errors.JackfieldError)
    ]


@pytest.mark.parametrize("error", public_errors(), ids=lambda error: error.__name__)
def test_each_error_is_documented_with_code_and_attributes(error):
    row = re.search(rf"^\|.*\.{error.__name__}` \| (\d+) \|.*\| (.*) \|$", page("errors"), re.M)
    assert row, "no row in the table"
    assert int(row[1]) == error.exit_code
    own = re.search(r"Attributes:\n(.*)", inspect.getdoc(error) or "", re.S)
    names = re.findall(r"^    (\w+):", own[1], re.M) if own else []
    assert set(names) <= set(re.findall(r"`(\w+)`", row[2]))


def test_the_drawn_tree_of_errors_is_that_of_the_module():
    drawn = re.search(r"^    JackfieldError\n.*?(?=\n\n|\Z)", errors.__doc__ or "", re.M | re.S)
    assert drawn
    tree = inspect.cleandoc(drawn[0])
    assert tree in page("errors")


def test_each_exit_code_is_documented():
    table = section(page("errors"), "Exit codes of the command line")
    assert re.findall(r"^\| (\d+) \| (.*) \|$", table, re.M) == [
        (str(code), meaning) for code, meaning in EXIT_CODES.items()
    ]


@pytest.mark.parametrize(
    "event",
    [*get_args(events.AgentEvent), *get_args(events.AssistantMessageEvent)],
    ids=lambda event: event.type,
)
def test_each_event_is_documented_with_its_fields(event):
    [row] = re.findall(rf"^\| `{event.type}` \| (.*?) \|", page("events"), re.M)
    assert re.findall(r"`(\w+)`", row) == [field.name for field in fields(event)]


def test_the_keys_of_the_configuration_are_documented():
    text = page("configuration")
    assert first_column(section(text, "`[agents.<name>]`")) == list(AGENT_KEYS)
    assert first_column(section(text, "`[plugins]`")) == list(PLUGINS_KEYS)


def built_in() -> list[tuple[str, str, str]]:
    entries = PluginIndex.scan().entries()
    return [(e.kind, e.name, e.value) for e in entries if e.distribution == "jackfield"]


@pytest.mark.parametrize(("kind", "name", "module"), built_in())
def test_each_setting_of_a_built_in_is_documented(kind, name, module):
    from importlib import import_module

    text = page("configuration")
    documented = first_column(section(text, f"`{kind} {name}`"))
    if kind == "auth":
        documented += first_column(section(text, "Built-in auth"))
    describe = getattr(import_module(module), "describe_settings", None)
    settings = describe().model_fields if describe else {}
    assert sorted(documented) == sorted(settings)
    assert all(setting.description for setting in settings.values())


@pytest.mark.parametrize("name", sorted(jackfield.__all__))
def test_each_name_of_the_face_is_in_the_reference(name):
    assert re.search(rf"\.{name}`|`{name}`", page("api"))


def test_the_reference_names_nothing_that_the_face_lacks():
    table = page("api").split("\n## ")[0]
    assert set(re.findall(r"~[\w.]+\.(\w+)`", table)) <= set(jackfield.__all__)


def commands(group: click.Group, path: str = "jackfield") -> Iterator[tuple[str, click.Command]]:
    """Yield our own commands; those of plugins document themselves."""
    context = click.Context(group)
    for name in getattr(group, "lazy", None) or group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def test_each_command_and_option_is_documented():
    text = page("cli")
    missing = []
    for path, command in commands(root):
        told = section(text, f"`{path}`") + (
            section(text, f"`{path}`") if isinstance(command, click.Group) else ""
        )
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                missing += [
                    f"{path} {option}"
                    for option in parameter.opts
                    if option not in GLOBAL and f"`{option}" not in told
                ]
    assert missing == []


def test_options_of_every_command_are_documented():
    told = section(page("cli"), "Options of every command")
    options = {option for parameter in root.params for option in parameter.opts}
    assert [option for option in options - {"--help", "-h"} if f"`{option}" not in told] == []
