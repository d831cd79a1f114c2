"""Every public exception. Imports nothing of ours.

The tree follows what the caller does next:

    JackfieldError
    |-- ConfigError               correct the configuration            (exit code 2)
    |   |-- ConfigSyntaxError     ... at this line and column
    |   |-- SettingsError         ... at this dotted key
    |   `-- SecretMissingError    provide the secret that is named here
    |-- PluginError               install or repair a plugin           (exit code 3)
    |   |-- PluginNotFoundError   no installed distribution offers the name
    |   |-- PluginConflictError   several do; `[plugins] prefer` decides
    |   |-- PluginLoadError       its import failed
    |   |-- PluginApiError        it was written for another API version
    |   `-- ContractError         it broke a rule of its socket
    |-- UsageError                call us differently
    |   |-- OptionError           ... with another value (also a ValueError)
    |   |-- ValidationError       ... with data of the right shape (also a ValueError)
    |   `-- StateError            ... at another time (also a RuntimeError)
    |       `-- AgentBusyError    ... when the active run is over
    |-- ProviderError             look at `kind`: retry, log in, shorten, give up
    |   |-- AuthenticationError
    |   |-- RateLimitError
    |   |-- ContextOverflowError
    |   |-- UnsupportedError      the model or provider cannot do what was asked
    |   `-- ProtocolError         the provider's answer breaks its own protocol
    |-- ToolError                 raise it in a tool: its text goes to the model
    `-- AgentRunError             a run failed; carries the message
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class JackfieldError(Exception):
    """Root of all errors of Jackfield and its plugins.

    Attributes:
        exit_code: What the command line exits with when this error ends a command.
        hint: What to do next, one sentence; empty when the message says it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


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


class PluginError(JackfieldError):
    """A plugin is missing or broken.

    Attributes:
        kind: Socket: `provider`, `tools`, `transport`, `auth`, `sink`, `command`, `hook`.
        name: The capability's name.
        distribution: The distribution that owns it; empty when unknown.
        version: The distribution's version; empty when unknown.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        name: str = "",
        distribution: str = "",
        version: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.name = name
        self.distribution = distribution
        self.version = version


class PluginNotFoundError(PluginError):
    """No installed distribution offers a capability of that name.

    Attributes:
        nearest: The nearest installed names, best first.
    """

    def __init__(
        self, message: str, *, kind: str, name: str, nearest: Sequence[str] = (), hint: str = ""
    ) -> None:
        super().__init__(message, kind=kind, name=name, hint=hint)
        self.nearest = list(nearest)


class PluginConflictError(PluginError):
    """Several installed distributions claim the same name of the same kind.

    Attributes:
        distributions: All claimants, sorted by name.
    """

    def __init__(
        self, message: str, *, kind: str, name: str, distributions: Sequence[str], hint: str = ""
    ) -> None:
        super().__init__(message, kind=kind, name=name, hint=hint)
        self.distributions = list(distributions)


class PluginLoadError(PluginError):
    """A plugin's code could not be imported or registered; `__cause__` says why.

    Attributes:
        entry_point: The entry point's value, for example `jackfield_dice:plugin`.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        name: str,
        distribution: str = "",
        version: str = "",
        entry_point: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(
            message, kind=kind, name=name, distribution=distribution, version=version, hint=hint
        )
        self.entry_point = entry_point


class PluginApiError(PluginLoadError):
    """A plugin asks for another major version of the plugin API."""


class ContractError(PluginError):
    """A plugin broke a rule of its socket: a misspelt hook, a wrong return, events out of order.

    Attributes:
        rule: The rule's short name where it has one, for example `G2`.
    """

    def __init__(
        self,
        message: str,
        *,
        rule: str = "",
        kind: str = "",
        name: str = "",
        distribution: str = "",
        version: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(
            message, kind=kind, name=name, distribution=distribution, version=version, hint=hint
        )
        self.rule = rule


class UsageError(JackfieldError):
    """Our API was called in a way that it does not support."""

    exit_code = 2


class OptionError(UsageError, ValueError):
    """An argument or option has a value that is not allowed."""


class ValidationError(UsageError, ValueError):
    """Data of the wrong shape was handed to us.

    Attributes:
        place: Where in the data, for example `messages[3].content[0].text`.
    """

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.place = place


class StateError(UsageError, RuntimeError):
    """The call is not possible in the present state."""


class AgentBusyError(StateError):
    """The agent is running; wait for it, steer it, or abort it."""


class ProviderError(JackfieldError):
    """A model call failed. In a run it becomes the final message's `error`, not an exception.

    Attributes:
        kind: Short class of failure: `server`, `timeout`, `rate_limit`, `overloaded` ...
            (source: spec/openrouter.md, 13.3).
        provider: The provider's name; empty when unknown.
        status: HTTP status, if there was one.
        request_id: The provider's id of the failed request.
        retryable: Whether the same request may succeed later.
        retry_after_s: Seconds to wait before that, as told by the provider.
        details: Further fields of the provider's error body.
    """

    default_kind: ClassVar[str] = "server"

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        provider: str = "",
        status: int | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        retry_after_s: float | None = None,
        details: dict[str, Any] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind or self.default_kind
        self.provider = provider
        self.status = status
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.details = details or {}


class AuthenticationError(ProviderError):
    """The provider refused the credentials."""

    default_kind = "authentication"


class RateLimitError(ProviderError):
    """Too many requests; `retry_after_s` says how long to wait, if the provider did."""

    default_kind = "rate_limit"


class ContextOverflowError(ProviderError):
    """The messages do not fit into the model's context window."""

    default_kind = "context_overflow"


class UnsupportedError(ProviderError):
    """The model or provider cannot do what was asked; nothing was dropped silently."""

    default_kind = "unsupported"


class ProtocolError(ProviderError):
    """The answer breaks the provider's own protocol (torn stream, wrong types ...)."""

    default_kind = "protocol"


class ToolError(JackfieldError):
    """Raise it in a tool: its text becomes the error result that the model reads."""


class AgentRunError(JackfieldError):
    """A run ended with an error.

    Attributes:
        failed_message: The final assistant message: its `error` has the details, its
            `content` what had arrived.
    """

    def __init__(self, message: str, *, failed_message: Any = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.failed_message = failed_message
