"""TLS, client certificates, proxies and HTTP/2, against servers written here byte by byte."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator

import h2.config
import h2.connection
import h2.events
import pytest
import pytest_asyncio
import trustme
from support.secure_servers import (
    ProxyServer,
    Secure,
    context_of,
    proxy_server,
    secure_server,
    until_no_server_tasks,
)

from jackfield.errors import ConfigError, ProviderError
from jackfield.http import Request, Timeouts
from jackfield_httpx import certificates
from jackfield_httpx.settings import HttpxSettings


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest_asyncio.fixture
async def secure(authority, tmp_path, request) -> AsyncIterator[Secure]:
    verify_mode = getattr(request, "param", ssl.CERT_NONE)
    async with secure_server(authority, tmp_path, verify_mode) as found:
        yield found


async def failed(transport, request, read) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await read(transport, request)
    return caught.value


async def test_a_certificate_of_the_named_authority_is_trusted(opened, secure, read):
    transport = opened(ca_file=secure.ca_file)
    for _ in range(3):
        assert await read(transport, Request(url=secure.url)) == (200, b"hello")
    assert secure.connections == 1
    await transport.aclose()


async def test_the_environment_names_an_authority(opened, secure, read, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", secure.ca_file)
    transport = opened()
    assert await read(transport, Request(url=secure.url)) == (200, b"hello")
    await transport.aclose()


async def test_a_python_from_another_system_finds_this_ones_authorities(monkeypatch, tmp_path):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    nowhere = ssl.get_default_verify_paths()._replace(openssl_cafile="no", openssl_capath="no")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    trustme.CA(organization_name="The other one").cert_pem.write_to_path(
        str(tmp_path / "bundle.pem")
    )
    monkeypatch.setattr(certificates, "_BUNDLES", ("no", str(tmp_path / "bundle.pem")))
    found = certificates.tls_context(HttpxSettings()).get_ca_certs()
    assert "The other one" in str(found)


async def test_a_certificate_of_a_stranger_is_refused_once(opened, secure, read, clock):
    error = await failed(opened(), Request(url=secure.url, repeatable=True), read)
    assert (error.kind, error.retryable, clock.slept) == ("connection", False, [])
    assert "not trusted" in str(error)
    assert "ca_file" in error.hint


async def test_a_certificate_for_another_name_is_refused(opened, secure, read):
    transport = opened(ca_file=secure.ca_file)
    url = secure.url.replace("localhost", "127.0.0.2")
    error = await failed(transport, Request(url=url), read)
    assert error.kind == "connection"


async def test_checks_can_be_turned_off_with_a_warning(opened, secure, read, caplog):
    transport = opened(verify=False)
    assert await read(transport, Request(url=secure.url)) == (200, b"hello")
    assert "not checked" in caplog.text
    await transport.aclose()


@pytest.mark.parametrize("secure", [ssl.CERT_REQUIRED], indirect=True)
async def test_a_client_certificate_is_shown(opened, secure, read, tmp_path):
    mine = secure.authority.issue_cert("client@example.org")
    mine.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    mine.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    for files in (
        {"client_cert": tmp_path / "cert.pem", "client_key": tmp_path / "key.pem"},
        {"client_cert": tmp_path / "both.pem"},
    ):
        transport = opened(ca_file=secure.ca_file, **files)
        assert await read(transport, Request(url=secure.url)) == (200, b"hello")
        assert secure.certificates[-1]
        await transport.aclose()
    assert (await failed(opened(ca_file=secure.ca_file), Request(url=secure.url), read)).kind


@pytest.mark.parametrize("name", ["missing.pem", "empty.pem"])
async def test_a_bad_certificate_file_is_a_configuration_error(opened, read, tmp_path, name):
    (tmp_path / "empty.pem").write_text("", encoding="ascii")
    with pytest.raises(ConfigError, match="PEM files that exist"):
        await read(opened(ca_file=tmp_path / name), Request(url="https://localhost:1/"))


async def test_no_tls_context_is_made_for_plain_http(opened, loopback, read, tmp_path):
    transport = opened(ca_file=tmp_path / "missing.pem")
    assert (await read(transport, Request(url=loopback.url)))[0] == 500


# --- proxies ---------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[ProxyServer]:
    async with proxy_server() as found:
        yield found


async def test_the_setting_names_a_proxy(opened, proxy, read):
    transport = opened(proxy=proxy.url.replace("http://", "http://me:pass%20word@"))
    request = Request(url="http://far.example/x?y=1")
    assert await read(transport, request) == (200, b"proxied")
    [head] = proxy.heads
    assert head.startswith("GET http://far.example/x?y=1 HTTP/1.1")
    told = base64.b64encode(b"me:pass word").decode()
    assert f"proxy-authorization: basic {told.lower()}" in head.lower()
    await transport.aclose()


async def test_the_password_may_stand_apart(opened, proxy, read):
    transport = opened(proxy=f"http://me@127.0.0.1:{proxy.port}", proxy_password="s3cret")
    await read(transport, Request(url="http://far.example/"))
    assert base64.b64encode(b"me:s3cret").decode() in proxy.heads[0]
    assert "s3cret" not in repr(transport._settings)
    await transport.aclose()


async def test_the_environment_names_a_proxy(opened, proxy, read, monkeypatch, loopback):
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1,near.example")
    transport = opened()
    assert await read(transport, Request(url="http://far.example/")) == (200, b"proxied")
    assert (await read(transport, Request(url=loopback.url)))[0] == 500
    assert len(proxy.heads) == 1
    await transport.aclose()


async def test_an_empty_proxy_setting_beats_the_environment(opened, loopback, read, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert (await read(opened(proxy=""), Request(url=loopback.url)))[0] == 500


async def test_tls_goes_through_a_tunnel(opened, proxy, secure, read):
    transport = opened(proxy=proxy.url, ca_file=secure.ca_file)
    headers = {"authorization": "Bearer far"}
    assert await read(transport, Request(url=secure.url, headers=headers)) == (200, b"hello")
    assert proxy.heads[0].startswith(f"CONNECT localhost:{secure.port}")
    assert "Bearer far" not in "".join(proxy.heads)
    await transport.aclose()


async def test_a_proxy_that_refuses_is_a_typed_error(opened, proxy, read):
    proxy.status = "407 Proxy Authentication Required"
    error = await failed(opened(proxy=proxy.url), Request(url="https://far.example/"), read)
    assert (error.kind, error.retryable) == ("connection", False)
    assert "407" in str(error)
    assert "proxy" in error.hint


async def test_a_socks_proxy(opened, read):
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readexactly(3))  # version, one method: none
        writer.write(b"\x05\x00")
        seen.append(await reader.readexactly(4 + 1 + len("far.example") + 2))
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsocks")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = opened(proxy=f"socks5://127.0.0.1:{port}")
    assert await read(transport, Request(url="http://far.example/x")) == (200, b"socks")
    assert seen[1] == b"\x05\x01\x00\x03\x0bfar.example\x00\x50"
    assert seen[2].startswith(b"GET /x HTTP/1.1")
    await transport.aclose()
    server.close()
    await until_no_server_tasks()


async def test_a_bad_proxy_url_is_a_configuration_error(opened, read):
    transport = opened(proxy="ftp://user:s3cret@x")
    with pytest.raises(ConfigError) as caught:
        await read(transport, Request(url="http://far.example/"))
    assert "s3cret" not in str(caught.value)


# --- HTTP/2 ----------------------------------------------------------------------------------


class Two(asyncio.Protocol):
    """An HTTP/2 server: `/slow` sends one piece and goes on for ever, others answer `two`."""

    def __init__(self, seen: list["Two"]) -> None:
        seen.append(self)
        self.paths: list[str] = []
        self.closed = asyncio.Event()
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.h2.initiate_connection()
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                path = dict(event.headers)[b":path"].decode()
                self.paths.append(path)
                self.h2.send_headers(event.stream_id, [(":status", "200")])
                slow = path == "/slow"
                self.h2.send_data(event.stream_id, b"two", end_stream=not slow)
        self.flush()

    def flush(self) -> None:
        self.transport.write(self.h2.data_to_send())  # type: ignore[attr-defined]


@pytest_asyncio.fixture
async def two(authority, tmp_path) -> AsyncIterator[tuple[str, str, list[Two]]]:
    context = context_of(authority)
    context.set_alpn_protocols(["h2"])
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    seen: list[Two] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Two(seen), "127.0.0.1", 0, ssl=context)
    yield f"https://localhost:{server.sockets[0].getsockname()[1]}", str(tmp_path / "ca.pem"), seen
    server.close()
    for each in seen:
        each.transport.abort()  # type: ignore[attr-defined]


async def test_http_2_shares_one_connection(opened, two, read):
    url, ca_file, seen = two
    transport = opened(http2=True, ca_file=ca_file)
    request = Request(method="POST", url=url + "/fast", body=b"{}")
    assert await read(transport, request) == (200, b"two")
    answers = await asyncio.gather(*[read(transport, request) for _ in range(5)])
    assert answers == [(200, b"two")] * 5
    assert len(seen) == 1
    await transport.aclose()


async def test_http_2_times_out_and_closes_the_only_stream(opened, two):
    url, ca_file, seen = two
    transport = opened(http2=True, ca_file=ca_file)
    request = Request(url=url + "/slow", timeouts=Timeouts(read_s=0.1))
    pieces = []

    async def consume() -> None:
        async with transport.stream(request) as response:
            async for piece in response.chunks():
                pieces.append(piece)  # noqa: PERF401 - what came before the failure counts

    with pytest.raises(ProviderError, match=r"sent nothing for 0\.1 s"):
        await consume()
    assert pieces == [b"two"]
    async with asyncio.timeout(0.5):
        await seen[0].closed.wait()
    await transport.aclose()


async def test_leaving_one_http_2_stream_spares_the_others(opened, two, read):
    url, ca_file, seen = two
    transport = opened(http2=True, ca_file=ca_file)
    async with transport.stream(Request(url=url + "/slow")) as staying:
        async with transport.stream(Request(url=url + "/slow")):
            pass
        async for piece in staying.chunks():
            assert piece == b"two"
            break
        assert not seen[0].closed.is_set()
    async with asyncio.timeout(0.5):
        await seen[0].closed.wait()
    assert await read(transport, Request(url=url + "/fast")) == (200, b"two")
    await transport.aclose()
