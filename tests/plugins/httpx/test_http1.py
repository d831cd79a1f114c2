"""HTTP/1.1 byte by byte: answers however they are cut, requests however they are made."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.http import Request
from jackfield_httpx.http1 import Connection
from jackfield_httpx.http1_answer import MAX_HEAD_BYTES, Answer
from jackfield_httpx.http1_request import written_head
from jackfield_httpx.targets import read_url
from jackfield_httpx.transfer_errors import (
    BadAnswerError,
    BadRequestError,
    CutError,
    TransferError,
)

URL = "http://one.example/v1"


class Pieces:
    """Bytes that a server sends in these pieces, before it leaves."""

    is_sent = True

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.left = [piece for piece in pieces if piece]
        self.given = 0
        self.is_aborted = False

    async def read(self, timeout: float | None) -> bytes:
        piece = self.left.pop(0) if self.left else b""
        self.given += len(piece)
        return piece

    def abort(self) -> None:
        self.is_aborted = True


def done(work: Coroutine[Any, Any, Any]) -> Any:
    """Return what a coroutine returns that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


@dataclass
class Read:
    """What became of an answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_reusable: bool = False
    error: TransferError | None = None


async def reading(stream: Any, method: str) -> Read:
    found = Read()
    connection = Connection("http://one.example", lambda _: None)
    connection.stream = stream
    answer = Answer(connection, stream, method, None)
    answer.is_sent = True
    try:
        await answer.receive_head()
        found.status, found.headers = answer.status, answer.headers
        while part := await answer.next():
            found.body += part
    except TransferError as error:
        found.error = error
        connection.close()
    assert connection.is_idle() != connection.is_closed()
    assert connection.is_closed() == stream.is_aborted
    found.is_reusable = connection.is_idle()
    return found


def read(*pieces: bytes, method: str = "POST") -> Read:
    return done(reading(Pieces(pieces), method))


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({min(place, len(data)) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


@dataclass
class Case:
    sent: bytes
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_reusable: bool = True
    method: str = "POST"


CASES = {
    "length": Case(
        OK + b"Content-Length: 5\r\nX-A: b\r\n\r\nhello", b"hello", headers={"x-a": "b"}
    ),
    "empty": Case(OK + b"content-length: 0\r\n\r\n"),
    "chunks": Case(CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b"hello"),
    "chunks with all": Case(
        OK + b"Transfer-Encoding: Chunked\r\n\r\n3;a=b;c\r\nhel\r\n0A \r\nlo, world!\r\n"
        b"0\r\nX-Late: 1\r\nX-Later: 2\r\n\r\n",
        b"hello, world!",
    ),
    "until the end": Case(OK + b"x-a: b\r\n\r\nhello", b"hello", is_reusable=False),
    "no reason": Case(b"HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx", b"x"),
    "repeated": Case(
        OK + b"x-a: 1\r\nX-A:2\r\nx-b:  \xe9 \t\r\ncontent-length: 0\r\n\r\n",
        headers={"x-a": "1, 2", "x-b": "é"},
    ),
    "lone line feeds": Case(b"HTTP/1.1 200 OK\ncontent-length: 2\nx-a: b\n\nhi", b"hi"),
    "informational": Case(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
        b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nhi",
        b"hi",
        status=201,
    ),
    "no content": Case(b"HTTP/1.1 204 No Content\r\n\r\n", status=204),
    "not modified": Case(
        b"HTTP/1.1 304 Not Modified\r\ncontent-length: 900\r\n\r\n",
        status=304,
        headers={"content-length": "900"},
    ),
    "head": Case(
        OK + b"content-length: 900\r\n\r\n", method="HEAD", headers={"content-length": "900"}
    ),
    "head in chunks": Case(CHUNKED, method="HEAD"),
    "close": Case(
        OK + b"Connection: Keep-Alive, Close\r\ncontent-length: 2\r\n\r\nhi",
        b"hi",
        is_reusable=False,
    ),
    "old": Case(
        b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nhi",
        b"hi",
        is_reusable=False,
    ),
    "old until the end": Case(b"HTTP/1.0 200 OK\r\n\r\nhi", b"hi", is_reusable=False),
    "upgrade offered": Case(
        OK + b"upgrade: h2c\r\nconnection: upgrade\r\ncontent-length: 2\r\n\r\nhi", b"hi"
    ),
    "strange status": Case(b"HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n", status=999),
}


def check(case: Case, found: Read) -> None:
    assert found.error is None
    assert (found.status, found.body) == (case.status, case.body)
    assert case.headers.items() <= found.headers.items()


@pytest.mark.parametrize("name", CASES)
def test_an_answer_in_one_piece(name):
    found = read(CASES[name].sent, method=CASES[name].method)
    check(CASES[name], found)
    assert found.is_reusable is CASES[name].is_reusable


@pytest.mark.parametrize("name", CASES)
def test_an_answer_byte_by_byte(name):
    data = CASES[name].sent
    whole = read(data, method=CASES[name].method)
    found = read(*[data[at : at + 1] for at in range(len(data))], method=CASES[name].method)
    check(CASES[name], found)
    assert found.headers == whole.headers


@given(st.sampled_from(sorted(CASES)), st.lists(st.integers(0, 250), max_size=8))
def test_however_an_answer_is_cut_it_is_the_same(name, places):
    case = CASES[name]
    found = read(*cut(case.sent, places), method=case.method)
    check(case, found)
    assert found.headers == read(case.sent, method=case.method).headers
    assert case.is_reusable or not found.is_reusable


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.lists(st.integers(0, 400)))
def test_any_body_in_any_chunks_in_any_cut(parts, places):
    framed = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    found = read(*cut(CHUNKED + framed + b"0\r\n\r\n", places))
    assert (found.error, found.body, found.is_reusable) == (None, b"".join(parts), True)


@pytest.mark.parametrize("name", ["length", "chunks", "chunks with all", "informational"])
def test_an_answer_that_breaks_off_anywhere_is_no_answer(name):
    data = CASES[name].sent
    for end in range(len(data)):
        found = read(data[:end])
        assert isinstance(found.error, CutError), data[:end]
        assert not found.is_reusable


def test_where_a_body_broke_off_is_told():
    assert str(read(OK + b"content-length: 9\r\n\r\nhel", b"lo").error) == (
        "peer closed connection without sending complete message body (received 5 bytes, "
        "expected 9)"
    )
    assert "incomplete chunked read" in str(read(CHUNKED, b"3\r\nhel\r\n").error)
    assert "without sending a response" in str(read(b"HTTP/1.1 200 OK\r\nx: ").error)


NONSENSE = {
    "both framings": OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, turned": OK + b"transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n",
    "two lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nabc",
    "two lengths in one": OK + b"content-length: 2, 3\r\n\r\nabc",
    "negative length": OK + b"content-length: -2\r\n\r\n",
    "signed length": OK + b"content-length: +2\r\n\r\nab",
    "hexadecimal length": OK + b"content-length: 0x2\r\n\r\nab",
    "empty length": OK + b"content-length: \r\n\r\n",
    "enormous length": OK + b"content-length: 99999999999999999999\r\n\r\n",
    "other coding": OK + b"transfer-encoding: gzip\r\n\r\nab",
    "two codings": OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": OK + b"transfer-encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "chunked and more": OK + b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "folded": OK + b"x-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n",
    "blank in a name": OK + b"x a: 1\r\n\r\n",
    "blank before the colon": OK + b"content-length : 0\r\n\r\n",
    "no name": OK + b": 1\r\n\r\n",
    "nul": OK + b"x: a\x00b\r\n\r\n",
    "lone carriage return": OK + b"x: a\rcontent-length: 0\r\n\r\n",
    "status": b"HTTP/1.1 abc\r\n\r\n",
    "short status": b"HTTP/1.1 20\r\n\r\n",
    "status below 100": b"HTTP/1.1 042 x\r\ncontent-length: 0\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9\r\n\r\n",
    "http/2": b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
    "tls": b"\x15\x03\x01\x00\x02\x02\x46",
    "switch": b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nx",
    "switch to nothing": b"HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "html": b"<html>hello</html>",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_head_that_is_no_head_is_refused_however_it_is_cut(name):
    data = NONSENSE[name]
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))]):
        found = read(*pieces)
        assert isinstance(found.error, BadAnswerError)
        assert (found.status, found.body) == (0, b"")


@pytest.mark.parametrize(
    "bad", [b"zz\r\n", b"-1\r\nx\r\n", b"1\r\nxy\r\n", b"ffffffffffffffffff\r\n", b"\r\n\r\n"]
)
def test_what_came_before_a_bad_chunk_is_given_out_first(bad):
    for pieces in ([CHUNKED + b"3\r\nhel\r\n" + bad], [CHUNKED, b"3\r\nhel\r\n", bad]):
        found = read(*pieces)
        assert isinstance(found.error, BadAnswerError)
        assert found.status == 200
        assert found.body.startswith(b"hel")


@pytest.mark.parametrize(
    "more",
    [
        b"x",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil",
        b"HTTP/1.1 408 Timeout\r\n",
        b"\x00",
    ],
)
@pytest.mark.parametrize(
    "name", ["length", "empty", "chunks", "no content", "head", "not modified"]
)
def test_a_server_that_says_more_than_was_asked_is_asked_no_more(name, more):
    case = CASES[name]
    found = read(case.sent + more, method=case.method)
    check(case, found)
    assert not found.is_reusable


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"", b"HTTP/1.1 200 " + b"x" * 999),
        (OK, b"x: " + b"y" * 999 + b"\r\n"),
        (OK + b"x: ", b"y" * 999),
        (b"", b"HTTP/1.1 103 Early\r\nlink: " + b"y" * 999 + b"\r\n\r\n"),
        (b"", b"\r\n" * 999),
        (CHUNKED + b"1;", b"x" * 999),
        (CHUNKED + b"0\r\n", b"x: " + b"y" * 999 + b"\r\n"),
        (CHUNKED + b"0\r\nx: ", b"y" * 999),
    ],
    ids=["status line", "fields", "value", "informational", "nothing", "extension", "trailers",
         "trailer"],
)  # fmt: skip
def test_what_never_ends_is_bounded(start, again):
    for pieces in ([start, *[again] * 400], [start + again * 400]):
        stream = Pieces(pieces)
        found = done(reading(stream, "POST"))
        assert isinstance(found.error, BadAnswerError)
        if len(pieces) > 1:
            assert stream.given < MAX_HEAD_BYTES + 3 * len(again)


def test_a_long_body_in_small_pieces_is_not_bounded():
    pieces = [CHUNKED, *[b"1\r\nx\r\n"] * 20_000, b"0\r\n\r\n"]
    assert len(read(*pieces).body) == 20_000


@given(st.binary(max_size=200), st.sampled_from([b"", OK, CHUNKED, OK + b"content-length: 9\r\n"]))
def test_any_bytes_end_in_an_answer_or_in_a_typed_error(data, start):
    found = read(start + data)
    assert found.status or found.error is not None


# --- requests --------------------------------------------------------------------------------


class Seen:
    """What a server's parser finds in a head."""

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[str, str]] = []
        self.heads = 0

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode(), value.decode()))

    def on_headers_complete(self) -> None:
        self.heads += 1


