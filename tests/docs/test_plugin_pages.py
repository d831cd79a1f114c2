"""The READMEs of the plugins, and the pages about one of them, do what they say."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ["fallback", "httpx", "proxy"]


@pytest.mark.parametrize("plugin", READMES)
def test_code_blocks_of_a_plugins_readme_work(reader, plugin, capsys):
    assert reader.follow(ROOT / f"plugins/{plugin}/README.md") >= 2


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
