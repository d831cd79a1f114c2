"""The pluggy part: plugins checked against the hook specs, and calls that ask one of them only."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

import pluggy

from jackfield.errors import ContractError
from jackfield.plugins import hookspecs
from jackfield.plugins.index import Entry
from jackfield.plugins.names import did_you_mean, nearest_names


class Registry:
    """The plugins that are loaded, registered with pluggy once each.

    Attributes:
        hooks: The names of all hooks that exist.
    """

    def __init__(self) -> None:
        self._pluggy = pluggy.PluginManager(hookspecs.PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        self._plugins: dict[int, Any] = {}
        self._wrappers: list[tuple[Entry, Any]] = []
        self.hooks = sorted(
            name for name in vars(hookspecs) if self._pluggy.parse_hookspec_opts(hookspecs, name)
        )

    def add(self, entry: Entry, plugin: Any) -> None:
        """Register a plugin object; an object that is there already is left alone.

        Raises:
            ContractError: It is a class or cannot be hashed, has a hook that does not exist, or
                a hook with an argument that does not exist.
        """
        if id(plugin) in self._plugins:
            return
        if inspect.isclass(plugin):
            raise broken_rule(
                entry, f"{entry.value!r} is a class", hint="Name a module or an instance."
            )
        try:
            hash(plugin)
            self._pluggy.register(plugin, name=f"{entry.distribution}:{entry.value}")
            self._pluggy.check_pending()
        except Exception as error:
            if self._pluggy.is_registered(plugin):
                self._pluggy.unregister(plugin)
            raise self._explained(entry, plugin, error) from error
        self._plugins[id(plugin)] = plugin

    def add_wrappers(self, entry: Entry, plugin: Any) -> None:
        """Register a hook plugin: from now on its wrappers take part in every `open_*` call.

        The wrappers of the plugin that is added last are the outermost.
        """
        self.add(entry, plugin)
        for hook in self.hooks:
            if len({_is_wrapper(one) for one in self._implementations(hook, plugin)}) > 1:
                raise broken_rule(
                    entry,
                    f"{entry.value!r} has {hook} twice, as a wrapper and plainly",
                    hint="Put them into two objects with an entry point each.",
                )
        self._wrappers.append((entry, plugin))

    def has(self, plugin: Any, hook: str, *, wrapper: bool = False) -> bool:
        """Whether the plugin implements the hook, plainly or (`wrapper=True`) as a wrapper."""
        return any(_is_wrapper(one) is wrapper for one in self._implementations(hook, plugin))

    def wrapping(self, hook: str) -> list[Entry]:
        """Return the hook plugins that wrap `hook`, innermost first."""
        return [entry for entry, plugin in self._wrappers if self.has(plugin, hook, wrapper=True)]

    def call(self, hook: str, owner: Any, **arguments: Any) -> Any:
        """Call `hook` of one plugin, inside the wrappers of all hook plugins.

        `firstresult` alone would ask every plugin, and one that ignores `name` would answer
        for a stranger.
        """
        taking_part = {id(owner)} | {
            id(plugin) for _, plugin in self._wrappers if self.has(plugin, hook, wrapper=True)
        }
        strangers = [plugin for key, plugin in self._plugins.items() if key not in taking_part]
        return self._pluggy.subset_hook_caller(hook, strangers)(**arguments)

    def implementations(self, hook: str) -> Iterator[Any]:
        """Yield pluggy's implementations of `hook` by hook plugins, in the order of calls."""
        of_hooks = {id(plugin) for _, plugin in self._wrappers}
        for one in reversed(getattr(self._pluggy.hook, hook).get_hookimpls()):
            if id(one.plugin) in of_hooks:
                yield one

    def arguments(self, hook: str) -> tuple[str, ...]:
        """Return the names of the arguments of `hook`, in order."""
        return tuple(getattr(self._pluggy.hook, hook).spec.argnames)

    def _implementations(self, hook: str, plugin: Any) -> list[Any]:
        found = getattr(self._pluggy.hook, hook).get_hookimpls()
        return [one for one in found if one.plugin is plugin]

    def _explained(self, entry: Entry, plugin: Any, error: Exception) -> ContractError:
        for name in self._implemented(plugin):
            if name not in self.hooks:
                nearest = nearest_names(name, self.hooks)
                return broken_rule(
                    entry,
                    f"there is no hook {name!r}",
                    hint=did_you_mean(nearest) or f"Hooks: {', '.join(self.hooks)}.",
                )
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = " ".join(lines[1:] or lines) or type(error).__name__
        return broken_rule(entry, f"it cannot be registered: {said}")

    def _implemented(self, plugin: Any) -> Iterable[str]:
        for attribute in dir(plugin):
            options = self._pluggy.parse_hookimpl_opts(plugin, attribute)
            if options is not None and not options.get("optionalhook"):
                yield options.get("specname") or attribute


def broken_rule(entry: Entry, what: str, *, hint: str = "") -> ContractError:
    """Return the error for a plugin that breaks a rule of its socket."""
    return ContractError(
        f"{entry.distribution} {entry.version}: the {entry.title}: {what}.",
        kind=entry.kind,
        name=entry.name,
        distribution=entry.distribution,
        version=entry.version,
        hint=hint or f"Upgrade {entry.distribution}, or tell its author.",
    )


def _is_wrapper(implementation: Any) -> bool:
    return bool(implementation.wrapper or implementation.hookwrapper)
