"""What strangers try. Source: issue "Show" 5 and spec/assistant-ui.md, c.0."""

import asyncio

import pytest
from support.assistant_asks import commands_request, model_request, ui_request

from jackfield.errors import SettingsError
from jackfield.testing.script import Wait

TOKENS = {"ann": "secret-a", "bob": "secret-b"}
PROTECTED = [
    ("POST", "/api/chat", model_request("hi")),
    ("POST", "/assistant", commands_request("hi")),
    ("POST", "/api/cancel", {"threadId": "t1"}),
    ("POST", "/resume", {"threadId": "t1"}),
    ("GET", "/api/chat/resume/x", None),
    ("GET", "/api/agents", None),
    ("GET", "/api/threads", None),
    ("DELETE", "/api/threads/t1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), PROTECTED)
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic secret-a",
        "secret-a",
        "Bearer secret-\u00e4",
    ],
)
async def test_wrong_tokens_are_refused(serve, scripted, method, path, body, authorization):
    server = await serve(tokens=TOKENS)
    headers = {"authorization": authorization} if authorization is not None else {}
    reply = await server.call(method, path, body, headers=headers)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert "secret" not in reply.text
    assert scripted.requests == []


async def test_right_token_is_let_in(serve, scripted):
    scripted.add("Hello")
    server = await serve(tokens=TOKENS)
    headers = {"authorization": "bearer secret-b"}
    assert (await server.call("POST", "/api/chat", ui_request("hi"), headers=headers)).status == 200
    assert "secret" not in repr(server.application.asgi._users)


async def test_guessing_of_tokens_is_slowed_down(serve, scripted):
    server = await serve(tokens=TOKENS)
    guess = {"authorization": "Bearer guess"}
    statuses = [(await server.call("GET", "/api/agents", headers=guess)).status for _ in range(31)]
    assert statuses == [401] * 30 + [429]


async def test_health_needs_no_token(serve):
    server = await serve(tokens=TOKENS)
    assert (await server.call("GET", "/health")).status == 200
    assert (await server.call("GET", "/ready")).json()["status"] == "ready"


async def test_server_for_others_without_tokens_does_not_start(serve):
    for host in ("0.0.0.0", "::", "example.org"):
        with pytest.raises(SettingsError, match="tokens"):
            await serve(host=host)


async def test_same_token_for_two_users_is_refused(serve):
    with pytest.raises(SettingsError, match="same token"):
        await serve(tokens={"ann": "x", "bob": "x"})


async def test_user_cannot_touch_the_answer_of_another(serve, scripted):
    wait = Wait()
    scripted.add(["Half", wait, " done"])
    server = await serve(tokens=TOKENS)
    ann, bob = ({"authorization": f"Bearer secret-{letter}"} for letter in "ab")
    reply = await server.call.open("POST", "/api/chat", ui_request("hi"), headers=ann)
    await wait.reached.wait()
    cancel = await server.call("POST", "/api/cancel", {"threadId": "t1"}, headers=bob)
    assert cancel.json()["cancelled"] is False
    assert (await server.call("DELETE", "/api/threads/t1", headers=bob)).status == 404
    wait.release()
    assert b" done" in (await reply.rest()).body
    await reply.aclose()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
    ],
    ids=str,
)
async def test_pages_of_other_origins_are_refused(serve, scripted, headers):
    server = await serve()
    reply = await server.call("POST", "/api/chat", ui_request("hi"), headers=headers)
    assert reply.status == 403
    assert "access-control-allow-origin" not in reply.headers
    assert (await server.call("OPTIONS", "/api/chat", headers=headers)).status == 403
    assert (await server.call("DELETE", "/api/threads/t1", headers=headers)).status == 403
    assert scripted.requests == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_what_a_form_could_send_is_refused(serve, scripted, kind):
    headers = {"content-type": kind}
    reply = await (await serve()).call("POST", "/api/chat", ui_request("hi"), headers=headers)
    assert reply.status == 415


async def test_foreign_name_of_this_machine_is_refused(serve, scripted):
    """A page of evil.example may have its name point to 127.0.0.1."""
    server = await serve()
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""):
        reply = await server.call("GET", "/api/threads", headers={"host": host})
        assert reply.status == 403, host
    port = server.call.port
    for host in (f"localhost:{port}", "[::1]:80", "127.0.0.1"):
        reply = await server.call("GET", "/api/threads", headers={"host": host})
        assert reply.status == 200, host
    named = await serve(hosts=["box.local"])
    assert (await named.call("GET", "/api/threads", headers={"host": "box.local"})).status == 200


