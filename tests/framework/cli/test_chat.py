"""`jackfield chat` and `jackfield run` without a terminal: prompts, streams, exit codes."""

import json
import signal
import subprocess
import sys

import pytest


def test_one_prompt_gives_the_answer_on_stdout(jackfield, talker):
    done = jackfield("chat", "Hello", "there")
    assert done.returncode == 0
    assert done.stdout == "you said: Hello there\n"


def test_default_model_is_told_with_the_way_to_change_it(jackfield, talker):
    done = jackfield("chat", "Hello")
    (line,) = done.stderr.splitlines()
    assert "talker:any" in line
    assert "JACKFIELD_MODEL is set" in line
    assert "--model" in line


def test_chosen_model_is_not_told(jackfield, talker):
    done = jackfield("chat", "--model", "talker:other", "count")
    assert (done.stdout, done.stderr) == ("you said: message 1 to other\n", "")


def test_prompt_is_read_from_a_pipe(jackfield, talker):
    assert jackfield("chat", stdin="from a pipe\n").stdout == "you said: from a pipe\n"
    assert jackfield("chat", "-", stdin="from a pipe\n").stdout == "you said: from a pipe\n"
    assert jackfield("run", "default", "-", stdin="piped").stdout == "you said: piped\n"


def test_empty_prompt_is_a_usage_error(jackfield, talker):
    done = jackfield("chat", stdin="")
    assert done.returncode == 2
    assert done.stderr == "error: The prompt is empty.\n"


def test_thinking_never_reaches_a_pipe(jackfield, talker):
    done = jackfield("chat", "-m", "talker:any", "think")
    assert (done.stdout, done.stderr) == ("you said: think\n", "")


def test_tool_calls_are_told_on_stderr(jackfield, talker):
    done = jackfield("chat", "-m", "talker:any", "--tools", "handy.add", "call add")
    assert done.stdout == "you said: call add\n"
    assert done.stderr == "-> add()\n<- add: nothing added\n"


def test_no_tools_leaves_out_the_configured_ones(jackfield, talker, home):
    (home / "jackfield.toml").write_text(
        '[agents.default]\nmodel = "talker:any"\ntools = ["handy"]\n', encoding="utf-8"
    )
    assert "<- add: nothing added" in jackfield("chat", "call add").stderr
    assert "Tool add not found" in jackfield("chat", "--no-tools", "call add").stderr


@pytest.mark.parametrize(
    ("prompt", "code", "text"),
    [
        ("fail", 1, "error: no route to the model"),
        ("secret", 2, "error: No secret in X. Set X."),
        ("crash", 1, "error: all gone"),
        ("contract", 3, "error: The plugin broke a rule."),
        ("plugin", 3, "error: The plugin is torn."),
    ],
)
def test_failed_run_is_one_line_and_an_exit_code(jackfield, talker, prompt, code, text):
    done = jackfield("chat", "-m", "talker:any", prompt)
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr == f"{text}\n"


def test_run_that_reaches_its_limit_of_turns_says_so_and_exits_with_1(jackfield, talker):
    done = jackfield(
        "run", "default", "-m", "talker:any", "-t", "handy.add", "--max-turns", "1", "call add"
    )
    assert done.returncode == 1
    assert "reached its `max_turns`" in done.stderr


def test_unknown_provider_is_one_clear_error(jackfield, talker):
    done = jackfield("chat", "-m", "alchemy:x", "Hello")
    assert done.returncode == 3
    assert "'alchemy'" in done.stderr
    assert "pip install jackfield-alchemy" in done.stderr
    assert "Traceback" not in done.stderr


def test_model_without_provider_is_a_usage_error(jackfield):
    done = jackfield("chat", "-m", "gpt", "Hello")
    assert done.returncode == 2
    assert done.stderr.startswith("error: 'gpt' has no colon.")


def test_no_model_at_all_lists_the_installed_providers(jackfield, talker, installed_plugin):
    installed_plugin("jackfield-local")  # hides one that offers an embedded model
    done = jackfield("chat", "Hello", JACKFIELD_MODEL="")
    assert done.returncode == 2
    assert "Installed providers: " in done.stderr
    assert "talker" in done.stderr
    assert "--model" in done.stderr


