"""Correct the configuration."""

from collections.abc import Sequence

from jackfield.errors.root import JackfieldError


class ConfigError(JackfieldError):
    """The configuration cannot be used as it is.

    Attributes:
        file: Path of the file, or the name of the layer; empty when not from a file.
        key: Dotted key, for example `agents.default.model`; empty for the whole file.
    """

    exit_code = 2

    def __init__(self, message: str, *, file: str = "", key: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.key = key


class ConfigSyntaxError(ConfigError):
    """A configuration file is not valid TOML.

    Attributes:
        line: Line of the error, from 1; 0 when unknown.
        column: Column of the error, from 1; 0 when unknown.
    """

    def __init__(self, message: str, *, file: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message, file=file)
        self.line = line
        self.column = column


class SettingsError(ConfigError):
    """A value has the wrong type or form, or a key is unknown.

    Attributes:
        expected: What would be right, in words.
        nearest: The nearest valid names, best first.
        line: Line in the file, from 1; 0 when unknown.
        column: Column in that line, from 1; 0 when unknown.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        key: str = "",
        line: int = 0,
        column: int = 0,
        expected: str = "",
        nearest: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, file=file, key=key, hint=hint)
        self.line = line
        self.column = column
        self.expected = expected
        self.nearest = list(nearest)


class SecretMissingError(ConfigError):
    """A secret that is needed was not found.

    Attributes:
        source: Where it was looked for, for example `environment variable OPENROUTER_API_KEY`.
    """

    def __init__(self, message: str, *, source: str, key: str = "", hint: str = "") -> None:
        super().__init__(message, key=key, hint=hint)
        self.source = source
