"""The examples run as they stand."""

import tomllib

import pytest

from jackfield.testing import Call


def user_config(home, text):
    folder = home / "config" / "jackfield"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text, encoding="utf-8")


def test_the_configured_agent_answers(examples, run, scripted_plugin, isolated_folders):
    answers = '[[{call = "calculate", arguments = {expression = "17 * 23"}}], "It is 391."]'
    out = run(
        *("-m", "jackfield", "run", "default", "What is 17 times 23?"),
        *("--set", f"providers.scripted.answers={answers}"),
        cwd=examples / "config-only",
        JACKFIELD_MODEL="scripted:any",
    )
    assert out.strip() == "It is 391."


def test_the_configuration_is_valid(examples, run):
    run("-m", "jackfield", "config", "validate", cwd=examples / "config-only")


async def test_the_configured_agent_has_its_tools(examples, kernel, scripted):
    text = (examples / "config-only" / "jackfield.toml").read_text(encoding="utf-8")
    scripted.add([Call("now")], "It is noon.")
    agent = kernel(tomllib.loads(text)).agent()
    assert await agent.prompt_text("What time is it?") == "It is noon."
    first, second = scripted.requests
    assert {tool.name for tool in first.tools} == {"now", "calculate"}
    assert "Europe/Vienna" in str(second.messages[-1].content)


def test_the_python_agent_calls_its_tool(examples, run, scripted_plugin, tmp_path):
    (tmp_path / "jackfield.toml").write_text(
        "[providers.scripted]\n"
        'answers = [[{call = "count_letters", arguments = {word = "jackfield"}}], "It has 9."]\n',
        encoding="utf-8",
    )
    agent = examples / "python-agent" / "agent.py"
    out = run(agent, "How many?", cwd=tmp_path, JACKFIELD_MODEL="scripted:any")
    assert out.strip() == "It has 9."


async def test_the_python_agents_tool_counts(examples):
    namespace = {"__name__": "agent"}
    path = examples / "python-agent" / "agent.py"
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), namespace)
    assert namespace["count_letters"]("jack-field 9") == 9


@pytest.mark.slow
@pytest.mark.timeout(300)  # the first one downloads the model
def test_the_embedded_model_answers(examples, run, cache_with_model):
    out = run(
        *("-m", "jackfield", "run", "default", "--no-tools"),
        "Write two sentences about a lighthouse.",
        cwd=examples / "config-only",
        JACKFIELD_CACHE_DIR=str(cache_with_model),
    )
    assert len(out) > 20


@pytest.mark.slow
@pytest.mark.timeout(300)  # the first one downloads the model
def test_the_python_agent_runs_with_the_embedded_model(examples, run, cache_with_model):
    agent = examples / "python-agent" / "agent.py"
    run(agent, cwd=examples, JACKFIELD_CACHE_DIR=str(cache_with_model))