async def test_named_origins_may_call_and_read_the_headers(serve, scripted):
    scripted.add("Hello")
    origin = "https://app.example"
    server = await serve(cors_origins=[origin + "/"])
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-mine",
    }
    preflight = await server.call("OPTIONS", "/api/chat", headers=asked)
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == origin
    assert preflight.headers["access-control-allow-headers"] == "content-type,x-mine"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    headers = {"origin": origin, "sec-fetch-site": "cross-site"}
    reply = await server.call("POST", "/api/chat", model_request("hi"), headers=headers)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == origin
    exposed = reply.headers["access-control-expose-headers"].split(", ")
    assert {"x-vercel-ai-data-stream", "x-resumable-stream-id"} <= set(exposed)
    assert "access-control-allow-credentials" not in reply.headers


async def test_too_large_requests_are_refused_early(serve, scripted):
    server = await serve(max_body_bytes=2000)
    reply = await server.call("POST", "/api/chat", model_request("x" * 3000))
    assert reply.status == 413
    assert reply.headers["connection"] == "close"
    reader, writer = await server.call.connect()
    head = f"POST /api/chat HTTP/1.1\r\nhost: {server.call.host}\r\ncontent-type: application/json"
    writer.write(f"{head}\r\ntransfer-encoding: chunked\r\n\r\n".encode())
    for _ in range(30):
        writer.write(b"64\r\n" + b" " * 100 + b"\r\n")
    assert b"413" in await reader.readline()
    writer.close()


async def test_slow_heads_and_bodies_are_given_up(serve):
    server = await serve(request_timeout_s=0.1)
    host = f"host: {server.call.host}"
    for start in (
        "",
        "POST /api/ch",
        f"POST /api/chat HTTP/1.1\r\n{host}\r\nx-slow: ",
        f"POST /api/chat HTTP/1.1\r\n{host}\r\ncontent-type: application/json\r\n"
        "content-length: 100\r\n\r\n{",
    ):
        reader, writer = await server.call.connect()
        writer.write(start.encode())
        async with asyncio.timeout(5):
            answer = await reader.read()
        assert b"200" not in answer
        writer.close()
    assert (await server.call("GET", "/health")).status == 200


async def test_second_request_of_a_connection_must_come_in_time_too(serve):
    server = await serve(request_timeout_s=0.1)
    reader, writer = await server.call.connect()
    head = f"GET /health HTTP/1.1\r\nhost: {server.call.host}\r\n"
    writer.write(f"{head}\r\n{head}x-slow".encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    assert answer.count(b"HTTP/1.1 200") == 1
    writer.close()


async def test_endless_headers_are_given_up(serve):
    server = await serve()
    _, writer = await server.call.connect()
    writer.write(b"GET / HTTP/1.1\r\n")

    async def go_on():
        while True:
            writer.write(b"x-more: " + b"x" * 8000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError):
            await go_on()
    writer.close()


async def test_too_many_requests_are_refused_for_a_while(serve):
    server = await serve(requests_per_minute=3)
    replies = [await server.call("GET", "/api/agents") for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert 1 <= int(replies[3].headers["retry-after"]) <= 20


async def test_too_many_answers_at_once_are_refused(serve, scripted):
    wait = Wait()
    scripted.add(["Half", wait])
    server = await serve(max_runs_per_user=1)
    first = await server.call.open("POST", "/api/chat", model_request("hi"))
    await wait.reached.wait()
    second = await server.call("POST", "/api/chat", model_request("hi"))
    assert (second.status, second.text) == (429, "Too many answers at the same time.")
    wait.release()
    await first.rest()
    await first.aclose()


async def test_script_in_messages_stays_text(serve, scripted):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    scripted.add(evil)
    server = await serve()
    reply = await server.call("POST", "/api/chat", ui_request(evil, thread=evil))
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["x-content-type-options"] == "nosniff"
    listed = await server.call("GET", "/api/threads")
    assert listed.headers["content-type"] == "application/json"
    assert listed.headers["x-content-type-options"] == "nosniff"
    refused = await server.call("POST", "/api/chat", commands_request({"type": evil}))
    assert refused.status == 422
    assert refused.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/assets/../../secret",
        "/assets/..%5c..%5csecret",
        "//etc/passwd",
        "/etc/passwd",
        "/%00",
        "/.hidden%00.js",
    ],
)
async def test_nothing_outside_of_the_page_is_served(serve, tmp_path, path):
    page = tmp_path / "static"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<p>page</p>", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    reply = await (await serve(page=page)).call("GET", path)
    assert reply.status in (400, 404)
    assert "secret" not in reply.text


async def test_page_has_a_strict_policy_and_assets_are_kept(serve, tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<p>page</p>", encoding="utf-8")
    (tmp_path / "assets/app-1.js").write_text("1", encoding="utf-8")
    server = await serve(page=tmp_path)
    page = await server.call("GET", "/")
    assert page.text == "<p>page</p>"
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-cache"
    script = await server.call("GET", "/assets/app-1.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    # A page in another tab opens it by a link; that is no call of the API.
    linked = await server.call("GET", "/", headers={"sec-fetch-site": "cross-site"})
    assert linked.status == 200
