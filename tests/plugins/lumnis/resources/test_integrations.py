"""Apps: their names, filters, and waiting for a connection."""

import pytest

from jackfield.testing import Reply
from jackfield_lumnis.exceptions import LumnisAIError, NotImplementedYetError

START = {
    "redirect_url": "https://example.com/oauth?x=1",
    "status": "pending",
    "message": None,
    "connection_id": "c-1",
}


def connection(status: str, error: str | None = None) -> dict[str, object]:
    return {"app_name": "GITHUB", "status": status, "error_message": error}


async def test_a_connection_begins(api):
    start = await api.call(
        "integrations.initiate_connection", user_id="user-7", app_name="github", answer=START
    )
    assert api.sent == "POST /v1/integrations/connections/initiate"
    assert api.body == {"user_id": "user-7", "app_name": "GITHUB"}
    assert (start.connection_id, start.status) == ("c-1", "pending")


async def test_names_of_apps_are_sent_in_upper_case(api):
    state = {"app_name": "GMAIL", "enabled": True, "message": "", "updated_at": None}
    await api.call("integrations.is_app_enabled", "gmail", answer=state)
    assert api.sent == "GET /v1/integrations/apps/GMAIL/enabled"
    await api.call("integrations.set_app_enabled", "gmail", enabled=False, answer=state)
    assert api.sent == "PUT /v1/integrations/apps/GMAIL?enabled=false"
    assert api.server.requests[-1].body == b""
    await api.call(
        "integrations.get_connection_status", "x/y?z", "git hub", answer=connection("active")
    )
    assert api.sent == "GET /v1/integrations/connections/x%2Fy%3Fz/GIT%20HUB"


@pytest.mark.parametrize("given", ["github, gmail", ["github", " gmail "], ("github,gmail",)])
async def test_filters_are_lists_or_texts_with_commas(api, given):
    answer = {"user_id": "u", "connections": [connection("strange")]}
    found = await api.call("integrations.list_connections", "u", app_filter=given, answer=answer)
    assert api.sent == "GET /v1/integrations/connections/u?app_filter=GITHUB%2CGMAIL"
    assert found.connections[0].status == "strange"
    tool = {"name": "t", "description": "d", "app_name": "GITHUB"}
    tools = await api.call(
        "integrations.get_tools",
        user_id="u",
        app_filter=given,
        answer={"user_id": "u", "tools": [tool], "tool_count": 1},
    )
    assert api.body == {"user_id": "u", "app_filter": ["GITHUB", "GMAIL"]}
    assert tools.tools[0].parameters is None


async def test_no_filter_is_not_sent(api):
    answer = {"user_id": "u", "connections": []}
    await api.call("integrations.list_connections", "u", app_filter=[], answer=answer)
    assert api.sent == "GET /v1/integrations/connections/u"


async def test_apps_are_listed(api):
    answer = {"enabled_apps": ["GITHUB"], "total_enabled": 1}
    apps = await api.call("integrations.list_apps", answer=answer)
    assert api.sent == "GET /v1/integrations/apps?include_available=true"
    assert (apps.enabled_apps, apps.available_apps) == (["GITHUB"], None)


async def test_what_a_user_brought_back_is_handed_on(api):
    answer = {"success": True, "status": "active", "message": "ok"}
    done = await api.call(
        "integrations.callback", connection_id="c-1", code="x", state="y", answer=answer
    )
    assert api.body == {"connection_id": "c-1", "code": "x", "state": "y"}
    assert done.success
    assert done["status"] == "active"


async def test_what_the_service_does_not_offer_is_told(api):
    api.server.add(Reply(status=501))
    with pytest.raises(NotImplementedYetError):
        await api.call("integrations.get_non_oauth_required_fields", "github")
    assert api.sent == "GET /v1/integrations/non-oauth/required-fields/GITHUB"


async def test_waiting_ends_with_the_status_that_is_waited_for(api, clock):
    api.server.add(*(Reply(body=body) for body in (b'{"status":"pending"}',) * 2))
    found = await api.call(
        "integrations.wait_for_connection", "u", "github", answer=connection("active")
    )
    assert (found.status, found.app_name) == ("active", "GITHUB")
    assert clock.slept == [5.0, 5.0]


@pytest.mark.parametrize("status", ["failed", "expired"])
async def test_waiting_ends_when_it_is_of_no_use(api, status, clock):
    answer = connection(status, "access denied")
    with pytest.raises(LumnisAIError, match=r"github.*access denied") as caught:
        await api.call("integrations.wait_for_connection", "u", "github", answer=answer)
    assert type(caught.value) is LumnisAIError
    assert clock.slept == []
    found = await api.call(
        "integrations.wait_for_connection", "u", "github", target_status=status, answer=answer
    )
    assert found.status == status


async def test_waiting_ends_with_the_time(api, clock):
    api.server.default = Reply(body=b'{"status":"pending"}')
    with pytest.raises(TimeoutError, match="pending"):
        await api.call(
            "integrations.wait_for_connection", "u", "github", timeout=12, poll_interval=5
        )
    assert clock.slept == [5.0, 5.0, 2.0]


async def test_the_user_is_never_filled_in(scoped):
    await scoped.call(
        "integrations.initiate_connection", user_id="other", app_name="x", answer=START
    )
    assert scoped.body["user_id"] == "other"
