"""`jackfield plugins`: what is plugged in, without plugging it in."""

import json
import re
import subprocess
import sys

import pytest

from jackfield.cli.app import run
from jackfield.cli.main import VERSION
from jackfield.plugins.kinds import PUBLISHED

BOMB = "raise SystemExit('imported')"
MANIFEST = {
    "api": "0.1",
    "capabilities": [
        {
            "kind": "provider",
            "name": "dice",
            "summary": "Models that roll dice.",
            "settings": {
                "type": "object",
                "properties": {
                    "sides": {"type": "integer", "default": 6, "description": "Faces of a die."},
                    "colour": {"type": "string", "description": "Of the die."},
                },
                "required": ["colour"],
            },
            "touches": {"hosts": ["dice.example"], "env": [], "files": [], "subprocesses": []},
        },
        {"kind": "command", "name": "roll", "summary": "Roll a die."},
    ],
}


@pytest.fixture
def dice(installed_plugin):
    return installed_plugin(
        "jackfield-dice",
        code=BOMB,
        version="2.5",
        entry_points={"provider": ["dice"], "command": ["roll"]},
        manifest=MANIFEST,
    )


def test_list_shows_kind_name_distribution_and_version(jackfield, dice):
    done = jackfield("plugins", "list")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["KIND", "NAME", "DISTRIBUTION", "VERSION"]
    assert ["provider", "dice", "jackfield-dice", "2.5"] in rows
    assert rows[1][0] == "provider"  # models first, as people look for them


def test_list_of_one_kind(jackfield, dice):
    lines = jackfield("plugins", "list", "--kind", "command").stdout.splitlines()
    assert ["command", "roll", "jackfield-dice", "2.5"] in [line.split() for line in lines]
    assert all(line.startswith(("KIND", "command")) for line in lines)


@pytest.mark.parametrize(
    "arguments", [["plugins", "list"], ["--help"], ["plugins", "info", "dice"], ["nonsense"]]
)
def test_looking_imports_no_plugin(dice, arguments):
    code = (
        "import sys\nfrom jackfield.cli.main import main\n"
        f"main({arguments!r})\nprint('MODULES', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=30, check=True
    )
    modules = set(done.stdout.rpartition("MODULES")[2].split())
    assert dice.module not in modules
    assert not {name for name in modules if name.startswith("jackfield.builtins.")}
    assert not modules & {"pydantic", "pluggy", "stevedore", "rich"}


def test_conflicts_and_broken_distributions_are_shown(jackfield, dice, installed_plugin):
    installed_plugin("jackfield-other", code=BOMB, entry_points={"provider": ["dice"]})
    installed_plugin("jackfield-torn", entry_points="[jackfield.tools]\nno value here\n")
    done = jackfield("plugins", "list")
    assert done.returncode == 0
    assert "conflict: several offer the provider 'dice': jackfield-dice, jackfield-other" in (
        done.stderr
    )
    assert "broken: jackfield" in done.stderr

    found = json.loads(jackfield("plugins", "list", "--json").stdout)
    assert found["conflicts"] == [
        {"kind": "provider", "name": "dice", "distributions": ["jackfield-dice", "jackfield-other"]}
    ]
    assert len(found["broken"]) == 1


def test_json_list_has_every_entry(jackfield, dice):
    found = json.loads(jackfield("plugins", "list", "--json", "--kind", "provider").stdout)
    assert {
        "kind": "provider",
        "name": "dice",
        "value": "jackfield_dice",
        "distribution": "jackfield-dice",
        "version": "2.5",
    } in found["plugins"]


def test_info_tells_summary_settings_and_touches(jackfield, dice):
    text = jackfield("plugins", "info", "dice").stdout
    for part in (
        "provider dice\n  Models that roll dice.\n",
        "jackfield-dice 2.5",
        "sides            Faces of a die. (default 6)",
        "colour           Of the die. (required)",
        "hosts:        dice.example",
        "env:          none",
    ):
        assert part in text


