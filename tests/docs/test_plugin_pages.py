"""The READMEs of the plugins, and the pages about one of them, do what they say."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.scripted_handle import ScriptedHandle

ROOT = Path(__file__).parents[2]
READMES = ["assistant-ui", "fallback", "httpx", "proxy"]


@pytest.mark.parametrize("plugin", READMES)
def test_code_blocks_of_a_plugins_readme_work(reader, plugin, capsys):
    assert reader.follow(ROOT / f"plugins/{plugin}/README.md") >= 2


@pytest.mark.timeout(240)  # loads the real model, which is fetched once
def test_code_blocks_of_the_readme_of_local_work(reader, models_server, monkeypatch, capsys):
    monkeypatch.setenv("JACKFIELD_PLUGINS__PREFER__LOCAL", "jackfield-local")
    monkeypatch.setenv("OPENROUTER_API_KEY", "a-key")
    assert reader.follow(ROOT / "plugins/local/README.md") == 4
    first, other, second = capsys.readouterr().out.strip().split("\n")
    assert len(first) > 40
    assert other == "Paris."
    assert len(second) > 40


def test_code_blocks_of_the_readme_of_openai_work(reader, models_server, capsys):
    assert reader.follow(ROOT / "plugins/openai/README.md") >= 2
    assert capsys.readouterr().out.count("Paris.") == 1
    assert models_server.requests[0].json()["model"] == "gpt-5-mini"


def test_code_blocks_of_the_readme_of_openrouter_work(reader, models_server, capsys):
    assert reader.follow(ROOT / "plugins/openrouter/README.md") >= 3
    assert capsys.readouterr().out.count("Paris.") == 2
    chat, prompt = (request.json() for request in models_server.requests)
    assert chat["model"] == prompt["model"] == "anthropic/claude-sonnet-4.5"
    assert prompt["models"] == ["openai/gpt-5-mini"]
    assert prompt["provider"] == {"sort": "price", "data_collection": "deny"}


def test_the_page_about_openrouter_works(reader, models_server, capsys):
    reader.follow(ROOT / "docs/how-to/use-openrouter.md")
    assert "0.25" in capsys.readouterr().out
    sent = models_server.requests[-1].json()
    assert sent["models"] == ["openai/gpt-5-mini"]
    assert sent["reasoning"] == {"effort": "low"}


@pytest.fixture
def lumnis_server(monkeypatch):
    """Put a server in place of Lumnis; waits take no time."""
    from jackfield_httpx.retry import Clock
    from jackfield_lumnis.testing import LumnisServer

    async def no_time(clock, seconds):
        pass

    monkeypatch.setattr(Clock, "sleep", no_time)
    monkeypatch.setattr(Clock, "sleep_blocking", lambda clock, seconds, woken: None)
    with LumnisServer() as server:
        monkeypatch.setenv("LUMNISAI_BASE_URL", server.url)
        monkeypatch.setenv("LUMNISAI_API_KEY", "a-key")
        yield server


def test_code_blocks_of_the_readme_of_lumnis_work(reader, lumnis_server, capsys):
    assert reader.follow(ROOT / "plugins/lumnis/README.md") >= 6
    out = capsys.readouterr().out
    assert "You said: Name a prime.\n" in out
    assert "You said: Research renewable energy trends.\n" in out
    assert len(lumnis_server.received("POST /v1/responses")) == 3


def test_the_page_about_lumnis_works(reader, lumnis_server, capsys):
    reader.follow(ROOT / "docs/how-to/use-lumnis.md")
    out = capsys.readouterr().out
    assert "You said: Research renewable energy trends.\n" in out
    assert "Every run is for somebody.\n" in out
    assert "PLANNING: Reading the question\nPROCESSING: Writing the answer\n" in out
    assert out.endswith("succeeded None\n1 7\n")


@pytest.fixture
def infinity_server(reader, models_server, monkeypatch):
    """Put a server in place of Infinity, and one in place of OpenRouter."""
    from support.infinity_address import put_at

    from jackfield_infinity.testing import InfinityServer

    with InfinityServer() as server:
        put_at(monkeypatch, server.url)
        monkeypatch.setenv("OPENROUTER_API_KEY", "a-key")
        yield server


def test_code_blocks_of_the_readme_of_infinity_work(reader, infinity_server, capsys):
    assert reader.follow(ROOT / "plugins/infinity/README.md") >= 7
    out = capsys.readouterr().out
    assert "You said: Name a prime.\nYou said: And the next one?{'dark': True}\n" in out
    assert "Paris.\n" in out


def test_the_page_about_infinity_works(reader, infinity_server, capsys):
    reader.follow(ROOT / "docs/how-to/use-infinity.md")
    out = capsys.readouterr().out
    assert "You said: And the next one?\n" in out
    assert "['Retry with backoff']\nAbout small primes.\n" in out
    assert out.endswith("You said: Tell me a story.")
    [rows] = [each for each in infinity_server.state.conversations.values() if len(each) == 4]
    assert rows[2]["content"] == "And the next one?"


NOTHING = dict.fromkeys(("input", "output", "cache_read", "cache_write", "total_tokens"), 0)
META = {
    "usage": {**NOTHING, "reasoning": 0, "cost": {}},
    "metadata": {},
    **dict.fromkeys(("response_id", "response_model", "raw_stop_reason", "thinking_signature")),
}
PARIS = [(0, None), (1, 0), (2, 0, "Paris."), (3, 0), (10, "stop", META)]


def test_the_page_about_the_rust_provider_works(reader, monkeypatch, capsys):
    calls = []

    def open_stream(url, headers, body, **options):
        calls.append((url, dict(headers), options))
        return ScriptedHandle(*PARIS)

    def no_wakeup():
        raise OSError("as on a system that has none")

    binding = SimpleNamespace(open_stream=open_stream, Wakeup=no_wakeup)
    monkeypatch.setitem(sys.modules, "alchemy_llm_py", binding)
    monkeypatch.setenv("LAB_KEY", "a-key")
    reader.install(ROOT / "plugins/alchemy")
    reader.follow(ROOT / "docs/how-to/use-the-rust-provider.md")
    assert capsys.readouterr().out == "Paris.\n"
    [(url, headers, options)] = calls
    assert url == "https://models.example/v1/chat/completions"
    assert headers["authorization"] == "Bearer a-key"
    assert options["proxy"] == "http://proxy.example:3128"