def parsed(head: bytes) -> Seen:
    seen = Seen()
    httptools.HttpRequestParser(seen).feed_data(head)
    return seen


def head_of(**fields: Any) -> bytes:
    request = Request(url=URL, **fields)
    return written_head(request, read_url(request.url))[0]


@given(
    st.dictionaries(
        st.text(max_size=9) | st.sampled_from(["x-a", "accept", "content-length", "host", "Host"]),
        st.text(max_size=9) | st.sampled_from(["a\r\nx: y", "a\nb", "0", "7", "chunked"]),
        max_size=4,
    ),
    st.text(max_size=5) | st.sampled_from(["GET", "POST", "GET / HTTP/1.1\r\nx: y\r\n\r\nGET"]),
)
def test_a_head_has_the_fields_that_were_given_or_is_refused(headers, method):
    try:
        head = head_of(headers=headers, method=method)
    except BadRequestError:
        return
    assert head.count(b"\r\n\r\n") == 1
    assert head.endswith(b"\r\n\r\n")
    lines = head[:-4].decode("ascii").split("\r\n")
    assert lines[0] == f"{method} /v1 HTTP/1.1"
    told = [tuple(line.split(": ", 1)) for line in lines[1:]]
    framing = [pair for pair in told if pair not in list(headers.items())]
    assert {name for name, _ in framing} <= {"host", "content-length"}
    assert [pair for pair in told if pair in list(headers.items())] == list(headers.items())


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"host": "two.example"}, None),
        ({"Host": "two.example"}, None),
        ({"transfer-encoding": "chunked"}, b"x"),
        ({"content-length": "2"}, b"x"),
        ({"content-length": "1", "Content-Length": "1"}, b"x"),
        ({"content-length": "+1"}, b"x"),
        ({"content-length": "²"}, b"x"),
    ],
)
def test_the_framing_is_not_the_callers_to_set(headers, body):
    with pytest.raises(BadRequestError):
        head_of(method="POST", headers=headers, body=body)


def test_a_length_that_is_right_is_told_once():
    head = head_of(method="POST", headers={"Content-Length": "1"}, body=b"x")
    assert parsed(head).headers == [("host", "one.example"), ("Content-Length", "1")]


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("http://one.example", "one.example", "/"),
        ("http://one.example:80/a?b=c", "one.example", "/a?b=c"),
        ("https://one.example:443/", "one.example", "/"),
        ("https://one.example:80/", "one.example:80", "/"),
        ("http://[::1]:81/ä", "[::1]:81", "/%C3%A4"),
        ("http://BÜCHER.example/", "xn--bcher-kva.example", "/"),
        ("http://one.example/a#b", "one.example", "/a"),
        ("http://one.example?x", "one.example", "/?x"),
    ],
)
def test_host_and_path_of_a_url(url, host, path):
    seen = parsed(written_head(Request(url=url), read_url(url))[0])
    assert (seen.url, seen.headers) == (path.encode(), [("host", host)])
