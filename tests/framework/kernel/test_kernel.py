"""The kernel: from a configuration to agents, each capability once."""

import json
import logging
import subprocess
import sys
from contextlib import nullcontext

import pytest

from jackfield.contracts import Host
from jackfield.errors import (
    ContractError,
    OptionError,
    PluginConflictError,
    PluginNotFoundError,
    SettingsError,
    StateError,
)
from jackfield.kernel.kernel import Kernel
from jackfield.kernel.model_name import parse_model_name
from jackfield.models import ThinkingLevel
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.testing.script import Call


def kernel_of(source=None, **options):
    return Kernel.from_config(source or {}, **options)


def agent_table(**table):
    return {"agents": {"default": {"model": "echo:m", **table}}}


async def test_agent_is_built_as_the_file_says(panel, tmp_path):
    path = tmp_path / "jackfield.toml"
    path.write_text(
        """
        [agents.support]
        model = "fast:some/model:free"
        system_prompt = "Be kind."
        tools = ["web.fetch", "mine"]
        thinking_level = "high"
        temperature = 0.5
        max_tokens = 9
        session_id = "s-1"
        tool_choice = "auto"
        thinking_budgets = { high = 100 }
        response_schema = { type = "object" }
        [providers.fast]
        use = "echo"
        port = 7
        [tools.mine]
        use = "web"
        """,
        encoding="utf-8",
    )
    async with Kernel.from_config(path, overrides={"tools.mine.use": "clock"}) as kernel:
        agent = kernel.agent("support")
        assert agent.state.model.provider == "fast"
        assert agent.state.model.id == "some/model:free"
        assert agent.state.system_prompt == "Be kind."
        assert agent.state.tools[0].name == "fetch"
        assert agent.session_id == "s-1"
        assert await agent.prompt_text("Hello") == "hello"
        (request,) = kernel.provider("fast").requests
    assert panel.made[0].settings.port == 7
    assert request.options.temperature == 0.5
    assert request.options.max_tokens == 9
    assert request.options.reasoning is ThinkingLevel.HIGH
    assert request.options.thinking_budgets.high == 100
    assert request.options.session_id == "s-1"
    assert request.options.response_schema == {"type": "object"}
    assert request.options.tool_choice == "auto"


async def test_max_turns_and_modes_reach_the_agent(panel):
    table = agent_table(
        tools=["clock"], max_turns=2, steering_mode="all", follow_up_mode="all",
        tool_execution="sequential", enable_prompt_caching=True, cache_retention="long",
    )  # fmt: skip
    async with kernel_of(table) as kernel:
        agent = kernel.agent()
        tool = agent.state.tools[0].name
        kernel.provider("echo").add([Call(tool)], [Call(tool)], [Call(tool)])
        assert (agent.get_steering_mode(), agent.get_follow_up_mode()) == ("all", "all")
        reasons = [event.reason async for event in agent.stream("x") if event.type == "agent_end"]
        assert reasons == ["max_turns"]
        assert len(kernel.provider("echo").requests) == 2
        assert kernel.provider("echo").requests[0].options.cache_retention == "long"


def test_nothing_is_imported_or_opened_before_it_is_named(installed_plugin):
    bomb = installed_plugin(
        "acme-bomb", code="raise SystemExit(3)", entry_points={"provider": ["bomb"]}
    )
    kernel = kernel_of({"agents": {"a": {"model": "bomb:x"}}, "providers": {"bomb": {}}})
    assert not bomb.is_imported
    assert kernel.index.names("provider")
    assert not bomb.is_imported


async def test_each_capability_is_opened_once_but_sinks_per_agent(panel):
    table = agent_table(tools=["web"], sinks=["count", "count"])
    table["providers"] = {"echo": {"auth": "badge", "transport": "wire"}}
    async with kernel_of(table) as kernel:
        first, second = kernel.agent(), kernel.agent()
        assert kernel.provider("echo") is kernel.provider("echo")
        assert kernel.tools(["web"])[0] is kernel.tools(["web.search"])[0]
        assert panel.diary == [
            "open auth badge",
            "open transport wire",
            "open provider echo",
            "open tools web",
            "open sink count",
            "open sink count",
        ]
        await first.prompt("a")
        await second.prompt("a")
    sinks = [thing for thing in panel.made if thing.kind == "sink"]
    assert [sink.events[0].type for sink in sinks] == ["agent_start", "agent_start"]
    assert [sink.events[-1].type for sink in sinks] == ["agent_end", "agent_end"]
    assert sinks[0].events[0].run_id != sinks[1].events[0].run_id


