"""The loopback service itself: both route sets, the streams, the errors, what it remembers."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from jackfield.testing import Cut, json_reply
from jackfield_infinity.testing import InfinityServer, Turn, error_reply

KEY = {"x-api-key": "ia_one"}


class Answered:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    def events(self):
        return [frame for frame in self.body.decode().split("\n\n") if frame]


def ask(server, endpoint, body=None, headers=()):
    method, path = endpoint.split(" ")
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, dict(headers))
        return Answered(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture
def deployed():
    with InfinityServer() as server:
        yield server


@pytest.fixture
def published():
    with InfinityServer(routes="published") as server:
        yield server


def test_deployed_chat_says_nothing_of_success_and_ignores_stream(deployed):
    told = ask(deployed, "POST /chat", {"message": "Hi", "stream": True}).json()
    assert told["response"] == "You said: Hi"
    assert (told["rateLimit"]["limit"], told["rateLimit"]["remaining"]) == (50, 49)
    assert told["metadata"]["tokensUsed"] == 41
    assert "success" not in told


def test_published_chat_streams_where_it_is_asked_to(published):
    published.plan("One two three four five.")
    answer = ask(published, "POST /chat", {"message": "Hi", "stream": True})
    texts = ['data: {"content": "One two three four"}', 'data: {"content": " five."}']
    assert answer.events()[:2] == texts
    assert answer.events()[-1] == "data: [DONE]"


def test_deployed_stream_begins_with_what_the_service_noticed(deployed):
    deployed.plan(Turn(text="Hello.", events={"phase": {"from": "a", "to": "b"}}))
    answer = ask(deployed, "POST /chat/stream", {"message": "Hi", "conversationId": "c"})
    kinds = [frame.split("\n")[0] for frame in answer.events()]
    assert kinds == ["event: phase", "event: start", "event: chunk", "event: done"]


@pytest.mark.parametrize(
    ("dialect", "first", "last"),
    [
        ("deployed", 'event: chunk\ndata: {"text": "a"}', "event: done"),
        ("sdk", 'data: {"content": "a"}', "data: [DONE]"),
        ("page", 'data: {"type": "chunk", "content": "a"}', 'data: {"type": "complete"'),
    ],
)
def test_streams_are_written_in_the_dialect_that_is_chosen(dialect, first, last):
    with InfinityServer("a", routes="both", dialect=dialect) as server:
        answer = ask(server, "POST /chat/stream", {"message": "Hi"})
    assert answer.headers["content-type"] == "text/event-stream"
    assert first in answer.events()
    assert answer.events()[-1].startswith(last)


def test_service_may_answer_a_stream_with_json():
    with InfinityServer("a", dialect="json") as server:
        assert ask(server, "POST /chat/stream", {"message": "Hi"}).json()["response"] == "a"


def test_stream_may_fail_or_be_cut():
    turns = [Turn(text="a", error="boom"), Turn(pieces=["a", Cut()]), Turn(text="a", is_cut=True)]
    with InfinityServer(*turns) as server:
        failed = ask(server, "POST /chat/stream", {"message": "Hi"})
        assert failed.events()[-1].startswith("event: error")
        with pytest.raises(Exception, match="IncompleteRead"):
            ask(server, "POST /chat/stream", {"message": "Hi"})
        assert "done" not in ask(server, "POST /chat/stream", {"message": "Hi"}).body.decode()


def test_page_form_of_a_chat_wraps_its_data():
    with InfinityServer("a", shape="page") as server:
        told = ask(server, "POST /chat", {"message": "Hi"}).json()
    assert told["data"]["response"] == "a"
    assert told["data"]["conversation_id"] == "conv_1"


def test_conversation_goes_on_under_its_id(deployed):
    first = ask(deployed, "POST /chat", {"message": "One"}).json()["conversationId"]
    ask(deployed, "POST /chat", {"message": "Two", "conversationId": first})
    told = ask(deployed, f"GET /chat?conversationId={first}").json()["messages"]
    assert [row["content"] for row in told] == ["One", "You said: One", "Two", "You said: Two"]
    assert ask(deployed, "GET /chat").json()["error"]["code"] == "MISSING_REQUIRED_FIELD"


@pytest.mark.parametrize(
    ("routes", "missing"),
    [
        (
            "deployed",
            ["POST /knowledge/search", "POST /memory/store", "GET /memory/retrieve?key=a"],
        ),
        ("published", ["POST /chat/stream", "POST /search", "POST /memory", "GET /memory"]),
    ],
)
def test_unknown_routes_are_pages_of_html(routes, missing):
    with InfinityServer(routes=routes) as server:
        for endpoint in missing:
            answer = ask(server, endpoint, {})
            assert (answer.status, answer.body[:9]) == (404, b"<!DOCTYPE")


def test_known_route_with_another_method_is_405(deployed):
    answer = ask(deployed, "POST /knowledge", {})
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "GET", b"")
    assert ask(deployed, "GET /knowledge").json() == {"error": "Admin access required"}


def test_path_may_begin_with_api(deployed):
    assert ask(deployed, "GET /api/health").json()["service"] == "infinityassistant"
    assert ask(deployed, "GET /api-keys").status == 401


def test_anonymous_callers_are_known_by_their_cookie(deployed):
    first = ask(deployed, "POST /chat", {"message": "Hi"})
    cookie = first.headers["set-cookie"].split(";")[0]
    again = ask(deployed, "POST /chat", {"message": "Hi"}, {"cookie": cookie})
    assert again.json()["rateLimit"]["remaining"] == 48
    assert again.headers["set-cookie"].startswith(cookie)
    assert ask(deployed, "POST /chat", {"message": "Hi"}).json()["rateLimit"]["remaining"] == 49
    named = ask(deployed, "POST /chat", {"message": "Hi", "userId": "u"})
    assert "set-cookie" not in named.headers


def test_deployed_service_says_nothing_of_a_wrong_key():
    with InfinityServer(api_keys={"ia_one": "pro"}) as server:
        right = ask(server, "POST /chat", {"message": "Hi"}, KEY)
        wrong = ask(server, "POST /chat", {"message": "Hi"}, {"x-api-key": "ia_two"})
    assert (right.status, right.json()["rateLimit"]["limit"]) == (200, 100)
    assert (wrong.status, wrong.json()["rateLimit"]["limit"]) == (200, 50)


def test_published_service_refuses_a_wrong_key():
    with InfinityServer(routes="published", api_keys={"ia_one": "pro"}) as server:
        wrong = ask(server, "GET /health", headers={"x-api-key": "ia_two"})
    assert (wrong.status, wrong.json()["error"]["code"]) == (401, "INVALID_API_KEY")


def test_quota_ends_without_a_header(deployed):
    deployed.state.spent["u"] = 50
    answer = ask(deployed, "POST /chat", {"message": "Hi", "userId": "u"})
    assert (answer.status, answer.json()["rateLimit"]["remaining"]) == (429, 0)
    assert answer.json()["rateLimit"]["reset_at"].endswith("Z")
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("message", ["", "  ", None, "x" * 5001])
def test_message_must_say_something_and_not_too_much(deployed, message):
    assert ask(deployed, "POST /chat", {"message": message}).status == 400


def test_memory_keeps_values_or_facts(deployed, published):
    ask(published, "POST /memory/store", {"key": "a b", "value": [1]})
    told = ask(published, "GET /memory/retrieve?key=a%20b").json()
    assert told == {"success": True, "found": True, "value": [1]}
    ask(deployed, "POST /memory", {"conversationId": "c", "content": "[1]"})
    [fact] = ask(deployed, "GET /memory?conversationId=c").json()["memory"]["criticalFacts"]
    assert (fact["content"], fact["tags"]) == ("[1]", ["remembered", "fact"])
    unknown = ask(deployed, "GET /memory?conversationId=d").json()["memory"]
    assert unknown["criticalFacts"] == []


def test_knowledge_is_one_list_or_three_groups(deployed, published):
    told = ask(published, "POST /knowledge/search", {"query": "*", "filters": {"type": "gotcha"}})
    assert [item["id"] for item in told.json()["results"]] == ["g1"]
    told = ask(deployed, "POST /search", {"query": "*"}).json()
    assert told["results"]["patterns"][0]["name"] == "Retry with backoff"
    assert told["counts"]["total"] == 3
    assert ask(deployed, "POST /search", {"query": "x" * 501}).status == 400


def test_research_wants_a_query_or_a_topic(deployed, published):
    assert ask(published, "POST /research", {"query": "primes"}).json()["summary"]
    assert ask(deployed, "POST /research", {"query": "primes"}).json()["success"] is False
    told = ask(deployed, "POST /research", {"topic": "primes", "mode": "quick"}).json()
    assert len(told["result"]["findings"]) == 2


def test_keys_and_webhooks_live_and_end(published):
    made = ask(published, "POST /api-keys", {"name": "mine"}, KEY).json()["apiKey"]
    assert len(made["key"]) == 46
    fresh = {"x-api-key": made["key"]}
    [listed] = ask(published, "GET /api-keys", headers=fresh).json()["apiKeys"]
    assert (listed["isActive"], "key" in listed) == (True, False)
    assert ask(published, f"DELETE /api-keys?id={made['id']}", headers=fresh).status == 200
    assert ask(published, "GET /api-keys", headers=fresh).status == 401
    hook = {"url": "https://me.example", "events": ["chat.message"]}
    made = ask(published, "POST /webhooks", hook, KEY).json()["webhook"]
    assert len(made["secret"]) == 43
    assert ask(published, f"DELETE /webhooks?id={made['id']}", headers=KEY).status == 200
    assert ask(published, f"DELETE /webhooks?id={made['id']}", headers=KEY).status == 404
    assert ask(published, "DELETE /webhooks", headers=KEY).status == 400


@pytest.mark.parametrize(
    "hook", [{"url": "me", "events": ["chat.message"]}, {"url": "https://a", "events": ["x"]}]
)
def test_webhooks_that_make_no_sense_are_refused(published, hook):
    assert ask(published, "POST /webhooks", hook, KEY).status == 400


def test_deployed_service_lets_nobody_manage_keys(deployed):
    answer = ask(deployed, "GET /api-keys", headers=KEY)
    assert (answer.status, answer.json()) == (401, {"error": "Authentication required"})


def test_planned_failures_come_first_and_once(deployed):
    deployed.fail("POST /chat", error_reply("E", 503, "Busy"), json_reply({"response": "late"}))
    assert ask(deployed, "POST /chat", {"message": "Hi"}).status == 503
    assert ask(deployed, "GET /health").status == 200
    assert ask(deployed, "POST /chat", {"message": "Hi"}).json() == {"response": "late"}
    assert ask(deployed, "POST /chat", {"message": "Hi"}).json()["response"] == "You said: Hi"
    assert len(deployed.received("POST /chat")) == 3


@pytest.mark.parametrize(
    ("form", "path"),
    [("A", ["error"]), ("B", ["error", "message"]), ("C", ["error"]), ("E", ["error", "message"])],
)
def test_errors_have_five_forms(form, path):
    body = json.loads(error_reply(form, 500, "boom", code="C").body)
    for name in path:
        body = body[name]
    assert body == "boom"
    assert b"<h1>" in error_reply("D", 500).body.encode()


def test_body_that_is_no_object_is_refused(deployed):
    answer = ask(deployed, "POST /chat", [1])
    assert answer.json()["error"]["code"] == "INVALID_JSON"
