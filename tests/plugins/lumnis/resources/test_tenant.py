"""The tenant of the key, or the configured one."""

TENANT = {"id": "n-1", "name": "Acme", "api_key_mode": "platform", "plan": "gold"}


async def test_the_tenant_of_the_key(api):
    tenant = await api.call("tenant.get", answer=TENANT)
    assert api.sent == "GET /v1/tenant"
    assert (tenant.id, tenant.tenant_id, tenant.name, tenant.plan) == (
        "n-1",
        "n-1",
        "Acme",
        "gold",
    )


async def test_the_configured_tenant(api):
    api.service.tenant_id = "my/tenant"
    await api.call("tenant.get", answer=TENANT)
    assert api.sent == "GET /v1/tenants/my%2Ftenant"
