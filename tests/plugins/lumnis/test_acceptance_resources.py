"""Acceptance checks A24 to A28 of spec/lumnis.md, 8: what the resources send."""

import pytest
from support.lumnis_clients import Either, created, snapshot

from jackfield.testing import LoopbackServer, Pause, Reply, json_reply, redirect

THREAD = {
    "thread_id": "t-9",
    "tenant_id": "n-1",
    "user_id": "u",
    "title": "T",
    "created_at": "2025-03-01T10:00:00Z",
    "response_count": 0,
}
KEY = {"key_id": "k-1", "provider": "GROQ_API_KEY", "is_active": True}
SKILL = {"id": "s-1", "name": "N", "description": "D", "content": "C", "version": "1.0.0"}
UPLOADED = {"file_id": "f-1", "file_name": "e.txt", "status": "completed", "message": ""}


@pytest.mark.slow
async def test_a24_a_held_poll_outlives_the_timeout(kind, server, monkeypatch):
    monkeypatch.setenv("LUMNISAI_API_KEY", "k")
    done = json_reply(snapshot("succeeded", output_text="7"))
    done.body = [Pause(1.5), done.body]
    server.add(json_reply(created()), done)
    lumnis = Either(kind(base_url=server.url, timeout=1), server)
    begun = await lumnis.call(
        "responses.create", messages=[{"role": "user", "content": "Hello"}], user_id="u"
    )
    found = await lumnis.call("get_response", begun.response_id, wait=30.0)
    await lumnis.close()
    assert found.output_text == "7"
    assert lumnis.sent == ["POST /v1/responses", "GET /v1/responses/r-1?wait=30"]


async def test_a25_threads_are_created_listed_and_deleted(lumnis):
    listed = {"threads": [THREAD], "total": 1, "limit": 50, "offset": 0}
    lumnis.server.add(json_reply(THREAD), json_reply(listed), Reply(status=204))
    thread = await lumnis.call("create_thread", user_id="u", title="T")
    assert lumnis.bodies() == [{"user_id": "u", "title": "T"}]
    assert (thread.thread_id, thread.title) == ("t-9", "T")
    assert (await lumnis.call("list_threads", user_id="u")).threads[0].thread_id == "t-9"
    assert await lumnis.call("delete_thread", "t-9") is None
    path, _, query = lumnis.sent[1].partition("?")
    assert path == "GET /v1/threads"
    assert sorted(query.split("&")) == ["limit=50", "offset=0", "user_id=u"]
    assert lumnis.sent[0::2] == ["POST /v1/threads", "DELETE /v1/threads/t-9"]


async def test_a26_keys_are_stored_listed_and_deleted(lumnis):
    gone = json_reply({"message": "gone"})
    lumnis.server.add(json_reply(KEY), json_reply([KEY]), json_reply(KEY), gone, gone)
    await lumnis.call(
        "external_api_keys.create", user_id="u", provider="openai", api_key="sk-x", mode="byo"
    )
    assert lumnis.bodies() == [
        {"provider": "OPENAI_API_KEY", "api_key": "sk-x", "user_id": "u", "mode": "byo_keys"}
    ]
    keys = await lumnis.call("external_api_keys.list", user_id="u")
    assert [key.key_id for key in keys] == ["k-1"]
    await lumnis.call("external_api_keys.delete", "k-1")
    await lumnis.call("external_api_keys.delete", "openai")
    assert lumnis.sent == [
        "POST /v1/external-api-keys",
        "GET /v1/external-api-keys?user_id=u",
        "GET /v1/external-api-keys/k-1",
        "DELETE /v1/external-api-keys/GROQ_API_KEY",
        "DELETE /v1/external-api-keys/OPENAI_API_KEY",
    ]


async def test_a27_ids_and_names_go_where_they_should(lumnis):
    lumnis.server.add(
        json_reply({"id": "u-1"}),
        json_reply({"app_name": "GITHUB", "status": "active"}),
        json_reply({"app_name": "GMAIL", "enabled": True}),
    )
    await lumnis.call("get_user", "a+b@c.co")
    await lumnis.call("get_connection_status", "x/y?z", "github")
    await lumnis.call("set_app_enabled", "gmail", enabled=True)
    assert lumnis.sent == [
        "GET /v1/users/a%2Bb%40c.co",
        "GET /v1/integrations/connections/x%2Fy%3Fz/GITHUB",
        "PUT /v1/integrations/apps/GMAIL?enabled=true",
    ]


async def test_a27_the_key_stays_when_a_download_goes_elsewhere(lumnis, tmp_path):
    with LoopbackServer(Reply(body=b"abc"), Reply(body=b"abc")) as storage:
        lumnis.server.add(*[redirect(f"{storage.url}/blob?sig=1", status=302)] * 2)
        assert await lumnis.call("download_file", "f-1") == b"abc"
        assert await lumnis.call("download_file", "f-1", save_path=tmp_path / "f") is None
        assert [each.path for each in storage.requests] == ["/blob?sig=1"] * 2
        assert not any("authorization" in each.headers for each in storage.requests)
    assert (tmp_path / "f").read_bytes() == b"abc"
    assert lumnis.server.requests[0].headers["authorization"] == "Bearer the-key"


async def test_a28_skills_are_listed_and_created(lumnis):
    listed = {"skills": [SKILL], "total": 1, "page": 1, "page_size": 50}
    lumnis.server.add(json_reply(listed), json_reply(SKILL))
    assert (await lumnis.call("list_skills")).skills[0].id == "s-1"
    skill = await lumnis.call(
        "create_skill", name="N", description="D", content="C", user_id="user-7"
    )
    assert skill.content == "C"
    assert lumnis.sent == [
        "GET /v1/skills?page=1&page_size=50&is_active=true",
        "POST /v1/skills?user_id=user-7",
    ]
    new = {"name": "N", "description": "D", "content": "C", "version": "1.0.0"}
    assert lumnis.bodies() == [new]


async def test_a28_an_empty_file_is_uploaded_with_the_defaults(lumnis):
    lumnis.server.add(json_reply(UPLOADED))
    assert (await lumnis.call("upload_file", file_content=b"", file_name="e.txt")).file_id == "f-1"
    (request,) = lumnis.server.requests
    assert lumnis.sent == ["POST /v1/files/upload"]
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="scope"\r\n\r\ntenant\r\n' in request.body
    assert b'name="duplicate_handling"\r\n\r\nsuffix\r\n' in request.body
    assert b'filename="e.txt"\r\nContent-Type: text/plain\r\n\r\n\r\n--' in request.body
    assert b'name="user_id"' not in request.body


async def test_a28_a_search_is_sent_within_its_limits(lumnis):
    lumnis.server.add(json_reply({"results": [], "total_count": 0, "query": "q"}))
    await lumnis.call("search_files", "q", user_id="u1@example.com", limit=500)
    assert lumnis.sent == ["POST /v1/files/search"]
    assert lumnis.bodies() == [
        {"query": "q", "limit": 50, "min_score": 0.0, "user_id": "u1@example.com"}
    ]
