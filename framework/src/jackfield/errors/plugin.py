"""Install or repair a plugin."""

from collections.abc import Sequence

from jackfield.errors.root import JackfieldError


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
