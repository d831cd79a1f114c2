"""Importing one plugin's code: whatever goes wrong there becomes an error that says what to do."""

import asyncio
import importlib
import logging
import re
import sys
import threading
from typing import Any, NoReturn

import importlib_metadata
from stevedore.driver import DriverManager

from jackfield.contracts import API_VERSION
from jackfield.errors import PluginApiError, PluginLoadError
from jackfield.plugins.index import Entry
from jackfield.plugins.kinds import KINDS
from jackfield.plugins.names import canonical

SLOW_IMPORT_S = 5.0
"""An import that takes longer is logged as a warning while it goes on."""

_log = logging.getLogger(__name__)


def load(entry: Entry) -> Any:
    """Import an entry and return the object that it names.

    Raises:
        PluginLoadError: The import failed, in whatever way; `__cause__` says how.
        PluginApiError: The plugin was written for another major version of the API.
    """
    warning = threading.Timer(SLOW_IMPORT_S, _warn_of_slow, [entry])
    warning.daemon = True
    warning.start()
    try:
        plugin = _Driver(entry).driver
    except (KeyboardInterrupt, PluginLoadError):
        raise
    except BaseException as error:  # SystemExit, AssertionError: stevedore lets them through
        raise load_error(entry, error) from error
    finally:
        warning.cancel()
    check_api(entry, plugin)
    return plugin


class _Driver(DriverManager):  # type: ignore[type-arg]  # generic in newer stevedores only
    """stevedore's driver, for the entry that our index chose.

    stevedore's own list of entry points does not know distributions, overlooks conflicts, and
    comes from a cache that may hide a plugin reinstalled within two minutes.
    """

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        super().__init__(
            namespace=KINDS[entry.kind].group,
            name=entry.name,
            on_load_failure_callback=self._failed,
        )

    def list_entry_points(self) -> list[Any]:
        """Return the chosen entry point alone."""
        entry = self._entry
        return [importlib_metadata.EntryPoint(entry.name, entry.value, self.namespace)]

    def _failed(self, _manager: Any, _point: Any, error: BaseException) -> NoReturn:
        raise load_error(self._entry, error) from error


def check_api(entry: Entry, plugin: Any) -> None:
    """Compare the plugin's `jackfield_api` (its own or its module's), if it has one.

    Raises:
        PluginApiError: The major numbers differ, or it is no version at all.
    """
    missing = object()
    asked = getattr(plugin, "jackfield_api", missing)
    if asked is missing:
        asked = getattr(sys.modules.get(entry.module), "jackfield_api", missing)
    if asked is missing or _major(asked) == _major(API_VERSION):
        return
    raise PluginApiError(
        f"{_who(entry)} is written for plugin API {asked!r}, but this Jackfield has {API_VERSION}.",
        **_facts(entry),
        hint=f"Install versions that fit: pip install --upgrade jackfield {entry.distribution}.",
    )


def load_error(entry: Entry, error: BaseException) -> PluginLoadError:
    """Return the error for code of `entry` that could not be imported because of `error`."""
    importlib.invalidate_caches()  # so that the next attempt sees what was repaired meanwhile
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return PluginLoadError(
        f"{_who(entry)} cannot be loaded from {entry.value!r}: {text.rstrip('.')}.",
        **_facts(entry),
        hint=_remedy(entry, error),
    )


def _who(entry: Entry) -> str:
    return f"{entry.distribution} {entry.version}: the {entry.title}"


def _facts(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "name": entry.name,
        "distribution": entry.distribution,
        "version": entry.version,
        "entry_point": entry.value,
    }


def _major(version: object) -> str:
    return str(version).strip().partition(".")[0]


def _warn_of_slow(entry: Entry) -> None:
    _log.warning(
        "Still importing %s after %g s; if it hangs, `jackfield plugins doctor` says more.",
        entry,
        SLOW_IMPORT_S,
    )


def _remedy(entry: Entry, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _install_hint(entry, error.name.partition(".")[0])
    if isinstance(error, ImportError):
        return f"Its dependencies do not fit: pip install --upgrade {entry.distribution}."
    if isinstance(error, SyntaxError):
        return (
            f"It is damaged or for another Python: pip install --force-reinstall "
            f"{entry.distribution}."
        )
    if isinstance(error, SystemExit | asyncio.CancelledError | GeneratorExit):
        return "Importing it ends the program, which a plugin must not do: tell its author."
    return f"Upgrade or uninstall {entry.distribution}, or tell its author."


def _install_hint(entry: Entry, module: str) -> str:
    """Say which `pip install` brings `module`, judging by the plugin's own requirements."""
    if module == entry.module.partition(".")[0]:
        return f"Its files are missing: pip install --force-reinstall {entry.distribution}."
    for requirement in _requirements(entry.distribution):
        match = re.match(r"[\w.-]+", requirement)
        if match is None or canonical(match.group()) != canonical(module):
            continue
        extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", requirement)
        if extra:
            return f'It needs an extra: pip install "{entry.distribution}[{extra.group(1)}]".'
        return f'It needs {match.group()}: pip install "{requirement.partition(";")[0].strip()}".'
    return (
        f"It needs the module {module!r}; pip install --upgrade --force-reinstall "
        f"{entry.distribution} brings what it declares."
    )


def _requirements(distribution: str) -> list[str]:
    try:
        return importlib_metadata.requires(distribution) or []
    except Exception:  # noqa: BLE001 - only a hint is lost
        return []
