"""The loopback service keeps what it is told, and is as strict as the real one."""

import threading

import pytest

from jackfield.testing import Hold, Reply, json_reply
from jackfield_lumnis import (
    AuthenticationError,
    Client,
    ErrorCode,
    NotFoundError,
    NotImplementedYetError,
    Scope,
    TransportError,
    ValidationError,
)
from jackfield_lumnis.testing import LumnisServer, Run, Step, entry, tool_call

THINK = entry("planning", "Thinking")


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def server():
    with LumnisServer() as server:
        yield server


@pytest.fixture
def client(server):
    with Client(api_key="k", base_url=server.url, max_retries=0) as client:
        yield client


def begun(client):
    return client.responses.create(messages="Hello", user_id="u").response_id


def test_run_goes_on_with_each_poll_and_then_stays(server, client):
    server.plan(Run.of(THINK, entry("writing", "Done"), output_text="7"))
    name = begun(client)
    seen = [client.get_response(name) for _ in range(4)]
    statuses = [(each.status, len(each.progress)) for each in seen]
    assert statuses == [("in_progress", 1), ("in_progress", 2), ("succeeded", 2), ("succeeded", 2)]
    assert seen[-1].output_text == "7"
    assert seen[-1].completed_at is not None


def test_run_goes_on_with_time():
    clock = Clock()
    run = Run.of(THINK, output_text="7", every_s=10)
    with (
        LumnisServer(run, clock=clock) as server,
        Client(api_key="k", base_url=server.url) as client,
    ):
        name = begun(client)
        found = []
        for clock.seconds in (0, 9, 10, 19, 20, 100):
            found.append(client.get_response(name).status)
    assert found == ["queued"] * 2 + ["in_progress"] * 2 + ["succeeded"] * 2


@pytest.mark.parametrize(
    ("long_poll", "statuses"),
    [("change", ["in_progress", "succeeded"]), ("end", ["succeeded"])],
)
def test_held_poll_comes_back_with_news_or_at_the_end(long_poll, statuses):
    run = Run.of(THINK, output_text="7", every_s=0.05)
    server = LumnisServer(run, long_poll=long_poll)
    with server, Client(api_key="k", base_url=server.url) as client:
        name, found = begun(client), []
        while not found or found[-1] != "succeeded":
            found.append(client.get_response(name, wait=10).status)
    assert found == statuses


def test_cancelling_releases_a_held_poll(server, client):
    hold = Hold()
    server.plan(Run(steps=[Step(hold=hold)]))
    name, found = begun(client), []
    waiting = threading.Thread(target=lambda: found.append(client.get_response(name, wait=10)))
    waiting.start()
    assert hold.reached.wait_blocking()
    assert client.cancel_response(name).status == "cancelled"
    waiting.join(10)
    assert found[0].status == "cancelled"


def test_run_that_is_over_cannot_be_cancelled(server, client):
    server.plan(Run.of(output_text="7"))
    name = begun(client)
    client.get_response(name)
    with pytest.raises(ValidationError) as caught:
        client.cancel_response(name)
    assert caught.value.code is ErrorCode.ALREADY_EXISTS


def test_endless_run_never_ends(server, client):
    server.plan(Run.endless(THINK))
    name = begun(client)
    assert {client.get_response(name).status for _ in range(20)} == {"in_progress"}


def test_one_key_makes_one_run(server, client):
    first = client.invoke("x", user_id="u", idempotency_key="k1", poll_interval=0)
    second = client.invoke("x", user_id="u", idempotency_key="k1", poll_interval=0)
    assert first.response_id == second.response_id
    assert len(server.state.runs) == 1


def test_runs_belong_to_threads(server, client):
    thread = client.create_thread(user_id="u", title="Primes")
    client.invoke("One", user_id="u", thread_id=thread.thread_id, poll_interval=0)
    client.invoke("Two", user_id="u", thread_id=thread.thread_id, poll_interval=0)
    client.invoke("Elsewhere", user_id="v", poll_interval=0)
    found = client.threads.get_responses(thread.thread_id)
    assert [each.output_text for each in found] == ["You said: One", "You said: Two"]
    assert client.get_thread(thread.thread_id).response_count == 2
    assert client.list_threads(user_id="u").total == 1
    assert client.list_responses(user_id="v").total == 1
    client.delete_thread(thread.thread_id)
    with pytest.raises(NotFoundError):
        client.get_response(found[0].response_id)


