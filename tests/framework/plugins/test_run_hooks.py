"""Run hooks become plain callables with all arguments of their spec, in the order of the list."""

import inspect

import pytest

from jackfield.errors import ContractError, PluginNotFoundError, StateError
from jackfield.plugins import hookspecs
from jackfield.plugins.run_hooks import RUN_HOOKS, RunHooks


def recorder(tag):
    return f"""
        @hookimpl
        def on_event(event): return ("{tag}", event)
    """


def test_calls_come_in_the_order_of_the_list(panel):
    for tag in ("a", "b", "c"):
        panel.hook(recorder(tag), name=tag, distribution=f"{tag}-dist")
    for order in (("a", "b", "c"), ("c", "a", "b")):
        hooks = panel.sockets(order).run_hooks().on_event
        assert [call("e") for call in hooks] == [(tag, "e") for tag in order]


def test_without_hook_plugins_all_lists_are_empty(panel):
    assert panel.sockets().run_hooks() == RunHooks()
    assert panel.sockets().run_hooks().on_event == []


@pytest.mark.parametrize("name", RUN_HOOKS)
def test_every_run_hook_has_a_spec(name):
    assert inspect.isfunction(getattr(hookspecs, name))


SHAPES = {
    "all": ("tool_call, tool, args", ("call", "tool", "args")),
    "none": ("", ()),
    "one": ("args", ("args",)),
    "some, in another order": ("args, tool_call", ("args", "call")),
    "all, in another order": ("args, tool_call, tool", ("args", "call", "tool")),
    "with a default": ("tool, extra=1", ("tool", 1)),
}


@pytest.mark.parametrize(("declared", "given"), SHAPES.values(), ids=SHAPES)
def test_hook_gets_only_what_it_declares(panel, declared, given):
    names = ", ".join(part.partition("=")[0].strip() for part in declared.split(",") if part)
    comma = "," if names else ""
    panel.hook(f"@hookimpl\ndef before_tool_call({declared}): return ({names}{comma})")
    [call] = panel.sockets(("spy",)).run_hooks().before_tool_call
    assert call("call", "tool", "args") == given


async def test_async_hook_returns_an_awaitable(panel):
    panel.hook("@hookimpl\nasync def transform_context(context): return context * 2")
    [call] = panel.sockets(("spy",)).run_hooks().transform_context
    assert await call(21) == 42


def test_function_with_all_arguments_is_called_directly(panel):
    panel.hook("@hookimpl\ndef on_event(event): ...")
    [call] = panel.sockets(("spy",)).run_hooks().on_event
    assert call.__name__ == "on_event"


def test_run_hooks_of_plugins_that_are_not_named_are_not_called(panel):
    code = (
        "@hookimpl\ndef open_provider(name): return P(name)\n" + "\n@hookimpl\ndef on_event(): ..."
    )
    panel.provider(code)
    sockets = panel.sockets()
    sockets.open("provider", "demo", "demo", {}, panel.host, "p")
    assert sockets.run_hooks().on_event == []


def test_wrapper_of_a_run_hook_is_refused(panel):
    panel.hook("@hookimpl(wrapper=True)\ndef on_event(event): yield")
    with pytest.raises(ContractError, match="on_event cannot be a wrapper"):
        panel.sockets(("spy",))


def test_misspelt_run_hook_is_refused_with_the_nearest(panel):
    panel.hook("@hookimpl\ndef before_toolcall(args): ...")
    with pytest.raises(ContractError, match="Did you mean 'before_tool_call'") as caught:
        panel.sockets(("spy",))
    assert "hook plugin 'spy'" in str(caught.value)


def test_unknown_hook_plugin_is_not_found(panel):
    panel.hook(recorder("a"))
    with pytest.raises(PluginNotFoundError, match="Did you mean 'spy'"):
        panel.sockets(("spyy",))


def test_hooks_are_chosen_once(panel):
    panel.hook(recorder("a"))
    sockets = panel.sockets(("spy",))
    sockets.use_hooks(["spy"])
    assert len(sockets.run_hooks().on_event) == 1
    with pytest.raises(StateError):
        sockets.use_hooks([])


def test_hook_named_twice_is_called_once(panel):
    panel.hook(recorder("a"))
    assert len(panel.sockets(("spy", "spy")).run_hooks().on_event) == 1
