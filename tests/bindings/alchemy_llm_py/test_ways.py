"""The ways to a server: TLS with an authority of one's own, without checks, and by a proxy."""

import asyncio
import base64

import alchemy_llm_py
import pytest
import trustme
from support.binding import BODY, HEADERS, all_records
from support.secure_servers import proxy_server, secure_server

from jackfield.testing import sse

STREAM = b"".join(sse.chat_stream("Paris."))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n"
REPLY = HEAD + b"content-length: %d\r\n\r\n%b" % (len(STREAM), STREAM)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
async def secure(authority, tmp_path):
    async with secure_server(authority, tmp_path) as server:
        server.reply = REPLY
        yield server


async def last_of(url, **options):
    """Return the last record of a stream that is read in a thread."""
    stream = alchemy_llm_py.open_stream(url, HEADERS, BODY, **options)
    return (await asyncio.to_thread(all_records, stream))[-1]


async def test_an_authority_of_ones_own_is_trusted(secure):
    assert (await last_of(secure.url, ca_file=secure.ca_file))[:2] == (10, "stop")


async def test_a_certificate_of_a_stranger_is_refused_and_not_tried_again(secure):
    info = (await last_of(secure.url))[2]
    assert (info["kind"], info["retryable"]) == ("connection", False)
    assert "certificate" in info["message"]
    assert secure.heads == []


async def test_a_certificate_for_another_name_is_refused(secure):
    url = secure.url.replace("localhost", "127.0.0.2")
    info = (await last_of(url, ca_file=secure.ca_file))[2]
    assert info["kind"] == "connection"


async def test_checks_can_be_turned_off(secure):
    assert (await last_of(secure.url, verify=False))[:2] == (10, "stop")


async def test_tls_goes_through_a_tunnel_of_the_proxy(secure):
    headers = [*HEADERS, ("authorization", "Bearer far")]
    async with proxy_server() as proxy:
        url = proxy.url.replace("http://", "http://me:pass%20word@")
        stream = alchemy_llm_py.open_stream(
            secure.url, headers, BODY, proxy=url, ca_file=secure.ca_file
        )
        assert (await asyncio.to_thread(all_records, stream))[-1][:2] == (10, "stop")
    [head] = proxy.heads
    assert head.startswith(f"CONNECT localhost:{secure.port}")
    told = base64.b64encode(b"me:pass word").decode()
    assert f"proxy-authorization: basic {told}".lower() in head.lower()
    assert "Bearer far" not in head
    assert "bearer far" in secure.heads[0].lower()


async def test_an_empty_proxy_beats_the_environment(secure, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    last = await last_of(secure.url, proxy="", ca_file=secure.ca_file)
    assert last[:2] == (10, "stop")
