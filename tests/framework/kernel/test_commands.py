"""Settings of commands, and hooks that whoever builds an agent adds."""

import pytest

from jackfield import AgentToolResult, TextContent, ToolLoopControl, tool
from jackfield.errors import SettingsError
from jackfield.plugins.manifest import build_manifest
from jackfield.testing.script import Call

GREETER = '''
from pydantic import BaseModel, Field
from jackfield import hookimpl

class Settings(BaseModel):
    port: int = Field(default=1, ge=0, description="Where.")

@hookimpl
def describe_settings(kind, name):
    return Settings if kind == "command" else None

@hookimpl
def register_commands(cli, kernel):
    """Say hello."""
'''


@pytest.fixture
def greeter(installed_plugin):
    return installed_plugin("jackfield-greeter", code=GREETER, entry_points={"command": ["greet"]})


async def test_settings_of_a_command_are_those_of_its_table(kernel, greeter):
    assert kernel({"commands": {"greet": {"port": 7}}}).command_settings("greet").port == 7
    assert kernel({}).command_settings("greet").port == 1


async def test_wrong_setting_of_a_command_names_its_key(kernel, greeter):
    made = kernel({"commands": {"greet": {"port": "far away"}}})
    with pytest.raises(SettingsError, match=r"commands\.greet\.port"):
        made.command_settings("greet")


async def test_commands_are_part_of_schema_and_validation(kernel, greeter):
    made = kernel({"commands": {"gret": {}}})
    assert "greet" in str([mistake.hint for mistake in made.mistakes()])
    assert "greet" in made.json_schema()["properties"]["commands"]["properties"]


def test_manifest_describes_the_settings_of_a_command(greeter):
    [described] = build_manifest("jackfield-greeter")["capabilities"]
    assert "port" in described["settings"]["properties"]


async def test_hook_of_the_builder_is_asked_before_a_tool_runs(kernel, scripted):
    ran = []

    @tool
    def burn() -> str:
        """Burn it."""
        ran.append("burn")
        return "burnt"

    def refuse(tool_call, _tool, _args):
        result = AgentToolResult(content=[TextContent(text=f"no {tool_call.name}")])
        return ToolLoopControl(result=result)

    scripted.add([Call("burn")], "fine")
    agent = kernel().agent(before_tool_call=refuse)
    agent.set_tools([burn])
    await agent.prompt("go")
    assert ran == []
    assert agent.state.messages[2].content[0].text == "no burn"
