"""Opening capabilities: who is asked, what is checked, how failures are told."""

import traceback

import click
import pytest

from jackfield.errors import (
    ContractError,
    PluginConflictError,
    PluginLoadError,
    PluginNotFoundError,
    SecretMissingError,
    SettingsError,
)
from jackfield.plugins.returned import protocol_members

OPEN = """
    @hookimpl
    def open_provider(name, use, settings, kernel):
        provider = P(name)
        provider.got = (use, settings, kernel)
        return provider
"""

DESCRIBED = """
    class Settings(BaseModel):
        size: int = 1

    @hookimpl
    def describe_settings(kind, name):
        return Settings
"""


def test_open_hands_over_names_settings_and_host(panel):
    panel.provider(OPEN)
    provider = panel.open("demo", name="fast", settings={"any": 1})
    assert provider.name == "fast"
    assert provider.got == ("demo", {"any": 1}, panel.host)


def test_settings_arrive_as_the_plugins_model(panel):
    panel.provider(OPEN + DESCRIBED)
    _, settings, _ = panel.open(settings={"size": "7"}).got
    assert (type(settings).__name__, settings.size) == ("Settings", 7)


def test_wrong_setting_is_told_with_the_place(panel):
    panel.provider(OPEN + DESCRIBED)
    with pytest.raises(SettingsError) as caught:
        panel.open(name="fast", settings={"sise": 7})
    assert caught.value.key == "providers.fast.sise"
    assert caught.value.nearest == ["size"]


def test_plugin_object_can_be_an_instance(panel):
    code = """
        class Plugin:
            @hookimpl
            def open_provider(self, name): return P(name)

        plugin = Plugin()
    """
    panel.add("acme-demo", code, entry_points={"provider": {"demo": "acme_demo:plugin"}})
    assert panel.open().name == "demo"


def test_one_module_can_serve_several_kinds_and_names(panel):
    code = (
        OPEN
        + """
    @hookimpl
    def open_tools(use): return [AgentTool(name=use)]
    """
    )
    points = {"provider": ["one", "two"], "tools": ["three"]}
    panel.add("acme-demo", code, entry_points=points)
    sockets = panel.sockets()
    for use in ("one", "two"):
        assert sockets.open("provider", use, "x", {}, panel.host, "p").got[0] == use
    [tool] = sockets.open("tools", "three", "x", {}, panel.host, "p")
    assert tool.name == "three"


def test_plugin_that_ignores_the_name_does_not_answer_for_a_stranger(panel):
    panel.provider(OPEN, name="right", distribution="right-dist")
    panel.provider(
        "@hookimpl\ndef open_provider(): return P('greedy')",
        name="greedy",
        distribution="greedy-dist",
    )
    sockets = panel.sockets()
    for use in ("greedy", "right", "greedy"):
        assert sockets.open("provider", use, use, {}, panel.host, "p").name == use


def test_only_the_named_plugin_is_imported(panel):
    named = panel.provider(OPEN)
    idle = panel.provider("raise SystemExit", name="idle", distribution="idle-dist")
    panel.open()
    assert named.is_imported
    assert not idle.is_imported


def test_wrappers_of_plugins_that_are_not_named_as_hooks_do_not_run(panel):
    panel.provider(OPEN)
    code = OPEN.replace("open_provider", "open_tools") + wrapping("spied")
    panel.add("other-dist", code, entry_points={"tools": ["other"]})
    sockets = panel.sockets()
    sockets.load(sockets.find("tools", "other"))
    assert sockets.open("provider", "demo", "demo", {}, panel.host, "p").name == "demo"


def wrapping(tag):
    return f"""
        @hookimpl(wrapper=True)
        def open_provider():
            return P(f"{tag}({{(yield).name}})")
    """


def test_hook_plugins_wrap_providers_first_outermost(panel):
    panel.provider(OPEN)
    panel.hook(wrapping("outer"), name="outer", distribution="outer-dist")
    panel.hook(wrapping("inner"), name="inner", distribution="inner-dist")
    assert panel.open(hooks=("outer", "inner")).name == "outer(inner(demo))"
    assert panel.open().name == "demo"


def test_wrapper_that_forgets_to_return_is_named(panel):
    panel.provider(OPEN)
    panel.hook("@hookimpl(wrapper=True)\ndef open_provider():\n    yield")
    with pytest.raises(ContractError, match=r"returned None \(it is wrapped by .*: spy\)"):
        panel.open(hooks=("spy",))


def test_plain_open_hook_of_a_hook_plugin_is_refused(panel):
    panel.hook(OPEN)
    with pytest.raises(ContractError, match="open_provider of a hook plugin must be a wrapper"):
        panel.sockets(("spy",))


