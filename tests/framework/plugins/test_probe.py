"""The doctor: whatever a plugin does, it gets an outcome with cause and remedy."""

import socket
import subprocess
import sys

import psutil
import pytest

from jackfield.plugins.index import PluginIndex
from jackfield.plugins.probe import probe, probe_all
from jackfield.plugins.probed import ANSWER, read_answer

GOOD = "@hookimpl\ndef open_provider(name): return P(name)"
HANG = "import threading\nthreading.Event().wait()"
SEGFAULT = "import ctypes\nctypes.string_at(0)"

FAULTS = {
    "ok": (GOOD, "ok", "", ""),
    "noisy": ("print('{\"status\": 1}', flush=True)\n" + GOOD, "ok", "", ""),
    "thread left behind": (
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\n" + GOOD,
        "ok",
        "",
        "",
    ),
    "import error": ("raise ImportError('no luck')", "broken", "no luck", "pip install"),
    "syntax error": ("def (", "broken", "SyntaxError", "--force-reinstall acme-demo"),
    "system exit": ("raise SystemExit(1)", "broken", "SystemExit", "tell its author"),
    "missing dependency": ("import nowhere_at_all", "broken", "nowhere_at_all", "pip install"),
    "other api": ("jackfield_api = '7'", "broken", "'7'", "pip install --upgrade jackfield"),
    "misspelt hook": (
        "@hookimpl\ndef open_provder(): ...",
        "broken",
        "no hook 'open_provder'",
        "Did you mean 'open_provider'",
    ),
    "bad settings model": (
        GOOD + "\n@hookimpl\ndef describe_settings(): return 3",
        "broken",
        "no pydantic model",
        "acme-demo",
    ),
    "asks the user": ("input()", "broken", "EOFError", "acme-demo"),
    "ends the process": ("import os\nos._exit(0)", "crashed", "with code 0", "tell its author"),
    "crashes": (SEGFAULT, "crashed", "SIGSEGV", "--force-reinstall acme-demo"),
}


def entry():
    return PluginIndex.scan().find("provider", "demo")


@pytest.mark.parametrize(("code", "status", "cause", "remedy"), FAULTS.values(), ids=FAULTS)
def test_outcome_says_status_cause_and_remedy(panel, code, status, cause, remedy):
    plugin = panel.provider(code)
    outcome = probe(entry())
    assert (outcome.status, outcome.entry.name) == (status, "demo")
    assert cause in outcome.cause
    assert remedy in outcome.remedy
    assert bool(outcome.cause) == bool(outcome.remedy) == (status != "ok")
    assert not plugin.is_imported


def test_crash_names_the_line(panel):
    plugin = panel.provider(SEGFAULT)
    assert f"{plugin.package / '__init__.py'}, line" in probe(entry()).cause


@pytest.mark.slow
def test_hang_ends_at_the_limit_and_takes_its_children_along(panel):
    with socket.create_server(("127.0.0.1", 0)) as server:
        grandchild = (
            "import socket, threading; "
            f"s = socket.create_connection({server.getsockname()}); threading.Event().wait()"
        )
        panel.provider(
            f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {grandchild!r}])\n"
        )
        outcome = probe(entry(), limit_s=3.0)
        assert (outcome.status, outcome.seconds) == ("timeout", 3.0)
        assert "within 3 s" in outcome.cause
        server.settimeout(10)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(10)
            assert connection.recv(1) == b""  # its end of the connection is gone, so it is


@pytest.mark.slow
def test_all_are_probed_in_order_whatever_some_do(panel):
    panel.provider(HANG, name="a-hang", distribution="hang-dist")
    panel.provider(SEGFAULT, name="b-crash", distribution="crash-dist")
    panel.provider(GOOD, name="c-good", distribution="good-dist")
    index = PluginIndex.scan()
    chosen = [index.find("provider", name) for name in ("a-hang", "b-crash", "c-good")]
    outcomes = probe_all(index, entries=chosen, limit_s=3.0, parallel=3)
    assert [one.status for one in outcomes] == ["timeout", "crashed", "ok"]
    assert [one.entry for one in outcomes] == chosen


def test_conflict_is_told_without_loading_and_prefer_settles_it(panel):
    panel.provider(GOOD, distribution="one-dist")
    panel.provider("raise SystemExit", distribution="two-dist")
    index = PluginIndex.scan()
    claimants = index.claimants("provider", "demo")
    outcomes = probe_all(index, entries=claimants)
    assert [one.status for one in outcomes] == ["conflict", "conflict"]
    assert "one-dist" in outcomes[0].cause
    assert "two-dist" in outcomes[0].cause
    assert "prefer" in outcomes[0].remedy
    settled = probe_all(index, entries=claimants, prefer={"demo": "one-dist"})
    assert [one.status for one in settled] == ["ok", "broken"]


def test_bad_manifest_is_told(panel):
    panel.add("acme-demo", GOOD, entry_points={"provider": ["demo"]}, manifest="{")
    outcome = probe(entry())
    assert outcome.status == "broken"
    assert "is no manifest" in outcome.cause
    assert "jackfield plugins manifest" in outcome.remedy


def test_plugin_that_vanished_meanwhile_is_told(panel):
    plugin = panel.provider(GOOD)
    found = entry()
    (plugin.dist_info / "entry_points.txt").unlink()
    assert "does not offer the provider 'demo' any more" in probe(found).cause


def test_module_in_the_working_directory_does_not_disturb(panel, tmp_path, monkeypatch):
    panel.provider(GOOD)
    (tmp_path / "json.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert probe(entry()).status == "ok"


def test_interrupt_ends_the_running_probes(panel, tmp_path):
    panel.provider(HANG)
    code = (
        "import os, signal, sys, threading\n"
        "from jackfield.plugins import probe\n"
        "from jackfield.plugins.index import PluginIndex\n"
        "index = PluginIndex.scan()\n"
        "entries = [index.find('provider', 'demo')]\n"
        "started = probe._started\n"
        "def tell(*args):\n"
        "    process = started(*args)\n"
        "    print(process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return process\n"
        "probe._started = tell\n"
        "try:\n"
        "    probe.probe_all(index, entries=entries, limit_s=50)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=30, check=True
    )
    pid, said = done.stdout.split()
    assert said == "interrupted"
    assert not psutil.pid_exists(int(pid))


def test_our_own_plugins_are_healthy():
    index = PluginIndex.scan()
    ours = [one for one in index.entries() if one.distribution == "jackfield"]
    assert {one.status for one in probe_all(index, entries=ours)} == {"ok"}


def test_answer_is_the_last_marked_line():
    assert read_answer("noise") is None
    text = f'{ANSWER}{{"status": "broken"}}\nnoise\n{ANSWER}{{"status": "ok"}}\nnoise'
    assert read_answer(text) == {"status": "ok"}