def test_broken_plugin_hurts_only_who_uses_it(jackfield, talker, installed_plugin):
    installed_plugin(
        "jackfield-broken",
        code="raise SystemExit('bang')",
        entry_points={"provider": ["broken"], "command": ["shatter"]},
    )
    assert jackfield("chat", "Hello").returncode == 0
    assert jackfield("plugins", "list").returncode == 0
    for arguments in (["chat", "-m", "broken:x", "Hello"], ["shatter"]):
        done = jackfield(*arguments)
        assert done.returncode == 3
        assert done.stderr.startswith("error: ")
        assert "jackfield-broken" in done.stderr
        assert "bang" in done.stderr
        assert "Traceback" not in done.stderr


def test_misspelt_agent_names_the_configured_ones(jackfield, talker, home):
    (home / "jackfield.toml").write_text(
        '[agents.support]\nmodel = "talker:any"\n', encoding="utf-8"
    )
    for extra in ([], ["-m", "talker:any"]):
        done = jackfield("run", "suport", "Hello", *extra)
        assert done.returncode == 2
        assert "'suport'" in done.stderr
        assert "support" in done.stderr
    assert jackfield("run", "support", "Hello").stdout == "you said: Hello\n"


def test_run_without_an_agent_is_a_usage_error(jackfield):
    done = jackfield("run")
    assert done.returncode == 2
    assert "AGENT" in done.stderr


def test_json_has_every_event_as_one_line(jackfield, talker):
    done = jackfield("run", "default", "-m", "talker:any", "--json", "Hello")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["type"] for event in events] == [
        "agent_start",
        "turn_start",
        "message_start",
        "message_end",
        "message_start",
        "message_update",
        "message_update",
        "message_update",
        "message_end",
        "turn_end",
        "agent_end",
    ]
    assert events[-1]["reason"] == "stop"
    assert events[-1]["messages"][-1]["content"][0]["text"] == "you said: Hello"
    assert "partial" not in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_json_marks_values_that_json_does_not_know(jackfield, talker):
    done = jackfield("run", "default", "-m", "talker:any", "-t", "handy", "--json", "call odd")
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    (end,) = [event for event in ends if event["type"] == "tool_execution_end"]
    assert end["result"]["details"]["object"]["$repr"].startswith("<object object at")


def test_json_of_a_failed_run_ends_with_its_reason(jackfield, talker):
    done = jackfield("run", "default", "-m", "talker:any", "--json", "fail")
    assert json.loads(done.stdout.splitlines()[-1])["reason"] == "error"
    assert done.returncode == 1
    assert done.stderr == "error: no route to the model\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_interrupt_from_outside_ends_the_json_with_its_reason_and_130(talker, home):
    process = subprocess.Popen(
        [sys.executable, "-m", "jackfield", "run", "default", "--json", "forever"],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    lines = iter(process.stdout.readline, "")
    assert any('"text_delta"' in line for line in lines)
    process.send_signal(signal.SIGINT)
    last = [json.loads(line) for line in lines][-1]
    process.communicate(timeout=20)
    assert (last["type"], last["reason"]) == ("agent_end", "aborted")
    assert process.returncode == 130


def test_sinks_get_everything_before_the_command_ends(jackfield, talker, home):
    (home / "jackfield.toml").write_text(
        '[agents.default]\nmodel = "talker:any"\nsinks = ["trace"]\n'
        '[sinks.trace]\nuse = "jsonl"\npath = "trace.jsonl"\n',
        encoding="utf-8",
    )
    assert jackfield("chat", "Hello").returncode == 0
    lines = (home / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"agent_end"' in lines[-1]


def test_models_lists_one_provider(jackfield, talker):
    done = jackfield("models", "talker")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split()[:3] == ["talker:any", "Any", "8,192"]


def test_models_of_all_providers_tells_failures_in_one_line_each(
    jackfield, talker, installed_plugin
):
    installed_plugin(
        "jackfield-broken", code="raise ValueError('bang')", entry_points={"provider": ["broken"]}
    )
    done = jackfield("models", "--json")
    assert done.returncode == 0
    assert [model["id"] for model in json.loads(done.stdout)["talker"]] == ["any", "other"]
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("broken: ")]
    assert "bang" in line


def test_models_of_an_unknown_provider_exits_with_3(jackfield, talker):
    done = jackfield("models", "talkr")
    assert done.returncode == 3
    assert "talker" in done.stderr