def test_users_are_found_by_id_and_e_mail_and_go_with_all_that_is_theirs(server, client):
    user = client.create_user(email="a+b@c.co", first_name="A")
    assert client.create_user(email="a+b@c.co").id == user.id
    assert client.update_user("a+b@c.co", last_name="B").last_name == "B"
    client.invoke("x", user_id=user.id, poll_interval=0)
    client.delete_user(user.id)
    assert server.state.threads == {}
    assert server.state.runs == {}
    with pytest.raises(NotFoundError):
        client.get_user("a+b@c.co")
    with pytest.raises(ValidationError, match="e-mail"):
        client.create_user(email="nobody@nowhere")


def test_users_are_listed_by_pages(client):
    for number in range(5):
        client.create_user(email=f"u{number}@example.com")
    page = client.list_users(page=2, page_size=2)
    assert [user.email for user in page.users] == ["u2@example.com", "u3@example.com"]
    assert (page.pagination.total, page.pagination.total_pages) == (5, 3)
    assert page.pagination.has_next
    assert page.pagination.has_prev


def test_keys_are_kept_and_never_told(server, client):
    stored = client.external_api_keys.create(provider="openai", api_key="sk-secret", user_id="u")
    assert "sk-secret" not in repr(stored)
    assert server.state.secrets[stored.key_id] == "sk-secret"
    assert [key.key_id for key in client.external_api_keys.list(user_id="u")] == [stored.key_id]
    assert client.external_api_keys.list(user_id="v") == []
    client.external_api_keys.delete(stored.key_id)
    assert server.state.keys == {}
    assert client.set_api_key_mode("byo").api_key_mode == "byo_keys"
    assert client.tenant.get().api_key_mode == "byo_keys"


