"""Every code block of the documentation does what the page says."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OWN_TEST = {
    "how-to/use-infinity.md",
    "how-to/use-lumnis.md",
    "how-to/use-openrouter.md",
    "how-to/use-the-rust-provider.md",
}
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", [page for page in PAGES if page not in OWN_TEST])
def test_code_blocks_of_the_page_work(reader, page, capsys):
    reader.follow(DOCS / page)


def test_code_blocks_of_the_readme_work(reader, models_server, monkeypatch, capsys):
    monkeypatch.setenv("OPENROUTER_API_KEY", "a-key")
    assert reader.follow(ROOT / "README.md") >= 7


def test_a_page_is_really_followed(reader, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        reader.follow(page)


@pytest.mark.parametrize(
    "block",
    [
        "```toml\n[agents.default]\nmodle = 'local:x'\n```",
        "```toml\n[auth.key]\nuse = 'env'\nvariabel = 'X'\n```",
        "```toml\n[sinks.trace]\nuse = 'jsnol'\n```",
        "```sh\njackfield run nobody 'Hello'\n```",
        "```sh\nrm -rf /\n```",
    ],
)
def test_a_wrong_block_is_noticed(reader, tmp_path, block, capsys):
    page = tmp_path / "page.md"
    page.write_text(f"{block}\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"modle|variabel|jsnol|nobody|rm -rf|page\.md"):
        reader.follow(page)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "index.md"])
def test_each_page_is_in_the_table_of_contents(page):
    folder, _, name = page.removesuffix(".md").rpartition("/")
    index = DOCS / (
        "decisions/index.md" if folder == "decisions" and name != "index" else "index.md"
    )
    text = index.read_text(encoding="utf-8")
    assert "[0-9]*" in text if index.parent.name == "decisions" else f"\n{folder}/{name}\n" in text


def test_the_first_agent_leaves_a_trace_of_each_run(reader, capsys):
    reader.follow(DOCS / "tutorial/first-agent.md")
    traces = [path.read_text(encoding="utf-8").splitlines() for path in Path("runs").iterdir()]
    assert len(traces) == 3  # `jackfield run`, `prompt_text`, `stream_text`
    for lines in traces:
        kinds = [json.loads(line)["type"] for line in lines]
        assert (kinds[0], kinds[-1]) == ("agent_start", "agent_end")
        assert "message_end" in kinds
