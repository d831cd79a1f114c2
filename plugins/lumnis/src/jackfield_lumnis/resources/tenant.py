"""The tenant that the key belongs to. Source: spec/lumnis.md, 2.5."""

from jackfield_httpx.service import Call, D, endpoint
from jackfield_lumnis.models.tenant import TenantInfo
from jackfield_lumnis.scoping import ScopedResource


class Tenant(ScopedResource[D]):
    """The tenant."""

    @endpoint
    def get(self) -> Call[TenantInfo]:
        """Return the tenant: the configured one, else the one that the key belongs to."""
        tenant_id = getattr(self.service, "tenant_id", None)
        if tenant_id is None:
            return self.call("GET", "/v1/tenant", read=TenantInfo.parse)
        return self.call("GET", "/v1/tenants/{}", tenant_id, read=TenantInfo.parse)
