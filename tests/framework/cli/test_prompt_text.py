"""Where a prompt comes from: words, a pipe, or both."""

import io

import pytest

from jackfield.cli.prompt_text import read_prompt
from jackfield.errors import OptionError


@pytest.mark.parametrize(
    ("words", "piped", "prompt"),
    [
        (["Hello"], "unread", "Hello"),
        (["What", "is", "2+2?"], "", "What is 2+2?"),
        ([], "from a pipe\n", "from a pipe"),
        (["-"], "from a pipe\n", "from a pipe"),
        (["Sum", "up:", "-"], "a\nb\n", "Sum up:\n\na\nb"),
        (["-", "Sum", "it", "up"], "a\nb\n", "a\nb\n\nSum it up"),
        (["-", "and", "-"], "x", "x\n\nand\n\nx"),
    ],
)
def test_prompt_is_made_of_words_and_the_pipe(monkeypatch, words, piped, prompt):
    monkeypatch.setattr("sys.stdin", io.StringIO(piped))
    assert read_prompt(words) == prompt


def test_pipe_is_not_read_when_words_say_everything(monkeypatch):
    stdin = io.StringIO("left alone")
    monkeypatch.setattr("sys.stdin", stdin)
    read_prompt(["Hello"])
    assert stdin.read() == "left alone"


@pytest.mark.parametrize("words", [[], ["-"], [" "]])
def test_empty_prompt_is_refused(monkeypatch, words):
    monkeypatch.setattr("sys.stdin", io.StringIO("  \n"))
    with pytest.raises(OptionError, match="The prompt is empty"):
        read_prompt(words)


def test_no_words_at_a_terminal_mean_no_prompt(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    assert read_prompt([]) is None
