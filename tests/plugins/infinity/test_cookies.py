"""Cookies: they make anonymous calls those of one user. Source: spec/infinity.md, 1."""

import pytest

from jackfield.http import Request
from jackfield.testing import json_reply
from jackfield_infinity.cookies import Cookies

YEAR = "Max-Age=31536000; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; SameSite=Strict"
ANON = f"infinity_anon_user=anon_1; {YEAR}"


def sent(cookies):
    return cookies.add(Request(url="https://h")).headers.get("cookie")


def kept(*lines):
    cookies = Cookies()
    for line in lines:
        cookies.keep(Request(url="https://h"), 200, {"set-cookie": line})
    return sent(cookies)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([ANON], "infinity_anon_user=anon_1"),
        ([f"{ANON}, b=2; Secure"], "infinity_anon_user=anon_1; b=2"),
        ([f"a=1, {ANON}"], "a=1; infinity_anon_user=anon_1"),
        ([ANON, "infinity_anon_user=anon_2"], "infinity_anon_user=anon_2"),
        ([ANON, "infinity_anon_user=; max-age=0; Path=/"], None),
        ([ANON, "b=1; Max-Age=-1"], "infinity_anon_user=anon_1"),
        (["empty="], "empty="),
        (["base64=YQ==; Path=/"], "base64=YQ=="),
        (["nonsense"], None),
        (["=x"], None),
        ([""], None),
    ],
)
def test_cookies_are_read_as_servers_write_them(lines, expected):
    assert kept(*lines) == expected


def test_a_cookie_of_the_caller_is_left_alone():
    cookies = Cookies()
    cookies.keep(Request(url="https://h"), 200, {"set-cookie": ANON})
    own = Request(url="https://h", headers={"cookie": "own=1"})
    assert cookies.add(own).headers["cookie"] == "own=1"


async def test_anonymous_calls_are_those_of_one_user(make, server):
    infinity = make(api_key=None)
    server.default = json_reply({"response": "Hi"}, headers={"set-cookie": ANON})
    await infinity.call("chat", "one")
    await infinity.call("chat", "two")
    await infinity.read("chat_stream", "three")
    found = [request.headers.get("cookie") for request in server.requests]
    assert found == [None, "infinity_anon_user=anon_1", "infinity_anon_user=anon_1"]
    assert "x-api-key" not in server.requests[0].headers


async def test_another_key_is_another_user(infinity, server):
    server.add(json_reply({"response": "Hi"}, headers={"set-cookie": ANON}))
    server.default = json_reply({"response": "Hi"})
    await infinity.call("chat", "one")
    infinity.client.set_api_key("ia_other")
    await infinity.call("chat", "two")
    assert "cookie" not in server.requests[1].headers


async def test_two_clients_share_no_cookies(make, server):
    server.default = json_reply({"response": "Hi"}, headers={"set-cookie": ANON})
    await make().call("chat", "one")
    await make().call("chat", "two")
    assert "cookie" not in server.requests[1].headers
