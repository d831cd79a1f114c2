"""The panel: opens capabilities by name, from the one plugin that owns each."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from jackfield.contracts import Host
from jackfield.errors import JackfieldError, StateError
from jackfield.plugins.index import Entry, PluginIndex
from jackfield.plugins.kinds import KINDS, OPENED
from jackfield.plugins.loader import load, load_error
from jackfield.plugins.manifest_file import read_manifest
from jackfield.plugins.registry import Registry, broken_rule
from jackfield.plugins.returned import checked_return
from jackfield.plugins.run_hooks import RUN_HOOKS, RunHooks, collect
from jackfield.plugins.settings import checked_settings, mask


class Sockets:
    """Loads and asks the plugins that are named, and no others.

    Not safe to share between threads while capabilities are opened.
    """

    def __init__(self, index: PluginIndex, prefer: Mapping[str, str] | None = None) -> None:
        """Load nothing yet.

        Args:
            index: What is installed.
            prefer: `[plugins] prefer`: name -> the distribution that wins a conflict.
        """
        self._index = index
        self._prefer = dict(prefer or {})
        self._registry = Registry()
        self._loaded: dict[Entry, Any] = {}
        self._hooks: tuple[str, ...] | None = None

    def find(self, kind: str, name: str) -> Entry:
        """Return the entry that `name` means; loads nothing. Raises as `PluginIndex.find`."""
        return self._index.find(kind, name, self._prefer)

    def use_hooks(self, names: Sequence[str]) -> None:
        """Load the hook plugins; call it once, before the first capability is opened.

        Args:
            names: `[plugins] hooks`. Their run hooks are called in this order; the wrappers of
                the first are the outermost.

        Raises:
            StateError: Other hooks are in use already.
            PluginError: One of them is missing or broken.
        """
        if self._hooks is not None:
            if self._hooks == tuple(names):
                return
            raise StateError("The hook plugins are chosen already; open another kernel.")
        entries = [self.find("hook", name) for name in dict.fromkeys(names)]
        # pluggy calls first what was registered last.
        for entry in reversed(entries):
            self._registry.add_wrappers(entry, self.load(entry))
        self._hooks = tuple(names)

    def run_hooks(self) -> RunHooks:
        """Return the run hooks of the hook plugins, as plain callables."""
        return collect(self._registry)

    def open(  # noqa: PLR0913 - what a socket needs to know; a value object would only rename it
        self,
        kind: str,
        use: str,
        name: str,
        settings: Mapping[str, Any],
        host: Host,
        place: str,
    ) -> Any:
        """Open a capability.

        Args:
            kind: `provider`, `tools`, `transport`, `auth` or `sink`.
            use: The name of the entry point.
            name: What the configuration calls it.
            settings: Its settings, without `use`.
            host: What the plugin may ask of us.
            place: Dotted key of the settings, for example `providers.fast`.

        Returns:
            The opened object; a list of `AgentTool` for `tools`.

        Raises:
            SettingsError: The settings are wrong.
            PluginError: The plugin is missing or broken, or what it returned is unfit.
            JackfieldError: The plugin raised it.
        """
        entry = self.find(kind, use)
        plugin = self.load(entry)
        model = self._settings_model(entry, plugin)
        checked = dict(settings) if model is None else checked_settings(model, settings, place)
        hook = KINDS[kind].open_hook
        arguments = {"name": name, "use": use, "settings": checked, "kernel": host}
        value = self._ask(entry, hook, arguments, settings)
        return checked_return(entry, value, wrapped_by=self._wrapped_by(hook))

    def load_command(self, name: str, cli: Any, host: Host) -> None:
        """Let the command plugin `name` add its commands to the `click` group `cli`.

        Raises:
            PluginError: The plugin is missing or broken.
        """
        entry = self.find("command", name)
        self.load(entry)
        self._ask(entry, "register_commands", {"cli": cli, "kernel": host}, {})

    def command_settings(self, name: str, settings: Mapping[str, Any], place: str) -> Any:
        """Return the settings of the command `name`, checked; as they are if it describes none.

        Raises:
            SettingsError: The settings are wrong.
            PluginError: The plugin is missing or broken.
        """
        model = self.settings_model(self.find("command", name))
        return dict(settings) if model is None else checked_settings(model, settings, place)

    def load(self, entry: Entry) -> Any:
        """Import an entry and check its hooks; the object, from memory the second time.

        Raises:
            PluginLoadError: Its import failed.
            PluginApiError: It is for another API version.
            ContractError: A hook is misspelt, missing, or takes unknown arguments.
        """
        if entry not in self._loaded:
            plugin = load(entry)
            self._registry.add(entry, plugin)
            self._check_hooks(entry, plugin)
            self._loaded[entry] = plugin
        return self._loaded[entry]

    def settings_model(self, entry: Entry) -> type[Any] | None:
        """Return the pydantic model of the settings, imported; None if the plugin has none.

        Raises:
            PluginError: The plugin is broken.
        """
        return self._settings_model(entry, self.load(entry))

    def settings_schema(self, kind: str, use: str) -> dict[str, Any] | None:
        """Return the JSON Schema of a capability's settings; None if it describes none.

        From the plugin's manifest; only where that is missing, the plugin is imported.

        Raises:
            PluginError: The plugin is missing, or had to be imported and is broken.
        """
        entry = self.find(kind, use)
        manifest = read_manifest(entry)
        capability = manifest and manifest.capability(kind, use)
        if capability:
            return capability.settings
        model = self.settings_model(entry)
        return None if model is None else dict(model.model_json_schema())

    def _check_hooks(self, entry: Entry, plugin: Any) -> None:
        if entry.kind == "hook":
            self._check_hook_plugin(entry, plugin)
            return
        needed = KINDS[entry.kind].open_hook
        if self._registry.has(plugin, needed):
            return
        unmarked = inspect.isroutine(getattr(plugin, needed, None))
        hint = f"Its {needed} lacks `@hookimpl`." if unmarked else ""
        raise broken_rule(entry, f"{entry.value!r} has no hook {needed}", hint=hint)

    def _check_hook_plugin(self, entry: Entry, plugin: Any) -> None:
        for hook in self._registry.hooks:
            if hook in RUN_HOOKS and self._registry.has(plugin, hook, wrapper=True):
                raise broken_rule(entry, f"the run hook {hook} cannot be a wrapper")
        also = {other.kind for other in self._index.entries() if other.value == entry.value}
        for kind in OPENED:
            hook = KINDS[kind].open_hook
            if kind not in also and self._registry.has(plugin, hook):
                raise broken_rule(
                    entry,
                    f"{hook} of a hook plugin must be a wrapper",
                    hint=f"Say @hookimpl(wrapper=True), or list it in [{KINDS[kind].group}].",
                )

    def _settings_model(self, entry: Entry, plugin: Any) -> type[Any] | None:
        if not self._registry.has(plugin, "describe_settings"):
            return None
        arguments = {"kind": entry.kind, "name": entry.name}
        model = self._ask(entry, "describe_settings", arguments, {})
        if model is None:
            return None
        if not (inspect.isclass(model) and hasattr(model, "model_validate")):
            raise broken_rule(entry, f"describe_settings returned {model!r}, no pydantic model")
        return model

    def _ask(
        self, entry: Entry, hook: str, arguments: dict[str, Any], settings: Mapping[str, Any]
    ) -> Any:
        try:
            return self._registry.call(hook, self._loaded[entry], **arguments)
        except JackfieldError:
            raise
        except ImportError as error:
            raise load_error(entry, error) from error
        except (Exception, SystemExit) as error:  # noqa: BLE001 - raised again, as ours
            said = mask(_told(error), settings)
            what = f"{hook} raised {said}{self._wrapped_by(hook)}"
            # pydantic's own text contains the values, so it must not be shown as the cause.
            raise broken_rule(entry, what) from (None if _is_pydantic(error) else error)

    def _wrapped_by(self, hook: str) -> str:
        names = [entry.name for entry in self._registry.wrapping(hook)]
        return f" (it is wrapped by the hook plugins: {', '.join(names)})" if names else ""


def _is_pydantic(error: BaseException) -> bool:
    return type(error).__name__ == "ValidationError" and hasattr(error, "errors")


def _told(error: Any) -> str:
    """Return type and text; of a pydantic error only where and what, never the values."""
    name = type(error).__name__
    if _is_pydantic(error):
        found = error.errors(include_url=False, include_input=False, include_context=False)
        places = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found)
        return f"{name}: {'; '.join(places)}"
    return f"{name}: {error}".rstrip(".") if str(error) else name
