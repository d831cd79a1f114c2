"""Typing messages: continued lines, blocks, and the history of them."""

import io
import stat
import sys
from types import ModuleType

import pytest

from jackfield.cli.history import History, looks_secret
from jackfield.cli.line_input import MORE, PROMPT, Keyboard, read_message


def typed(*lines):
    """Return an `ask` that gives these lines, and the prompts that it was asked with."""
    waiting, prompts = list(lines), []

    def ask(prompt):
        prompts.append(prompt)
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    return ask, prompts


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["one line"], "one line"),
        (["first\\", "second\\", "third"], "first\nsecond\nthird"),
        (['"""first', "", 'last"""'], "first\n\nlast"),
        (['"""', "only", '"""'], "only"),
        (['"""all on one line"""'], "all on one line"),
        (["```python", "x = 1", "```"], "```python\nx = 1\n```"),
        (["```x```"], "```x```"),
        (['say """ twice'], 'say """ twice'),
    ],
)
def test_message_may_have_several_lines(lines, message):
    ask, prompts = typed(*lines)
    assert read_message(ask) == message
    assert prompts == [PROMPT] + [MORE] * (len(lines) - 1)


def test_end_of_input_inside_a_block_is_told():
    ask, _ = typed('"""begun')
    with pytest.raises(EOFError):
        read_message(ask)


@pytest.mark.parametrize(
    "text",
    [
        " begins with a space",
        "my key is sk-or-v1-0123456789abcdef0123",
        "ghp_0123456789abcdefghij",
        "the password: hunter2",
        "API_KEY=abc",
    ],
)
def test_what_looks_like_a_secret_is_not_kept(tmp_path, text):
    assert looks_secret(text)
    history = History(tmp_path / "history", None)
    history.add(text)
    assert history.entries() == []


@pytest.mark.parametrize("text", ["What is a token?", "Explain skips", "the key idea"])
def test_ordinary_talk_about_keys_is_kept(tmp_path, text):
    history = History(tmp_path / "history", None)
    history.add(text)
    assert history.entries() == [text]


def test_history_keeps_messages_of_several_lines_apart(tmp_path):
    path = tmp_path / "deep" / "history"
    History(path, None).add("one\ntwo")
    History(path, None).add("three")
    assert History(path, None).entries() == ["one\ntwo", "three"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_only_the_user_can_read_the_history(tmp_path):
    path = tmp_path / "history"
    History(path, None).add("hello")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_history_that_cannot_be_used_is_no_error(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not json\n", encoding="utf-8")
    assert History(blocked, None).entries() == []
    History(blocked / "below", None).add("hello")


def test_line_editor_gets_the_history_and_keeps_nothing_by_itself(tmp_path):
    editor = ModuleType("editor")
    editor.lines, editor.auto = [], True
    editor.add_history = editor.lines.append
    editor.set_auto_history = lambda on: setattr(editor, "auto", on)
    History(tmp_path / "history", None).add("from before")

    history = History(tmp_path / "history", editor)
    history.load()
    history.add("now")

    assert editor.lines == ["from before", "now"]
    assert editor.auto is False


def test_prompt_stays_out_of_a_redirected_answer(tmp_path, monkeypatch):
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n"))
    keyboard = Keyboard(History(tmp_path / "history", None), out, err)
    assert keyboard.read() == "hello"
    assert (out.getvalue(), err.getvalue()) == ("", PROMPT)
    with pytest.raises(EOFError):
        keyboard.read()
