"""Keys of AI providers that the service keeps. Source: spec/lumnis.md, 2.4."""

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from jackfield_httpx.service import Call, D, Flow, endpoint, fields
from jackfield_lumnis.arguments import check_length
from jackfield_lumnis.key_names import known_provider, mode_name, provider_name
from jackfield_lumnis.models.key import ExternalApiKey, KeyDeletion, KeyMode
from jackfield_lumnis.scoping import ScopedResource, UserId
from jackfield_lumnis.types import ApiKeyMode, ApiProvider

Keys: TypeAlias = list[ExternalApiKey]


class ExternalApiKeys(ScopedResource[D]):
    """The keys of AI providers that the tenant has stored, and whether they are used.

    A client made by `for_user` does not fill in its user here: whose keys these are is not
    known of the service. Name the user, or nobody.
    """

    @endpoint
    def create(  # noqa: PLR0913 - the documented signature
        self,
        *,
        provider: ApiProvider | str,
        api_key: str,
        key_name: str | None = None,
        expires_at: datetime | str | None = None,
        user_id: UserId = None,
        mode: ApiKeyMode | str | None = None,
    ) -> Call[ExternalApiKey]:
        """Store a key.

        Args:
            provider: Whose key it is: `ApiProvider.OPENAI`, `openai` ...
            api_key: The key, 3 to 2000 characters.
            key_name: A name for it, up to 100 characters.
            expires_at: Until when to use it.
            user_id: Whose runs use it; None for all of the tenant.
            mode: Sent along with the key. It does not change the mode of the tenant, which
                `set_mode` does; what the service makes of it is not checked here.

        Raises:
            TenantScopeUserIdConflict: A user is named in tenant scope.
            ValidationError: A value is too short, too long or unknown.
        """
        return self._store(
            provider,
            api_key=api_key,
            key_name=key_name,
            expires_at=expires_at,
            user_id=self.scoping.explicit_user(user_id),
            mode=None if mode is None else mode_name(mode),
        )

    store = create
    """The same as `create`."""

    @endpoint
    def list(self, *, user_id: UserId = None) -> Call[Keys]:
        """Return the stored keys, without their secrets.

        Args:
            user_id: Whose keys; None for those of the tenant.

        Raises:
            TenantScopeUserIdConflict: A user is named in tenant scope.
        """
        query = {"user_id": self.scoping.explicit_user(user_id)}
        return self.call(
            "GET", "/v1/external-api-keys", query=query, read=ExternalApiKey.parse_list
        )

    @endpoint
    def get(self, key_id: str | UUID) -> Call[ExternalApiKey]:
        """Return a stored key, without its secret.

        Args:
            key_id: The service's id of the key.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("GET", "/v1/external-api-keys/{}", key_id, read=ExternalApiKey.parse)

    @endpoint
    def delete(
        self, provider_or_key_id: ApiProvider | str | UUID, *, key_name: str | None = None
    ) -> Flow[KeyDeletion]:
        """Delete a key.

        The service deletes by provider and name: for a key id both are looked up first.

        Args:
            provider_or_key_id: A provider, as for `create`, or the id of a key.
            key_name: Which key of the provider.

        Raises:
            NotFoundError: There is none.
        """
        provider = known_provider(str(provider_or_key_id))
        if provider is None:
            key = yield from self.get(str(provider_or_key_id))
            provider = str(key.provider)
            key_name = key_name or key.key_name
        query = {"key_name": key_name}
        return (
            yield from self.call(
                "DELETE",
                "/v1/external-api-keys/{}",
                provider,
                query=query,
                read=KeyDeletion.parse,
            )
        )

    @endpoint
    def get_mode(self) -> Call[KeyMode]:
        """Return whose keys the tenant's runs use."""
        return self.call("GET", "/v1/external-api-keys/mode", read=KeyMode.parse)

    @endpoint
    def set_mode(self, mode: ApiKeyMode | str) -> Call[KeyMode]:
        """Say whose keys the tenant's runs are to use.

        Args:
            mode: `ApiKeyMode`, or `byo`, `byo_keys`, `platform`, `use_platform`.

        Raises:
            ValidationError: There is no such mode.
        """
        body = {"mode": mode_name(mode)}
        return self.call("PATCH", "/v1/external-api-keys/mode", json=body, read=KeyMode.parse)

    def _store(
        self, provider: ApiProvider | str, *, api_key: str, key_name: str | None, **others: Any
    ) -> Call[ExternalApiKey]:
        check_length("api_key", api_key, least=3, most=2000)
        check_length("key_name", key_name, most=100)
        body = fields(
            provider=provider_name(provider), api_key=api_key, key_name=key_name, **others
        )
        return self.call(
            "POST",
            "/v1/external-api-keys",
            json=body,
            secrets=[api_key],
            read=ExternalApiKey.parse,
        )
