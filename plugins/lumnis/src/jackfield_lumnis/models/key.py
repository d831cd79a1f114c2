"""Keys of AI providers that the service keeps. Source: spec/lumnis.md, 2.4."""

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record
from jackfield_lumnis.types import ApiKeyMode, ApiProvider


class ExternalApiKey(Record):
    """A stored key, without its secret.

    Attributes:
        key_id: The service's id.
        provider: Whose key it is; a plain string where the provider is not known here.
        key_name: The name under which it was stored.
        is_active: Whether it is used.
        expires_at: Until when, as the service writes it.
        created_at: When it was stored, as the service writes it.
        updated_at: When it was changed, as the service writes it.
        created_by: Who stored it.
    """

    key_id: Id
    provider: ApiProvider | str = Field(default="", union_mode="left_to_right")
    key_name: str | None = None
    is_active: bool = True
    expires_at: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    created_by: str | None = None


class KeyDeletion(Record):
    """What the service says of a deleted key.

    Attributes:
        message: A sentence.
    """

    message: str = ""


class KeyMode(Record):
    """Whose keys the tenant's runs use.

    Attributes:
        api_key_mode: The mode; a plain string where it is not known here.
    """

    api_key_mode: ApiKeyMode | str = Field(union_mode="left_to_right")
