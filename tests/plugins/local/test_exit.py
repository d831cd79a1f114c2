"""However a program ends, it ends: no hang, no crash, whatever the model is doing."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import asyncio, contextlib, logging, os, signal, sys
from pathlib import Path

from jackfield.contracts import Context, StreamOptions
from jackfield.messages import UserMessage
from jackfield.models import Model
from jackfield_local.provider import LocalProvider
from jackfield_local.settings import LocalSettings


class Host:
    def cache_dir(self, name):
        return Path(sys.argv[2])

    def logger(self, name):
        return logging.getLogger(name)

    @contextlib.contextmanager
    def progress(self, description, **kwargs):
        yield self


PROVIDER = LocalProvider("local", LocalSettings(max_tokens=None, temperature=1.0), Host())


def stream(text):
    context = Context(messages=[UserMessage(content=text)])
    return PROVIDER.stream(Model(id="smollm2-135m"), context, StreamOptions())


async def generating():
    async for event in stream("Tell a very long story."):
        if event.type == "text_delta":
            return


async def prompt():
    asyncio.create_task(stream("word " * 6000).result())
    await asyncio.sleep(1.5)


async def loading():
    asyncio.create_task(stream("hi").result())
    await asyncio.sleep(0.05)


async def interrupt():
    await generating()
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(60)


async def ask_again():
    print((await stream("hi").result()).error_message, flush=True)


def fork():
    child = os.fork()
    if child == 0:
        asyncio.run(ask_again())
        sys.exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if sys.argv[1] == "fork":
    asyncio.run(generating())
    fork()
else:
    asyncio.run(globals()[sys.argv[1]]())
print("over")
"""


def run(case, folder, *options):
    return subprocess.run(
        [sys.executable, *options, "-c", PROGRAM, case, str(folder)],
        capture_output=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize("case", ["generating", "prompt", "loading"])
def test_a_program_that_forgets_to_close_ends(models_folder, case):
    result = run(case, models_folder)
    assert (result.returncode, result.stdout, result.stderr) == (0, "over\n", "")


def test_an_interrupted_program_ends(models_folder):
    result = run("interrupt", models_folder)
    assert result.returncode in (-2, 130)
    assert result.stderr.strip().endswith("KeyboardInterrupt")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_refuses_and_ends(models_folder):
    result = run("fork", models_folder, "-W", "ignore::DeprecationWarning")
    refusal, code, over = result.stdout.splitlines()
    assert "forked" in refusal
    assert (code, over, result.returncode) == ("7", "over", 0)
