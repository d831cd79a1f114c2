"""An interactive chat in a pseudo-terminal: typing, Ctrl-C, Ctrl-D, slash commands."""

import json
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")

if sys.platform != "win32":
    from support.terminal import Terminal

CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture
def chat(talker, home):
    """Give a function that opens a chat, past its welcome."""
    opened = []

    def open_chat(*arguments, **environ):
        terminal = Terminal("chat", *arguments, cwd=home, **environ)
        opened.append(terminal)
        terminal.expect("Ctrl-D leaves.")
        terminal.expect("> ")
        return terminal

    yield open_chat
    for terminal in opened:
        terminal.__exit__()


def test_conversation_goes_on_until_ctrl_d(chat):
    terminal = chat()
    assert "Using talker:any (JACKFIELD_MODEL is set)" in terminal.plain
    terminal.type("hello\n")
    terminal.expect("you said: hello")
    terminal.expect("7 tokens in, 3 out")
    terminal.expect("> ")
    terminal.type("count\n")
    terminal.expect("message 2 to any")
    terminal.expect("> ")
    terminal.type(CTRL_D)
    assert terminal.exit_code() == 0


def test_ctrl_c_aborts_the_answer_and_not_the_program(chat):
    terminal = chat()
    terminal.type("forever\n")
    terminal.expect("begun")
    terminal.type(CTRL_C)
    terminal.expect("aborted")
    terminal.expect("> ")
    terminal.type("still there?\n")
    terminal.expect("you said: still there?")
    terminal.expect("> ")
    terminal.type("/exit\n")
    assert terminal.exit_code() == 0


def test_ctrl_c_at_the_prompt_gives_a_hint_and_leaves_the_second_time(chat):
    terminal = chat()
    terminal.type("half a line")
    terminal.expect("half a line")
    terminal.interrupt_until("Press Ctrl-C again, or Ctrl-D, to leave.")
    terminal.expect("> ")
    assert terminal.interrupt_until_the_end() == 130


def test_hint_is_given_anew_after_a_message(chat):
    terminal = chat()
    for _ in range(2):
        terminal.interrupt_until("Press Ctrl-C again")
        terminal.expect("> ")
        terminal.type("hello\n")
        terminal.expect("you said: hello")
        terminal.expect("> ")
    terminal.type(CTRL_D)
    assert terminal.exit_code() == 0


def test_tool_that_cannot_be_stopped_keeps_nobody(chat):
    terminal = chat("-t", "handy.sleep")
    terminal.type("call sleep\n")
    terminal.expect("-> sleep()")
    terminal.type(CTRL_C)
    terminal.expect("aborted")
    terminal.expect("> ")
    terminal.type("hello\n")
    terminal.expect("you said: hello")
    terminal.expect("> ")
    terminal.type(CTRL_D)
    assert terminal.exit_code(within_s=10) == 0


def test_failed_answer_does_not_end_the_chat(chat):
    terminal = chat()
    terminal.type("fail\n")
    terminal.expect("error: no route to the model")
    terminal.expect("> ")
    terminal.type("hello\n")
    terminal.expect("you said: hello")


def test_message_of_several_lines_is_one_message(chat):
    terminal = chat()
    terminal.type("first\\\n")
    terminal.expect(". ")
    terminal.type("second\n")
    terminal.expect("you said: first")
    terminal.expect("second")


def test_slash_commands_show_change_save_and_reset(chat, home):
    terminal = chat("-t", "handy.add")
    terminal.type("/help\n")
    terminal.expect("/save FILE")
    terminal.type("/tools\n")
    terminal.expect("add                    Add nothing.")
    terminal.type("/model\n")
    terminal.expect("model: talker:any")
    terminal.type("/model talker:other\n")
    terminal.expect("model: talker:other")
    terminal.type("count\n")
    terminal.expect("message 1 to other")
    terminal.type("/save talk.json\n")
    terminal.expect("Saved 2 messages to talk.json.")
    terminal.type("/save talk.json\n")
    terminal.expect("/save never overwrites a file.")
    terminal.type("/reset\n")
    terminal.expect("The conversation is forgotten.")
    terminal.type("count\n")
    terminal.expect("message 1 to other")
    saved = json.loads((home / "talk.json").read_text(encoding="utf-8"))["messages"]
    assert [message["role"] for message in saved] == ["user", "assistant"]


