"""As whom a socket asks: tenant, scope and user, from an auth and from settings."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, model_validator

from jackfield.errors import ConfigError
from jackfield_lumnis.types import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks.

    Attributes:
        tenant_id: Only for keys that are good for several tenants; None for the key's own.
        scope: For one user, or for the whole tenant; None where nobody has said.
        user_id: The user; None where nobody has said.
    """

    tenant_id: str | None = None
    scope: Scope | None = None
    user_id: str | None = None

    def over(self, other: "Identity") -> "Identity":
        """Return this identity, with what it leaves open taken from another."""
        return Identity(
            tenant_id=self.tenant_id or other.tenant_id,
            scope=self.scope or other.scope,
            user_id=self.user_id or other.user_id,
        )

    def user_of(self, told: str | None, place: str) -> str | None:
        """Return the user for whom a run is made; None for runs of the tenant.

        Args:
            told: Whom the run itself names, if anybody.
            place: Where the settings stand, for messages: `providers.lumnis`.

        Raises:
            ConfigError: User scope without a user, or tenant scope with one.
        """
        user = told or self.user_id
        if self.scope is Scope.TENANT:
            if user is not None:
                raise ConfigError(
                    f"[{place}] asks for the whole tenant, but the user {user!r} is named, too.",
                    hint='Leave the user out, or set scope = "user".',
                )
            return None
        if user is None:
            raise ConfigError(
                f"Nobody is named for whom Lumnis works in [{place}].",
                hint='Set `user_id` there or in its auth, or scope = "tenant".',
            )
        return user


class IdentitySettings(BaseModel):
    """Tenant, scope and user, as settings."""

    tenant_id: str | None = Field(
        default=None,
        min_length=1,
        description="Only for keys that are good for several tenants.",
    )
    scope: Scope | None = Field(
        default=None,
        description="`user`: for one user and with that user's data only (the default); "
        "`tenant`: for the whole tenant.",
    )
    user_id: str | None = Field(
        default=None,
        min_length=1,
        description="The user: an id, an e-mail address, or whatever the tenant calls them.",
    )

    @model_validator(mode="after")
    def _check_user(self) -> Any:
        if self.scope is Scope.TENANT and self.user_id is not None:
            raise ValueError("a user_id goes with scope = 'user' only")
        return self

    def identity(self) -> Identity:
        """Return who asks, as far as the settings say."""
        return Identity(tenant_id=self.tenant_id, scope=self.scope, user_id=self.user_id)


def identity_of(auth: object) -> Identity:
    """Return who an auth says is asking; nobody, for auths that know a key only."""
    found = getattr(auth, "identity", None)
    return found if isinstance(found, Identity) else Identity()
