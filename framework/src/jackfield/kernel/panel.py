"""The panel: opens capabilities by the names that the configuration gives them.

This is the kernel as plugins see it (`contracts.Host`); it knows no agents.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jackfield.config.configuration import Config
from jackfield.config.located import explain_not_found, locate
from jackfield.config.nearest import nearest
from jackfield.config.settings import CapabilityConfig, fit_texts
from jackfield.contracts import Auth, EventSink, Progress, Provider, Transport
from jackfield.errors import JackfieldError, OptionError, PluginNotFoundError, SettingsError
from jackfield.kernel.model_name import parse_model_name
from jackfield.kernel.opened import Opened
from jackfield.kernel.progress import ProgressFactory, logged_progress
from jackfield.models import Model
from jackfield.plugins.index import PluginIndex
from jackfield.tools import AgentTool

if TYPE_CHECKING:
    from jackfield.plugins.sockets import Sockets

CACHE_VARIABLE = "JACKFIELD_CACHE_DIR"
DEFAULT_TRANSPORT = "httpx"
_DEFAULT = "default"


class Panel:
    """Opens providers, tools, transports, auths and sinks, lazily and once.

    Args:
        config: The merged configuration.
        index: What is installed; scanned when first needed if None.
        progress: Shows how far long work is; two lines in the log if None.
        environ: Environment variables; those of the process if None.

    Attributes:
        config: The merged configuration.
        opened: What has been opened.
    """

    def __init__(
        self,
        config: Config,
        *,
        index: PluginIndex | None = None,
        progress: ProgressFactory | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.config = config
        self.opened = Opened()
        self._index = index
        self._progress = progress or logged_progress
        self._environ = os.environ if environ is None else environ
        self._sockets: Sockets | None = None

    @property
    def index(self) -> PluginIndex:
        """What is installed."""
        if self._index is None:
            self._index = PluginIndex.scan()
        return self._index

    def mistakes(self) -> list[JackfieldError]:
        """Return everything that is wrong with the configuration; imports no plugin.

        Settings are checked for plugins that have a manifest. A configuration that was loaded
        with `checked=False` has its structural mistakes listed as well.
        """
        # Only the command `config validate` and tests need it.
        from jackfield.config.validate import check  # noqa: PLC0415 - see above

        return check(self.config, self.index, self.described_settings)

    def json_schema(self) -> dict[str, Any]:
        """Return one JSON Schema for the whole file, for editors; imports no plugin."""
        from jackfield.config.schema import build  # noqa: PLC0415 - only for `config schema`

        return build(self.index, self.described_settings)

    def described_settings(self, kind: str, use: str) -> Mapping[str, Any] | None:
        """Return the JSON Schema of a capability's settings from its manifest, else None."""
        from jackfield.plugins.manifest_file import read_manifest  # noqa: PLC0415 - as above

        try:
            entry = self.index.find(kind, use, self.config.plugins.prefer)
        except JackfieldError:
            return None  # told elsewhere: it is missing, or claimed by several
        manifest = read_manifest(entry)
        capability = manifest.capability(kind, use) if manifest is not None else None
        return capability.settings if capability is not None else None

    def provider(self, name: str) -> Provider:
        """Return the provider that is configured or installed under `name`, opened once.

        Raises:
            ConfigError: Its settings are wrong.
            PluginError: It is not installed, or broken.
            StateError: The kernel is closed.
        """
        provider: Provider = self._opened_once("provider", name)
        return provider

    def transport(self, name: str | None = None) -> Transport:
        """Return a transport, opened once; raises as `provider` does.

        None is `[transports.default]` if that is configured, else the transport `httpx`.
        """
        if name is None:
            configured = _DEFAULT in self.config.names("transport")
            name = _DEFAULT if configured else DEFAULT_TRANSPORT
        transport: Transport = self._opened_once("transport", name)
        return transport

    def auth(self, name: str) -> Auth:
        """Return the auth under `name`, opened once; raises as `provider` does."""
        auth: Auth = self._opened_once("auth", name)
        return auth

    def toolset(self, name: str) -> list[AgentTool]:
        """Return all tools of the tool set `name`, opened once; raises as `provider` does."""
        return list(self._opened_once("tools", name))

    def tools(self, names: Sequence[str]) -> list[AgentTool]:
        """Return the tools `"<toolset>"` or `"<toolset>.<tool>"`, in that order, each once.

        Raises:
            OptionError: Two tool sets offer a tool of the same name.
            PluginNotFoundError: A tool set or tool does not exist; has the nearest names.
        """
        chosen: dict[str, tuple[str, AgentTool]] = {}
        for name in names:
            toolset, tools = self._select(name)
            for tool in tools:
                owner, other = chosen.setdefault(tool.name, (toolset, tool))
                if other is not tool:
                    raise OptionError(
                        f"The tool {tool.name!r} is offered by two tool sets, "
                        f"{owner!r} and {toolset!r}.",
                        hint=f'Choose single tools, for example "{owner}.{tool.name}".',
                    )
        return [tool for _, tool in chosen.values()]

    def resolve_model(self, name: str) -> tuple[Provider, Model]:
        """Return the provider and the model of `"<provider>:<model id>"`.

        Raises:
            OptionError: The name has not that form.
            PluginError: The provider is not installed, or broken.
        """
        provider, model_id = parse_model_name(name)
        return self.provider(provider), Model(provider=provider, id=model_id)

    def open_sink(self, name: str) -> EventSink:
        """Open the sink `name` anew: each agent has its own. Raises as `provider` does."""
        self.opened.check()
        sink: EventSink = self._open("sink", name)
        return sink

    def command_settings(self, name: str) -> Any:
        """Return what `[commands.<name>]` says, as an instance of the model that describes it.

        Raises:
            SettingsError: A setting is wrong.
            PluginError: The command is not installed, or broken.
        """
        capability = self.config.capability("command", name)
        try:
            settings = fit_texts(capability, self._schema(capability))
            return self.sockets.command_settings(capability.use, settings, capability.key)
        except SettingsError as error:
            locate(self.config, error)
            raise

    def cache_dir(self, name: str) -> Path:
        """Return a folder for what can be had again; it exists.

        It lies in the user's cache folder, or in the folder that `JACKFIELD_CACHE_DIR` names.

        Raises:
            OptionError: `name` is not a plain name.
        """
        if not name or Path(name).name != name or name in {".", ".."} or "\\" in name:
            raise OptionError(f"{name!r} is not a plain name for a folder.")
        folder = self._cache_root() / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def logger(self, name: str) -> logging.Logger:
        """Return the logger `jackfield.plugins.<name>`."""
        return logging.getLogger(f"jackfield.plugins.{name}")

    def progress(
        self, description: str, *, total: int | None = None, unit: str = ""
    ) -> AbstractContextManager[Progress]:
        """Show progress to whoever watches, while the context is open."""
        return self._progress(description, total=total, unit=unit)

    @property
    def sockets(self) -> "Sockets":
        """The sockets into which plugins are plugged; made, with the hooks, when first needed."""
        if self._sockets is None:
            # pluggy and stevedore cost 60 ms: only who opens something pays.
            from jackfield.plugins.sockets import Sockets  # noqa: PLC0415 - see above

            plugins = self.config.plugins
            sockets = Sockets(self.index, plugins.prefer)
            sockets.use_hooks(plugins.hooks)
            self._sockets = sockets
        return self._sockets

    def _opened_once(self, kind: str, name: str) -> Any:
        return self.opened.once(kind, name, lambda: self._open(kind, name))

    def _open(self, kind: str, name: str) -> Any:
        capability = self.config.capability(kind, name)
        try:
            settings = fit_texts(capability, self._schema(capability))
            return self.sockets.open(
                kind, capability.use, name, settings, host=self, place=capability.key
            )
        except SettingsError as error:
            locate(self.config, error)
            raise
        except PluginNotFoundError as error:
            if (error.kind, error.name) == (kind, capability.use):
                explain_not_found(self.config, error, capability)
            raise

    def _schema(self, capability: CapabilityConfig) -> Mapping[str, Any] | None:
        """Return the settings' schema where it is needed, for texts of the environment."""
        if not capability.texts:
            return None
        return self.sockets.settings_schema(capability.kind, capability.use)

    def _select(self, name: str) -> tuple[str, list[AgentTool]]:
        toolset, dot, tool_name = name.rpartition(".")
        if not dot or self._is_toolset(name):
            return name, self.toolset(name)
        tools = self.toolset(toolset)
        found = [tool for tool in tools if tool.name == tool_name]
        if not found:
            names = [tool.name for tool in tools]
            near = nearest(tool_name, names)
            raise PluginNotFoundError(
                f"The tool set {toolset!r} has no tool {tool_name!r}.",
                kind="tools",
                name=name,
                nearest=[f"{toolset}.{other}" for other in near],
                hint=f"It has: {', '.join(near or names) or 'none'}.",
            )
        return toolset, found

    def _is_toolset(self, name: str) -> bool:
        return name in self.config.names("tools") or bool(self.index.claimants("tools", name))

    def _cache_root(self) -> Path:
        chosen = self._environ.get(CACHE_VARIABLE)
        if chosen:
            return Path(chosen).expanduser()
        from platformdirs import user_cache_path  # noqa: PLC0415 - only who keeps files needs it

        return user_cache_path("jackfield", appauthor=False)