def test_capability_that_is_also_a_hook_plugin_answers_for_itself_only(panel):
    panel.provider(OPEN, name="other", distribution="other-dist")
    code = OPEN + "\n    @hookimpl\n    def on_event(event): ...\n"
    panel.add("acme-both", code, entry_points={"provider": ["both"], "hook": ["both"]})
    sockets = panel.sockets(("both",))
    assert sockets.open("provider", "other", "other", {}, panel.host, "p").got[0] == "other"
    assert sockets.open("provider", "both", "both", {}, panel.host, "p").got[0] == "both"
    assert len(sockets.run_hooks().on_event) == 1


def test_hook_both_plain_and_wrapping_is_refused(panel):
    code = OPEN + "\n    @hookimpl(wrapper=True, specname='open_provider')\n    def w(): yield\n"
    panel.add("acme-both", code, entry_points={"provider": ["both"], "hook": ["both"]})
    with pytest.raises(ContractError, match="open_provider twice"):
        panel.sockets(("both",))


BAD_HOOKS = {
    "misspelt": (
        "@hookimpl\ndef open_provder(name): ...",
        "no hook 'open_provder'",
        "open_provider",
    ),
    "strange": ("@hookimpl\ndef qqqq(name): ...", "no hook 'qqqq'", "Hooks: "),
    "unknown argument": ("@hookimpl\ndef open_provider(nme): ...", "{'nme'}", "author"),
    "none at all": ("x = 1", "has no hook open_provider", "author"),
    "unmarked": ("def open_provider(name): ...", "has no hook open_provider", "`@hookimpl`"),
    "no generator": (
        "@hookimpl(wrapper=True)\ndef open_provider(name): ...",
        "not a generator function",
        "author",
    ),
}


@pytest.mark.parametrize(("code", "message", "hint"), BAD_HOOKS.values(), ids=BAD_HOOKS)
def test_wrong_hook_is_a_contract_error_and_harms_nobody_else(panel, code, message, hint):
    panel.provider(code)
    panel.provider(OPEN, name="good", distribution="good-dist")
    sockets = panel.sockets()
    for _ in range(2):
        with pytest.raises(ContractError) as caught:
            sockets.open("provider", "demo", "demo", {}, panel.host, "p")
        assert message in caught.value.message
        assert hint in caught.value.hint
        assert (caught.value.distribution, caught.value.version) == ("acme-demo", "1.0.0")
    assert sockets.open("provider", "good", "good", {}, panel.host, "p").name == "good"


BAD_OBJECTS = {
    "class": ("class X:\n    pass", "is a class"),
    "unhashable": ("X = []", "unhashable"),
}


@pytest.mark.parametrize(("code", "message"), BAD_OBJECTS.values(), ids=BAD_OBJECTS)
def test_unfit_plugin_object_is_a_contract_error(panel, code, message):
    panel.add("acme-demo", code, entry_points={"provider": {"demo": "acme_demo:X"}})
    with pytest.raises(ContractError, match=message):
        panel.open()


BAD_RETURNS = {
    "None": ("None", "None"),
    "class": ("P", "the class P"),
    "incomplete": ("object()", "object, which has no aclose, models, name, stream"),
    "generator": ("(x for x in [])", "generator, which has no"),
}


@pytest.mark.parametrize(("value", "message"), BAD_RETURNS.values(), ids=BAD_RETURNS)
def test_unfit_return_is_a_contract_error(panel, value, message):
    panel.provider(f"@hookimpl\ndef open_provider(): return {value}")
    with pytest.raises(ContractError) as caught:
        panel.open()
    assert f"the provider 'demo': open_provider returned {message}" in str(caught.value)


def test_async_open_hook_is_a_contract_error_without_a_warning(panel):
    panel.provider("@hookimpl\nasync def open_provider(name): return P(name)")
    with pytest.raises(ContractError, match="must be a plain function, not `async def`"):
        panel.open()


def test_members_are_those_of_the_contracts():
    assert protocol_members("provider") == ["aclose", "models", "name", "stream"]
    assert protocol_members("auth") == ["apply", "refused"]
    assert protocol_members("transport") == ["aclose", "stream"]
    assert protocol_members("sink") == ["aclose", "handle"]


@pytest.mark.parametrize("kind", ["transport", "auth", "sink"])
def test_every_kind_checks_its_protocol(panel, kind):
    panel.add(
        "acme-demo",
        f"@hookimpl\ndef open_{kind}(): return object()",
        entry_points={kind: ["demo"]},
    )
    with pytest.raises(ContractError, match="which has no"):
        panel.open(kind=kind)
    fitting = {"auth": ("env", {"variable": "X"}), "sink": ("console", {})}
    if kind in fitting:
        use, settings = fitting[kind]
        assert panel.open(use, kind=kind, settings=settings) is not None


