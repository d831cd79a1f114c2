"""The README's two commands are what a newcomer and CI run."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_readme_opens_with_run_it_and_test_it() -> None:
    assert [language for language, _ in BLOCKS[:2]] == ["sh", "sh"]
    assert "jackfield chat" in BLOCKS[0][1]
    assert "tox run" in BLOCKS[1][1]


def test_ci_runs_exactly_the_test_command(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci/run").write_text((ROOT / ".ci/run").read_text(encoding="utf-8"), "utf-8")
    text = "# X\n```sh\necho one\n```\n\n```sh\necho two\necho three\n```\n```sh\necho four\n```\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["bash", str(tmp_path / ".ci/run")], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-2:] == ["two", "three"]
    assert "four" not in done.stdout


def test_ci_fails_when_the_test_command_fails(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci/run").write_text((ROOT / ".ci/run").read_text(encoding="utf-8"), "utf-8")
    (tmp_path / "README.md").write_text("```sh\n```\n```sh\nfalse\ntrue\n```\n", encoding="utf-8")
    done = subprocess.run(["bash", str(tmp_path / ".ci/run")], capture_output=True, check=False)
    assert done.returncode == 1