async def test_two_kernels_share_nothing(panel):
    async with kernel_of(agent_table()) as one, kernel_of(agent_table()) as two:
        assert one.provider("echo") is not two.provider("echo")
        assert await one.agent().prompt_text("x") == await two.agent().prompt_text("x") == "hello"


async def test_sink_gets_what_a_listener_gets_in_the_same_order(panel):
    async with kernel_of(agent_table(sinks=["count"], tools=["web"])) as kernel:
        agent = kernel.agent()
        kernel.provider("echo").add([Call("search", {"text": "a"}), Call("fetch", {"url": "b"})])
        heard = []
        agent.subscribe(heard.append)
        seen = [event async for event in agent.stream("x")]
    (sink,) = [thing for thing in panel.made if thing.kind == "sink"]
    assert sink.events == heard == seen
    assert len(sink.events) > 20


async def test_failing_sink_never_breaks_a_run(panel, caplog):
    table = agent_table(sinks=["bad"]) | {"sinks": {"bad": {"use": "count"}}}
    kernel = kernel_of(table)
    assert await kernel.agent().prompt_text("x") == "hello"
    await kernel.aclose()
    (report,) = kernel.close_reports
    assert (report.name, report.delivered) == ("bad", 0)
    assert report.failed > 0
    assert "Sink 'bad' failed" in caplog.text


async def test_hook_plugins_see_runs_and_wrap_what_is_opened(panel, hooks):
    table = agent_table(system_prompt="Be brief", tools=["web"])
    async with kernel_of(table | {"plugins": {"hooks": ["watch"]}}) as kernel:
        assert kernel.provider("echo").name == "wrapped"
        kernel.provider("echo").add([Call("search", {"text": "a"})])
        assert await kernel.agent().prompt_text("x") == "hello"
        request = kernel.provider("echo").requests[0]
    assert request.system_prompt == "Be brief (checked)"
    assert hooks.seen[0] == "agent_start"
    assert hooks.seen[-1] == "agent_end"
    assert ("search", {"text": "a"}) in hooks.seen
    assert "search" in hooks.seen
    assert [item for item in hooks.seen if isinstance(item, int)] == [3, 4]


def test_kernel_is_a_host_for_plugins():
    assert isinstance(kernel_of(), Host)


# Errors


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gpt", "has no colon"),
        (":m", "no provider before the colon"),
        ("p:", "no model id behind the colon"),
        (" : ", "no provider before"),
        ("", "has no colon"),
    ],
)
def test_malformed_model_name_is_told(name, told):
    with pytest.raises(OptionError, match=told):
        kernel_of().resolve_model(name)


def test_model_id_may_hold_colons_and_slashes():
    assert parse_model_name("p:org/model:free:v2") == ("p", "org/model:free:v2")
    with pytest.raises(OptionError, match="must be a string, not int"):
        parse_model_name(3)


def test_unknown_agent_is_told_with_the_nearest(panel):
    with pytest.raises(SettingsError) as caught:
        kernel_of(agent_table()).agent("defualt")
    assert caught.value.nearest == ["default"]


def test_unknown_provider_is_told_with_configured_and_installed_names(panel):
    kernel = kernel_of({"providers": {"fast": {"use": "echo"}}})
    with pytest.raises(PluginNotFoundError) as caught:
        kernel.resolve_model("fats:x")
    assert caught.value.nearest[0] == "fast"
    with pytest.raises(PluginNotFoundError) as caught:
        kernel.resolve_model("ecko:x")
    assert "echo" in caught.value.nearest
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('model = "echoo:x"', "model"),
        ('tools = ["clok"]', "tools"),
        ('sinks = ["jsonk"]', "sinks"),
    ],
)
def test_agent_that_names_a_missing_plugin_is_told_by_its_line(tmp_path, panel, line, key):
    path = tmp_path / "x.toml"
    rest = "" if key == "model" else 'model = "echo:x"\n'
    path.write_text(f"[agents.a]\n{line}\n{rest}", encoding="utf-8")
    with pytest.raises(PluginNotFoundError) as caught:
        Kernel.from_config(path).agent("a")
    assert str(caught.value).startswith(f"{path}:2: agents.a.{key}: No installed")