def test_mistaken_slash_commands_are_told_and_not_sent(chat):
    terminal = chat()
    terminal.type("/modle\n")
    terminal.expect("There is no command '/modle'. Did you mean /model")
    terminal.type("/model nowhere:x\n")
    terminal.expect("'nowhere'")
    assert "\x1b[31m\x1b[1merror:\x1b[0m There is no command" in terminal.text
    terminal.type("count\n")
    terminal.expect("message 1 to any")
    terminal.type("/etc/hosts is a file\n")
    terminal.expect("you said: /etc/hosts is a file")


def test_history_comes_back_with_the_arrow_key_but_no_secrets(chat):
    first = chat()
    for text in ("remember me", "my key is sk-or-v1-0123456789abcdef0123"):
        first.type(f"{text}\n")
        first.expect("you said:")
        first.expect("> ")
    first.type(CTRL_D)
    assert first.exit_code() == 0

    second = chat()
    second.type("\x1b[A\n")
    second.expect("you said: remember me")


def test_terminal_shows_thinking_dimmed_and_colours_unless_told_not_to(chat):
    coloured = chat()
    coloured.type("think\n")
    coloured.expect("let me see")
    coloured.expect("you said: think")
    assert "\x1b[2mlet me see\x1b[0m" in coloured.text

    plain = chat(NO_COLOR="1")
    plain.type("think\n")
    plain.expect("(thinking) let me see")
    plain.expect("you said: think")
    assert "\x1b[2m" not in plain.text
    assert "\x1b[3" not in plain.text


def test_one_shot_ctrl_c_aborts_with_130(talker, home):
    with Terminal("chat", "forever", cwd=home) as terminal:
        terminal.expect("begun")
        terminal.type(CTRL_C)
        terminal.expect("aborted")
        assert terminal.exit_code() == 130


def test_abort_during_a_tool_exits_with_130(talker, home):
    with Terminal("chat", "-t", "handy.sleep", "call sleep", cwd=home) as terminal:
        terminal.expect("-> sleep()")
        terminal.type(CTRL_C)
        terminal.expect("aborted")
        assert terminal.exit_code(within_s=10) == 130


@pytest.mark.parametrize("prompt", ["stubborn", "freeze"])
def test_pressing_ctrl_c_again_ends_what_does_not_want_to_end(talker, home, prompt):
    with Terminal("chat", prompt, cwd=home) as terminal:
        terminal.expect("begun")
        assert terminal.interrupt_until_the_end() == 130


def test_redirected_answer_keeps_prompt_and_notes_out(talker, home):
    with (home / "out.txt").open("w", encoding="utf-8") as out:
        terminal = Terminal("chat", cwd=home, stdout=out)
    with terminal:
        terminal.expect("> ")
        terminal.type("hello\n")
        terminal.expect("> ")
        terminal.type(CTRL_D)
        assert terminal.exit_code() == 0
    assert (home / "out.txt").read_text(encoding="utf-8") == "you said: hello\n"


def test_help_and_tables_are_drawn_on_a_terminal(talker, home):
    with Terminal("plugins", "list", cwd=home) as terminal:
        terminal.expect("talker")
        assert terminal.exit_code() == 0
        assert "\x1b[1m" in terminal.text


def test_sink_has_the_answer_while_the_chat_waits_at_its_prompt(chat, home):
    (home / "jackfield.toml").write_text(
        '[agents.default]\nsinks = ["trace"]\n[sinks.trace]\nuse = "jsonl"\npath = "trace.jsonl"\n',
        encoding="utf-8",
    )
    terminal = chat()
    terminal.type("hello\n")
    terminal.expect("7 tokens in, 3 out")
    terminal.expect("> ")
    last = (home / "trace.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(last)["type"] == "agent_end"


@pytest.mark.parametrize(
    ("agent", "advice"),
    [
        ("support", 'jackfield run support "What time is it?"'),
        ("support", "... | jackfield run support"),
        ("support", "jackfield chat --agent support"),
        ("Say hello.", "jackfield run default 'Say hello.'"),
    ],
)
def test_run_without_a_prompt_says_what_to_type(home, agent, advice):
    with Terminal("run", agent, cwd=home) as terminal:
        terminal.expect("error: There is no prompt for the agent")
        assert terminal.exit_code() == 2
        assert advice in terminal.plain
