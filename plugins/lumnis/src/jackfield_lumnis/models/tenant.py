"""The tenant that a key belongs to. Source: spec/lumnis.md, 2.5."""

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp
from jackfield_lumnis.types import ApiKeyMode


class TenantInfo(Record):
    """A tenant.

    Attributes:
        tenant_id: The service's id; on the wire it is `id`.
        name: Its name.
        api_key_mode: Whose keys its runs use.
        developer_id: Who runs it, where the service tells.
        developer_email: Their address.
        plan: What is paid for.
        db_status: `provisioning`, `active`, `suspended` or `failed`.
        billing_status: `trial`, `active`, `past_due` or `canceled`.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    tenant_id: Id = Field(alias="id")
    name: str = ""
    api_key_mode: ApiKeyMode | str | None = Field(default=None, union_mode="left_to_right")
    developer_id: Id | None = None
    developer_email: str | None = None
    plan: str | None = None
    db_status: str | None = None
    billing_status: str | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None

    @property
    def id(self) -> str:
        """The same as `tenant_id`."""
        return self.tenant_id