def test_info_of_a_distribution_shows_all_that_it_offers(jackfield, dice):
    text = jackfield("plugins", "info", "Jackfield_Dice").stdout
    assert "provider dice\n" in text
    assert "command roll\n" in text
    found = json.loads(jackfield("plugins", "info", "jackfield-dice", "--json").stdout)
    assert [entry["summary"] for entry in found] == ["Models that roll dice.", "Roll a die."]


def test_info_without_a_manifest_says_so(jackfield, installed_plugin):
    installed_plugin("jackfield-bare", code=BOMB, entry_points={"tools": ["bare"]})
    assert "manifest  none" in jackfield("plugins", "info", "bare").stdout


def test_info_of_an_unknown_name_gives_the_nearest(jackfield, dice):
    done = jackfield("plugins", "info", "dise")
    assert done.returncode == 3
    assert "Did you mean dice" in done.stderr


def test_command_of_a_plugin_is_listed_with_its_summary(jackfield, dice):
    text = jackfield("--help").stdout
    assert re.search(r"^  roll +Roll a die\. \(jackfield-dice 2\.5\)$", text, re.MULTILINE)


def test_plugin_cannot_replace_a_command_of_ours(jackfield, installed_plugin):
    installed_plugin("jackfield-thief", code=BOMB, entry_points={"command": ["plugins", "steal"]})
    assert jackfield("plugins", "list").returncode == 0
    assert jackfield("--help").stdout.count("  plugins  ") == 1


def test_command_that_could_be_installed_names_the_line(monkeypatch, capsys):
    monkeypatch.setitem(PUBLISHED, ("command", "greet"), "jackfield-greeter")
    assert run(["greet"]) == 3
    assert "pip install jackfield-greeter" in capsys.readouterr().err


def test_command_of_a_plugin_takes_the_global_options_behind_its_name(
    jackfield, installed_plugin, tmp_path
):
    code = """
import click
from jackfield import hookimpl

@hookimpl
def register_commands(cli, kernel):
    @cli.command()
    @click.option("--debug", help="Of its own.")
    def told(debug):
        click.echo(f"{kernel.config.data['agents']['default']['max_turns']} {debug}")
"""
    installed_plugin("jackfield-teller", code=code, entry_points={"command": ["told"]})
    file = tmp_path / "other.toml"
    file.write_text("[agents.default]\nmax_turns = 7\n", encoding="utf-8")
    done = jackfield("told", "--config", str(file), "--debug", "mine")
    assert done.stdout == "7 mine\n"
    assert "--set KEY=VALUE" in jackfield("told", "--help").stdout


def test_plugin_that_registers_another_name_is_told(jackfield, installed_plugin):
    code = "from jackfield import hookimpl\n@hookimpl\ndef register_commands(cli): pass\n"
    installed_plugin("jackfield-shy", code=code, entry_points={"command": ["shy"]})
    done = jackfield("shy")
    assert done.returncode == 3
    assert "registered no command of that name" in done.stderr


def test_kernel_of_a_plugin_command_is_opened_late_and_closed(jackfield, talker, installed_plugin):
    code = """
import asyncio, click
from jackfield import hookimpl

@hookimpl
def register_commands(cli, kernel):
    @cli.command()
    @click.argument("name")
    def ask(name):
        print([model.id for model in asyncio.run(kernel.provider(name).models())])
"""
    installed_plugin("jackfield-ask", code=code, entry_points={"command": ["ask"]})
    done = jackfield("ask", "talker")
    assert (done.returncode, done.stdout) == (0, "['any', 'other']\n")
    broken = jackfield("ask", "--help", JACKFIELD_CONFIG="/nowhere.toml")
    assert broken.returncode == 0


def test_manifest_is_written_and_checked(jackfield, installed_plugin):
    plugin = installed_plugin(
        "jackfield-clockwork",
        code='"""Tools of clockwork."""\nfrom jackfield import hookimpl\n'
        "@hookimpl\ndef open_tools(): return []\n",
        entry_points={"tools": ["clockwork"]},
    )
    stale = jackfield("plugins", "manifest", "jackfield-clockwork", "--check")
    assert stale.returncode == 1
    assert "jackfield plugins manifest jackfield-clockwork" in stale.stderr

    assert jackfield("plugins", "manifest", "jackfield-clockwork").returncode == 0
    manifest = json.loads((plugin.package / "jackfield-plugin.json").read_text(encoding="utf-8"))
    assert manifest["capabilities"][0]["summary"] == "Tools of clockwork."
    assert jackfield("plugins", "manifest", "jackfield-clockwork", "--check").returncode == 0