def test_missing_plugin_is_told_where_it_is_named(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text('[providers.fast]\n\nuse = "openrouter"\n', encoding="utf-8")
    with pytest.raises(PluginNotFoundError) as caught:
        Kernel.from_config(path, index=PluginIndex([])).provider("fast")
    assert str(caught.value).startswith(f"{path}:3: providers.fast.use: No installed")
    assert "pip install jackfield-openrouter" in str(caught.value)


def test_wrong_setting_is_told_with_file_and_line(panel, tmp_path):
    path = tmp_path / "x.toml"
    path.write_text('[providers.echo]\nfallback = ""\nprt = 3\n', encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Kernel.from_config(path).provider("echo")
    error = caught.value
    assert (error.file, error.line, error.key) == (str(path), 3, "providers.echo.prt")
    assert str(error).startswith(f"{path}:3: providers.echo.prt")
    assert "port" in str(error)


def test_variable_for_a_string_setting_keeps_its_text(panel, monkeypatch):
    monkeypatch.setenv("JACKFIELD_PROVIDERS__ECHO__CODE", "0042")
    monkeypatch.setenv("JACKFIELD_PROVIDERS__ECHO__PORT", "42")
    settings = Kernel.from_config().provider("echo").settings
    assert (settings.code, settings.port) == ("0042", 42)
    monkeypatch.setenv("JACKFIELD_PROVIDERS__ECHO__CODE", "42")
    assert Kernel.from_config().provider("echo").settings.code == "42"


@pytest.mark.parametrize(
    ("providers", "path"),
    [
        ({"a": {"use": "echo", "fallback": "a"}}, "'a' -> provider 'a'"),
        (
            {"a": {"use": "echo", "fallback": "b"}, "b": {"use": "echo", "fallback": "a"}},
            "'a' -> provider 'b' -> provider 'a'",
        ),
    ],
    ids=["itself", "two"],
)
def test_circle_of_providers_is_told(panel, providers, path):
    kernel = kernel_of({"providers": providers})
    for _ in range(2):  # the failure leaves nothing behind
        with pytest.raises(SettingsError, match="needs itself") as caught:
            kernel.provider("a")
        assert path in str(caught.value)


def test_failed_open_can_be_tried_again(panel):
    kernel = kernel_of({"providers": {"a": {"use": "echo", "fallback": "nobody"}}})
    for _ in range(2):
        with pytest.raises(PluginNotFoundError, match="nobody"):
            kernel.provider("a")


def test_broken_plugin_hurts_only_those_who_use_it(panel, installed_plugin):
    installed_plugin("acme-bad", code="import nothing_here", entry_points={"provider": ["worse"]})
    kernel = kernel_of(agent_table())
    assert kernel.agent()
    with pytest.raises(Exception, match="acme-bad"):
        kernel.provider("worse")


def test_contested_name_is_settled_by_prefer(panel, installed_plugin):
    installed_plugin("acme-rival", code="raise SystemExit", entry_points={"provider": ["echo"]})
    with pytest.raises(PluginConflictError):
        kernel_of().provider("echo")
    assert kernel_of({"plugins": {"prefer": {"echo": "acme-panel"}}}).provider("echo")


# Tools


def test_tools_are_selected_by_set_and_by_name(panel):
    kernel = kernel_of({"tools": {"my.web": {"use": "web"}}})
    assert [tool.name for tool in kernel.tools(["web"])] == ["search", "fetch"]
    assert [tool.name for tool in kernel.tools(["web.fetch", "web"])] == ["fetch", "search"]
    assert [tool.name for tool in kernel.tools(["my.web.fetch"])] == ["fetch"]
    assert [tool.name for tool in kernel.tools(["my.web"])] == ["search", "fetch"]
    assert kernel.tools([]) == []


def test_same_tool_of_two_sets_is_refused_with_both_names(panel):
    kernel = kernel_of({"tools": {"other": {"use": "web"}}})
    with pytest.raises(OptionError, match=r"'search' .* 'web' and 'other'") as caught:
        kernel.tools(["web", "other"])
    assert '"web.search"' in caught.value.hint
    assert len(kernel.tools(["web.search", "other.fetch"])) == 2


def test_unknown_tool_and_tool_set_are_told_with_the_nearest(panel):
    kernel = kernel_of()
    with pytest.raises(PluginNotFoundError) as caught:
        kernel.tools(["web.serch"])
    assert caught.value.nearest[0] == "web.search"
    with pytest.raises(PluginNotFoundError) as caught:
        kernel.tools(["wob"])
    assert "web" in caught.value.nearest
    with pytest.raises(PluginNotFoundError, match="It has: search, fetch"):
        kernel.tools(["web.zzz"])


# What the host offers


def test_default_transport_is_the_configured_one_else_httpx(panel):
    prefer = {"plugins": {"prefer": {"httpx": "acme-panel"}}}
    assert kernel_of(prefer).transport().name == "httpx"
    kernel = kernel_of({"transports": {"default": {"use": "wire"}}})
    assert kernel.transport().name == "default"
    assert kernel.transport() is kernel.transport("default")


def test_cache_folder_is_the_plugins_own_and_exists(tmp_path):
    kernel = kernel_of(environ={"JACKFIELD_CACHE_DIR": str(tmp_path / "c")})
    assert kernel.cache_dir("local") == tmp_path / "c" / "local"
    assert kernel.cache_dir("local").is_dir()


def test_cache_folder_lies_in_the_users_cache(isolated_folders):
    folder = kernel_of(environ={}).cache_dir("local")
    assert folder.is_dir()
    assert "jackfield" in folder.parts
    assert isolated_folders in folder.parents


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "/etc", "a\\b"])
def test_cache_folder_outside_is_refused(name, tmp_path):
    kernel = kernel_of(environ={"JACKFIELD_CACHE_DIR": str(tmp_path)})
    with pytest.raises(OptionError, match="not a plain name"):
        kernel.cache_dir(name)


