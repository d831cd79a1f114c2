"""The fixtures of the pytest plugin."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from jackfield.messages import extract_text
from jackfield.testing import Call

pytest_plugins = ["pytester"]


async def test_the_kernel_runs_agents_on_the_scripted_model(kernel, scripted):
    scripted.add([Call("now", {"timezone": "UTC"})], "It is noon.")
    agent = kernel({"agents": {"default": {"tools": ["clock"]}}}).agent()
    assert await agent.prompt_text("What time is it?") == "It is noon."
    assert [message.role for message in scripted.requests[1].messages] == [
        "user",
        "assistant",
        "tool_result",
    ]


@pytest.fixture
def checked_later(scripted):
    yield
    assert scripted.closed


@pytest.mark.usefixtures("checked_later")  # set up before `kernel`, so torn down after it
async def test_kernels_are_closed_after_the_test(kernel, scripted):
    kernel().provider("scripted")
    assert not scripted.closed


async def test_the_scripted_plugin_is_configured(scripted_plugin):
    from jackfield import Kernel

    config = {
        "agents": {"default": {"model": "scripted:any"}},
        "providers": {
            "scripted": {
                "answers": [["Hello ", {"text": "you"}], [{"error": "too late"}]],
                "default": "again",
            }
        },
    }
    async with Kernel.from_config(config) as kernel:
        agent = kernel.agent()
        assert await agent.prompt_text("Hi") == "Hello you"
        assert (await agent.prompt("Hi")).error_message == "too late"
        assert extract_text(await agent.prompt("Hi")) == "again"


def test_the_scripted_plugin_works_in_subprocesses(scripted_plugin, tmp_path):
    (tmp_path / "jackfield.toml").write_text(
        '[agents.default]\nmodel = "scripted:any"\n[providers.scripted]\nanswers = ["Hello you"]\n',
        encoding="utf-8",
    )
    script = (
        "import jackfield; k = jackfield.Kernel.from_config('jackfield.toml');"
        "print(k.agent().prompt_text_sync('Hi')); k.close()"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "Hello you"


def test_the_users_own_folders_are_out_of_reach(isolated_folders, tmp_path):
    for folder in (
        platformdirs.user_config_dir("jackfield"),
        platformdirs.user_cache_dir("jackfield"),
        platformdirs.user_data_dir("jackfield"),
        platformdirs.user_state_dir("jackfield"),
        os.environ["JACKFIELD_CACHE_DIR"],
        Path.home(),
    ):
        assert Path(folder).is_relative_to(tmp_path)


TESTS = """
import asyncio
import pytest

async def test_leaves_a_task():
    asyncio.create_task(asyncio.sleep(100), name="forgotten")

async def test_awaits_its_task():
    await asyncio.create_task(asyncio.sleep(0))

async def test_cancels_its_task():
    asyncio.create_task(asyncio.sleep(100)).cancel()

@pytest.fixture
async def owner():
    task = asyncio.ensure_future(asyncio.sleep(100))
    yield
    task.cancel()

async def test_has_a_fixture_that_owns_a_task(owner):
    pass

def test_is_plain():
    asyncio.run(asyncio.sleep(0))
"""


def test_a_test_that_leaves_a_task_fails(pytester):
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess(
        *("-p", "jackfield.testing.pytest_plugin", "-p", "no:randomly"),
        *("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"),
    )
    result.assert_outcomes(passed=5, errors=1)
    result.stdout.fnmatch_lines(["*left tasks behind: forgotten*"])


def test_the_plugin_is_not_switched_on_by_itself(pytester):
    pytester.makepyfile("def test_mine(scripted): pass")
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.stdout.fnmatch_lines(["*fixture 'scripted' not found*"])


def test_importing_the_kit_is_light():
    script = "import sys, jackfield.testing; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert b"'jackfield.testing.script'" not in done.stdout
    assert b"'pytest'" not in done.stdout
    assert b"'asyncio'" not in done.stdout