TOOLS = {
    "not iterable": ("3", "int, which cannot be read"),
    "not a tool": ("[len]", "builtin_function_or_method; each item"),
    "same name": ("[AgentTool(name='a'), AgentTool(name='a')]", "several tools named a"),
    "failing": ("(1 / 0 for _ in [1])", "generator, which cannot be read"),
}


@pytest.mark.parametrize(("value", "message"), TOOLS.values(), ids=TOOLS)
def test_unfit_tool_set_is_a_contract_error(panel, value, message):
    code = f"@hookimpl\ndef open_tools(): return {value}"
    panel.add("acme-demo", code, entry_points={"tools": ["demo"]})
    with pytest.raises(ContractError) as caught:
        panel.open(kind="tools")
    assert message in str(caught.value)


def test_generator_of_tools_becomes_a_list(panel):
    code = (
        "@hookimpl\ndef open_tools():\n    yield AgentTool(name='a')\n    yield AgentTool(name='b')"
    )
    panel.add("acme-demo", code, entry_points={"tools": ["demo"]})
    assert [tool.name for tool in panel.open(kind="tools")] == ["a", "b"]


def test_our_own_errors_pass_as_they_are(panel):
    panel.provider(
        """
        from jackfield.errors import SecretMissingError

        @hookimpl
        def open_provider(): raise SecretMissingError("no key", source="env X")
        """
    )
    with pytest.raises(SecretMissingError, match="no key"):
        panel.open()


@pytest.mark.parametrize("raised", ["ValueError", "SystemExit"])
def test_other_errors_are_wrapped_and_secrets_masked(panel, raised):
    panel.provider(
        f"@hookimpl\ndef open_provider(settings): raise {raised}('bad ' + settings['api_key'])"
    )
    with pytest.raises(ContractError) as caught:
        panel.open(settings={"api_key": "sesame-123"})
    assert f"open_provider raised {raised}: bad ********" in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert type(caught.value.__cause__).__name__ == raised


def test_pydantic_error_of_a_plugin_shows_no_values(panel):
    panel.provider(
        """
        class Inner(BaseModel):
            size: int

        @hookimpl
        def open_provider(settings): Inner(**settings)
        """
    )
    secret = "-".join(["sesame", "123"])  # the traceback shows this test's lines, too
    with pytest.raises(ContractError) as caught:
        panel.open(settings={"size": secret})
    assert "ValidationError: size: " in str(caught.value)
    assert secret not in "".join(traceback.format_exception(caught.value))


def test_late_import_failure_is_a_load_error_with_the_remedy(panel):
    panel.provider("@hookimpl\ndef open_provider(): import nowhere_to_be_found")
    with pytest.raises(PluginLoadError, match="needs the module 'nowhere_to_be_found'"):
        panel.open()


def test_describe_settings_must_return_a_model(panel):
    panel.provider(
        OPEN + "\n    @hookimpl\n    def describe_settings(): return {'type': 'object'}\n"
    )
    with pytest.raises(ContractError, match="no pydantic model"):
        panel.open()


def test_plugin_may_describe_settings_for_some_names_only(panel):
    panel.provider(OPEN + "\n    @hookimpl\n    def describe_settings(): return None\n")
    assert panel.open(settings={"x": 1}).got[1] == {"x": 1}


def test_unknown_and_ambiguous_names_are_told(panel):
    panel.provider(OPEN, distribution="one-dist")
    panel.provider(OPEN, distribution="two-dist")
    with pytest.raises(PluginConflictError):
        panel.open()
    with pytest.raises(PluginNotFoundError):
        panel.open("nothing")
    settled = panel.sockets(prefer={"demo": "two-dist"})
    provider = settled.open("provider", "demo", "demo", {}, panel.host, "p")
    assert type(provider).__module__ == "two_dist"


def test_load_is_done_once(panel):
    panel.provider(OPEN)
    sockets = panel.sockets()
    entry = sockets.find("provider", "demo")
    assert sockets.load(entry) is sockets.load(entry)


COMMAND = """
    import click

    @hookimpl
    def register_commands(cli, kernel):
        @cli.command()
        def greet(): click.echo(f"hello {kernel}")
"""


def test_command_plugin_adds_its_command_alone(panel):
    panel.add("acme-cmd", COMMAND, entry_points={"command": ["greet"]})
    panel.add("other-cmd", COMMAND.replace("greet", "part"), entry_points={"command": ["part"]})
    cli = click.Group()
    sockets = panel.sockets()
    sockets.load_command("part", click.Group(), "host")
    sockets.load_command("greet", cli, "host")
    assert list(cli.commands) == ["greet"]


def test_command_plugin_that_fails_is_a_contract_error(panel):
    code = "@hookimpl\ndef register_commands(cli): raise KeyError('x')"
    panel.add("acme-cmd", code, entry_points={"command": ["greet"]})
    with pytest.raises(ContractError, match="register_commands raised KeyError"):
        panel.sockets().load_command("greet", click.Group(), None)
