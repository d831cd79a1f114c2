"""Every public exception; import them from here.

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

from jackfield.errors.config import (
    ConfigError,
    ConfigSyntaxError,
    SecretMissingError,
    SettingsError,
)
from jackfield.errors.plugin import (
    ContractError,
    PluginApiError,
    PluginConflictError,
    PluginError,
    PluginLoadError,
    PluginNotFoundError,
)
from jackfield.errors.provider import (
    AuthenticationError,
    ContextOverflowError,
    ProtocolError,
    ProviderError,
    RateLimitError,
    UnsupportedError,
)
from jackfield.errors.root import JackfieldError
from jackfield.errors.run import AgentRunError, ToolError
from jackfield.errors.usage import (
    AgentBusyError,
    OptionError,
    StateError,
    UsageError,
    ValidationError,
)

__all__ = [
    "AgentBusyError",
    "AgentRunError",
    "AuthenticationError",
    "ConfigError",
    "ConfigSyntaxError",
    "ContextOverflowError",
    "ContractError",
    "JackfieldError",
    "OptionError",
    "PluginApiError",
    "PluginConflictError",
    "PluginError",
    "PluginLoadError",
    "PluginNotFoundError",
    "ProtocolError",
    "ProviderError",
    "RateLimitError",
    "SecretMissingError",
    "SettingsError",
    "StateError",
    "ToolError",
    "UnsupportedError",
    "UsageError",
    "ValidationError",
]