def test_logger_lies_below_jackfield():
    assert kernel_of().logger("dice").name == "jackfield.plugins.dice"


def test_progress_is_logged_unless_somebody_shows_it(caplog):
    caplog.set_level(logging.INFO)
    with kernel_of().progress("Fetching", total=3, unit="bytes") as progress:
        progress.advance(3)
    assert [record.getMessage() for record in caplog.records] == [
        "Fetching (3 bytes) ...",
        "Fetching: done",
    ]
    shown = []

    def factory(description, *, total=None, unit=""):
        shown.append((description, total, unit))
        return nullcontext()

    with kernel_of(progress=factory).progress("x", total=1, unit="bytes"):
        assert shown == [("x", 1, "bytes")]


# Without configuration


def local_index(distribution="jackfield-local"):
    entry = Entry(kind="provider", name="local", value="m", distribution=distribution, version="1")
    return PluginIndex([entry])


def test_default_model_is_that_of_the_environment():
    kernel = kernel_of(environ={"JACKFIELD_MODEL": "echo:x"}, index=local_index())
    assert kernel.default_model() == ("echo:x", "JACKFIELD_MODEL is set")


def test_default_model_is_the_embedded_one_where_it_is_installed():
    kernel = kernel_of(environ={}, index=local_index())
    name, reason = kernel.default_model()
    assert name == "local:smollm2-135m"
    assert "jackfield-local" in reason


@pytest.mark.parametrize("index", [PluginIndex([]), local_index("acme-local")])
def test_without_any_model_the_installed_providers_are_listed(index):
    kernel = kernel_of(environ={}, index=index)
    with pytest.raises(SettingsError) as caught:
        kernel.agent()
    assert caught.value.key == "agents.default.model"
    names = ", ".join(index.names("provider"))
    assert (f"Installed providers: {names}." if names else "No provider") in str(caught.value)
    assert "JACKFIELD_MODEL" in caught.value.hint


async def test_agent_without_a_model_takes_the_default(panel):
    environ = {"JACKFIELD_MODEL": "echo:x"}
    async with kernel_of({"agents": {"a": {}}}, environ=environ) as kernel:
        assert kernel.agent("a").state.model.id == "x"
        assert await kernel.agent().prompt_text("hi") == "hello"


def test_environment_of_the_kernel_is_used_for_everything(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("", encoding="utf-8")
    environ = {"JACKFIELD_AGENTS__DEFAULT__MODEL": "a:b"}
    kernel = Kernel.from_config(path, environ=environ)
    assert kernel.config.agent("default").model == "a:b"


# Cost


def test_importing_the_agent_loads_nothing_heavy():
    code = (
        "import sys, json, jackfield; jackfield.Agent;"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    heavy = {"pydantic", "stevedore", "pluggy", "importlib_metadata", "click", "rich", "tomllib"}
    assert not set(json.loads(done.stdout)) & heavy


def test_state_error_after_close_is_for_everything():
    import asyncio

    kernel = kernel_of()
    asyncio.run(kernel.aclose())
    for use in (
        kernel.agent,
        lambda: kernel.provider("x"),
        lambda: kernel.transport(),
        lambda: kernel.tools(["clock"]),
        lambda: kernel.open_sink("jsonl"),
    ):
        with pytest.raises(StateError, match="closed"):
            use()
    assert "closed" in repr(kernel)


def test_plugin_that_returns_nonsense_is_a_contract_error(installed_plugin):
    installed_plugin(
        "acme-odd",
        code="from jackfield import hookimpl\n@hookimpl\ndef open_provider():\n    return 3",
        entry_points={"provider": ["odd"]},
    )
    with pytest.raises(ContractError):
        kernel_of().provider("odd")
