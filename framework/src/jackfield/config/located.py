"""Errors about the configuration that name the file, the line and the configured names."""

from jackfield.config.configuration import Config
from jackfield.config.layers import dotted
from jackfield.config.nearest import nearest
from jackfield.config.settings import CapabilityConfig
from jackfield.config.toml_lines import KeyPath, key_path
from jackfield.errors import JackfieldError, PluginNotFoundError, SettingsError


def locate(config: Config, error: SettingsError) -> None:
    """Put file and line before the message of an error that has only a dotted key."""
    if error.file or not error.key:
        return
    try:
        origin = config.nearest_origin(key_path(error.key.partition("[")[0]))
    except ValueError:  # a plugin's own idea of a key
        return
    error.message = f"{origin}: {error.message}"
    error.file = origin.file or str(origin)
    error.line, error.column = origin.line, origin.column


def put_place(config: Config, error: JackfieldError, path: KeyPath) -> None:
    """Put file, line and dotted key before the message of an error about a plugin."""
    error.message = f"{config.origin(path)}: {dotted(path)}: {error.message}"


def explain_not_found(
    config: Config, error: PluginNotFoundError, capability: CapabilityConfig
) -> None:
    """Say where the missing capability is named, and which configured names are near."""
    path = (*key_path(capability.key), "use")
    try:
        put_place(config, error, path)
    except KeyError:  # named by somebody else, and not configured itself
        near = nearest(capability.name, config.names(capability.kind))
        if near:
            error.nearest = list(dict.fromkeys([*near, *error.nearest]))
            error.hint = f"Configured is {' or '.join(map(repr, near))}. {error.hint}".strip()