def test_doctor_is_content_when_all_is_well(jackfield):
    done = jackfield("plugins", "doctor", "clock", "calculator")
    assert done.returncode == 0
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["ok", "tools", "calculator"],
        ["ok", "tools", "clock"],
    ]


def test_doctor_names_distribution_version_cause_and_remedy(jackfield, dice):
    done = jackfield("plugins", "doctor", "dice")
    assert done.returncode == 3
    assert "broken    provider dice (jackfield-dice 2.5)" in done.stdout
    assert "imported" in done.stdout
    assert "which a plugin must not do" in done.stdout
    assert done.stderr == ""


def test_doctor_warns_of_a_plugin_for_another_jackfield(jackfield, installed_plugin):
    installed_plugin(
        "jackfield-early",
        code="from jackfield import hookimpl\n@hookimpl\ndef open_tools(): return []\n",
        entry_points={"tools": ["early", "earlier"]},
        requires=["click>=99", "jackfield<0.1,>=0.0.3"],
    )
    done = jackfield("plugins", "doctor", "early", "earlier")
    assert done.returncode == 0
    assert done.stdout.count("warning   jackfield-early 1.0.0\n") == 1
    assert (
        f"It asks for jackfield<0.1,>=0.0.3, but jackfield {VERSION} is installed." in done.stdout
    )
    assert "pip install --upgrade jackfield jackfield-early" in done.stdout

    found = json.loads(jackfield("plugins", "doctor", "early", "--json").stdout)
    assert [one["distribution"] for one in found["warnings"]] == ["jackfield-early"]
    assert found["plugins"][0]["status"] == "ok"


def test_doctor_is_silent_about_a_range_that_fits(jackfield, installed_plugin):
    requires = [f"jackfield>={VERSION}"]
    installed_plugin("jackfield-fit", entry_points={"tools": ["fit"]}, requires=requires)
    found = json.loads(jackfield("plugins", "doctor", "fit", "--json").stdout)
    assert found["warnings"] == []


def test_doctor_imports_but_opens_nothing(jackfield, installed_plugin):
    code = (
        "from jackfield import hookimpl\n@hookimpl\ndef open_tools(): raise SystemExit('opened')\n"
    )
    installed_plugin("jackfield-shut", code=code, entry_points={"tools": ["shut"]})
    assert jackfield("plugins", "doctor", "shut").stdout.startswith("ok ")


def test_doctor_survives_a_hang_and_a_crash(jackfield, installed_plugin):
    installed_plugin(
        "jackfield-hang",
        code="import time\ntime.sleep(60)\n",
        entry_points={"tools": ["hang"]},
    )
    installed_plugin(
        "jackfield-crash", code="import os\nos.abort()\n", entry_points={"tools": ["crash"]}
    )
    done = jackfield("plugins", "doctor", "hang", "crash", "clock", "--limit", "1.5", "--json")
    found = {one["name"]: one["status"] for one in json.loads(done.stdout)["plugins"]}
    assert found == {"hang": "timeout", "crash": "crashed", "clock": "ok"}
    assert done.returncode == 3


def test_doctor_tells_broken_distributions_and_conflicts(jackfield, installed_plugin):
    installed_plugin("jackfield-torn", entry_points="[jackfield.tools]\nno value here\n")
    installed_plugin("jackfield-one", entry_points={"tools": ["twin"]})
    installed_plugin("jackfield-two", entry_points={"tools": ["twin"]})
    done = jackfield("plugins", "doctor")
    assert done.returncode == 3
    assert "broken    jackfield" in done.stdout
    assert "conflict  tools twin (jackfield-one 1.0.0)" in done.stdout


def test_doctor_needs_no_healthy_configuration(jackfield, home):
    (home / "jackfield.toml").write_text("not toml", encoding="utf-8")
    done = jackfield("plugins", "doctor", "clock")
    assert done.returncode == 0
    assert "The configuration is not used" in done.stderr