def test_files_are_kept_searched_and_given_back(server, client, tmp_path):
    data = b"Invoice\r\n7 \xe2\x82\xac\n\x00\r--x"
    stored = client.upload_file(file_content=data, file_name='a "b".txt', tags=["x", "y"])
    again = client.upload_file(file_content=b"", file_name='a "b".txt')
    assert again.file_name == 'a "b"_1.txt'
    assert client.download_file(stored.file_id) == data
    client.download_file(stored.file_id, save_path=tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data
    assert client.get_file(stored.file_id).tags == ["x", "y"]
    content = client.get_file_content(stored.file_id, start_line=1, end_line=1)
    assert content.text == "Invoice"
    assert client.search_files("invoice").total_count == 1
    assert client.list_files(tags=["y"]).total_count == 1
    stages = [client.get_file_status(stored.file_id).status for _ in range(5)]
    assert stages == ["pending", "parsing", "embedding", "completed", "completed"]
    gone = client.files.bulk_delete([stored.file_id, "nowhere"])
    assert list(server.state.files) == [again.file_id]
    assert gone.total_requested == 2


def test_connection_becomes_active(server, client):
    client.initiate_connection(user_id="u", app_name="github")
    assert client.get_connection_status("u", "slack").status == "not_connected"
    found = client.wait_for_connection("u", "github", poll_interval=0.0)
    assert found.status == "active"
    assert client.get_integration_tools("u").tool_count == 1
    client.set_app_enabled("gmail", enabled=True)
    assert client.is_app_enabled("gmail").enabled
    with pytest.raises(NotImplementedYetError):
        client.integrations.get_non_oauth_required_fields("github")


def test_mcp_servers_keep_their_secrets_to_themselves(server, client):
    made = client.create_mcp_server(
        name="db",
        transport="streamable_http",
        scope="tenant",
        url="https://mcp.example.com",
        headers={"x-key": "secret-header"},
    )
    assert "secret-header" not in repr(made)
    assert client.list_mcp_servers(scope="user").total == 0
    assert client.test_mcp_server(made.id).success
    client.update_mcp_server(made.id, url="https://down.example.com")
    assert not client.test_mcp_server(made.id).success
    client.delete_mcp_server(made.id)
    assert server.state.secrets == {}


def test_preferences_and_skills_are_kept(server, client):
    chosen = {"FAST_MODEL": {"provider": "p", "model_name": "m"}}
    client.update_model_preferences(chosen)
    found = client.get_model_preferences(include_defaults=False)
    assert [each.model_name for each in found.preferences] == ["m"]
    assert len(client.get_model_preferences().preferences) == 5
    skill = client.create_skill(name="n", description="d", content="c", user_id="u")
    client.update_skill(skill.id, is_active=False)
    assert client.list_skills().total == 0
    assert client.list_skills(is_active=None).total == 1
    client.delete_skill(skill.id)
    with pytest.raises(NotFoundError):
        client.get_skill(skill.id)


def test_feedback_is_kept_with_its_run(server, client):
    name = begun(client)
    client.responses.create_feedback(name, feedback_text="Shorter", feedback_type="guidance")
    listed = client.responses.list_feedback(name)
    assert (listed.total_feedback, listed.feedback[0].feedback_text) == (1, "Shorter")


def test_only_known_keys_are_let_in():
    with LumnisServer(api_keys={"right"}) as server:
        for key, expected in (("right", True), ("wrong", False)):
            with Client(api_key=key, base_url=server.url, scope=Scope.TENANT) as client:
                if expected:
                    assert client.tenant.get().id == "n-1"
                else:
                    with pytest.raises(AuthenticationError):
                        client.tenant.get()


def test_endpoint_fails_as_often_as_planned(server, client):
    server.fail("GET /v1/tenant", Reply(status=500), json_reply({"id": "other"}))
    server.fail("* *", Reply(status=418))
    with pytest.raises(TransportError):
        client.tenant.get()
    assert client.tenant.get().id == "other"
    with pytest.raises(ValidationError):
        client.tenant.get()
    assert client.tenant.get().id == "n-1"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/responses", {"messages": []}, 422),
        ("POST", "/v1/responses", {"messages": [{"role": "tool", "content": "x"}]}, 422),
        ("POST", "/v1/responses", {"messages": [{"role": "user", "content": 1}]}, 422),
        ("POST", "/v1/threads", {"title": "x" * 501}, 422),
        ("GET", "/v1/responses?limit=101", None, 422),
        ("GET", "/v1/responses/r-1?wait=31", None, 404),
        ("GET", "/v1/model-preferences?include_defaults=True", None, 422),
        ("POST", "/v1/mcp-servers", {"name": "x", "transport": "sse", "scope": "user"}, 422),
        ("POST", "/v1/files/search", {"query": "x", "limit": 51}, 422),
        ("POST", "/v1/users", [1], 422),
        ("GET", "/v1/nowhere", None, 404),
        ("PATCH", "/v1/users/u", {}, 404),
    ],
)
def test_what_breaks_the_protocol_is_refused(server, method, path, body, status):
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    import orjson

    connection = HTTPConnection(urlsplit(server.url).netloc)
    data = None if body is None else orjson.dumps(body)
    connection.request(method, path, data, {"authorization": "Bearer k"})
    assert connection.getresponse().status == status
    connection.close()


def test_requests_behind_a_proxy_path_are_understood(server):
    with Client(api_key="k", base_url=f"{server.url}/proxy/", scope=Scope.TENANT) as client:
        assert client.tenant.get().id == "n-1"
    assert [request.path for request in server.received("GET /v1/tenant")] == ["/proxy/v1/tenant"]


def test_tool_calls_of_entries_are_told(server, client):
    call = tool_call("find", "found", q=1)
    server.plan(Run.of(entry("s", "m", call), output_text="7"))
    found = client.invoke("x", user_id="u", poll_interval=0)
    assert found.progress[0].tool_calls == [
        {"name": "find", "args": {"q": 1}, "output_text": "found"}
    ]
