"""The example of a third-party plugin: small, right, installable."""

import tomllib
from importlib import import_module

import pytest

from jackfield.testing import Call, ManifestContract, ToolsContract


@pytest.fixture
def dice(examples, installed_plugin):
    """Install the example as it stands, without building it."""
    folder = examples / "third-party-plugin"
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    package = folder / "src" / "jackfield_dice"
    texts = {path.name: path.read_text(encoding="utf-8") for path in package.glob("*.*")}
    return installed_plugin(
        project["name"],
        code=texts.pop("__init__.py"),
        files=texts,
        version=project["version"],
        requires=project["dependencies"],
        entry_points=project["entry-points"],
    )


class TestTools(ToolsContract):
    examples = {"roll": {"sides": 20}}

    @pytest.fixture
    def tools(self, dice):
        return import_module(dice.module).open_tools()


class TestPackage(ManifestContract):
    distribution = "jackfield-dice"

    @pytest.fixture(autouse=True)
    def _installed(self, dice):
        pass


def test_the_whole_plugin_is_under_30_lines(dice):
    assert len((dice.package / "__init__.py").read_text(encoding="utf-8").splitlines()) < 30


async def test_an_agent_rolls_the_die(dice, kernel, scripted):
    scripted.add([Call("roll", {"sides": 2})], "There you are.")
    agent = kernel({"agents": {"default": {"tools": ["dice"]}}}).agent()
    assert await agent.prompt_text("Roll a die.") == "There you are."
    assert scripted.requests[1].messages[-1].content[0].text in {"1", "2"}


async def test_a_die_without_sides_is_an_error_for_the_model(dice, kernel, scripted):
    scripted.add([Call("roll", {"sides": 0})], "Sorry.")
    agent = kernel({"agents": {"default": {"tools": ["dice"]}}}).agent()
    assert await agent.prompt_text("Roll a die.") == "Sorry."
    assert scripted.requests[1].messages[-1].is_error


@pytest.mark.slow
def test_pip_installs_it_and_the_command_line_finds_it(examples, run, tmp_path):
    source = examples / "third-party-plugin"
    run("-m", "pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "site", source)
    out = run("-m", "jackfield", "plugins", "info", "dice", PYTHONPATH=str(tmp_path / "site"))
    assert "jackfield-dice" in out
    assert "for games that need chance" in out  # from the manifest: nothing was imported
