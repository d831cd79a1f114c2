"""The distribution: manifest, hooks, what importing it costs, what its readme shows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jackfield import Kernel
from jackfield.errors import SettingsError
from jackfield.testing import ManifestContract
from jackfield_httpx import settings

README = Path(__file__).parents[3] / "plugins/httpx/README.md"


class TestPackage(ManifestContract):
    distribution = "jackfield-httpx"


def loaded_after(code: str) -> set[str]:
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    return set(json.loads(run.stdout))


def test_opening_the_transport_loads_no_http_library():
    loaded = loaded_after(
        "from jackfield import Kernel\n"
        "transport = Kernel.from_config({}).transport()\n"
        "assert type(transport).__name__ == 'HttpxTransport'"
    )
    assert not loaded & {"httpcore2", "httpx2", "h11", "anyio", "orjson._none"}


def test_direct_calls_load_no_further_http_library():
    loaded = loaded_after(
        "import asyncio\n"
        "from jackfield import Kernel\n"
        "from jackfield.http import Request\n"
        "from jackfield.testing import LoopbackServer, json_reply\n"
        "async def call():\n"
        "    async with LoopbackServer(json_reply({})) as there, Kernel.from_config({}) as here:\n"
        "        call = here.transport().stream(Request(url=there.url))\n"
        "        async with call as response:\n"
        "            assert await response.read() == b'{}'\n"
        "asyncio.run(call())"
    )
    assert "httptools" in loaded
    assert not loaded & {"httpcore2", "httpx2", "h11", "anyio", "sniffio", "truststore"}


@pytest.mark.parametrize(
    "bad",
    [{"timeout": 3}, {"timeouts": {"read": 3}}, {"timeouts": {"read_s": 0}}, {"max_retries": -1}],
    ids=str,
)
async def test_wrong_settings_are_refused_by_name(bad):
    async with Kernel.from_config({"transports": {"mine": {"use": "httpx", **bad}}}) as kernel:
        with pytest.raises(SettingsError, match=next(iter(bad))):
            kernel.transport("mine")


@pytest.mark.parametrize("model", ["HttpxSettings", "RecordSettings", "ReplaySettings"])
def test_each_setting_is_documented(model):
    text = README.read_text("utf-8")
    fields = getattr(settings, model).model_fields
    documented = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert [name for name in fields if name not in documented] == []
    assert all(field.description for field in fields.values())


def test_endless_timeouts_can_be_written():
    assert settings.TimeoutSettings(read_s=float("inf")).steps().read_s == float("inf")
