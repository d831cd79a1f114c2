"""Files on their way up and down, never held as a whole."""

import io
import os
import re
import threading
import tracemalloc

import pytest

from jackfield.errors import OptionError, StateError
from jackfield.testing import Cut, Reply, json_reply, sse_reply
from jackfield_httpx.service import FileBody, FilePart, MultipartForm

MIB = 1024 * 1024


def parts_of(request):
    """Return the parts of a received form: head and content."""
    boundary = re.search("boundary=(.+)", request.headers["content-type"])[1].encode()
    assert request.body.endswith(b"--" + boundary + b"--\r\n")
    pieces = request.body.split(b"--" + boundary + b"\r\n")[1:]
    pieces[-1] = pieces[-1].removesuffix(b"--" + boundary + b"--\r\n")
    return [piece.removesuffix(b"\r\n").split(b"\r\n\r\n", 1) for piece in pieces]


@pytest.mark.parametrize("kind", ["path", "bytes", "file"])
async def test_a_form_with_a_file_is_sent(shop, server, tmp_path, kind):
    path = tmp_path / 'a "b".txt'
    path.write_bytes(b"content\r\n")
    server.add(json_reply({}))
    with path.open("rb") as file:
        source = {"path": path, "bytes": b"content\r\n", "file": file}[kind]
        await shop.call("books.upload", source, filename='a "b".txt' if kind == "bytes" else None)
    field, file = parts_of(server.requests[0])
    assert field == [b'Content-Disposition: form-data; name="kind"', b"scan"]
    head = b'Content-Disposition: form-data; name="file"; filename="a %22b%22.txt"\r\n'
    assert file == [head + b"Content-Type: text/plain", b"content\r\n"]
    assert server.requests[0].headers["content-length"] == str(len(server.requests[0].body))


async def test_an_empty_file_is_sent(shop, server):
    server.add(json_reply({}))
    await shop.call("books.upload", b"", filename="e.bin")
    assert parts_of(server.requests[0])[1][1] == b""


async def test_a_file_of_unknown_length_is_sent_in_chunks(shop, server):
    class Pipe(io.BytesIO):
        name = "pipe"

        def seekable(self):
            return False

    server.add(json_reply({}))
    await shop.call("books.upload", Pipe(b"abc"))
    assert server.requests[0].headers["transfer-encoding"] == "chunked"
    assert parts_of(server.requests[0])[1][1] == b"abc"


@pytest.mark.parametrize("content", [b"longer than it was", b"short"])
async def test_a_file_that_changes_meanwhile_is_not_sent_wrongly(shop, server, tmp_path, content):
    path = tmp_path / "log.txt"
    path.write_bytes(b"as it was")
    plan = shop.client.books.plans().upload(path)
    plan.upload = Announced(plan.upload, path, content)
    with pytest.raises(Exception, match="not as long as"):
        await shop.perform(plan)
    assert server.requests == []


class Announced:
    """An upload whose file is written to after its length was announced."""

    def __init__(self, inner, path, content):
        self.content_type = inner.content_type
        self._inner, self._path, self._content = inner, path, content

    @property
    def size_bytes(self):
        return self._inner.size_bytes

    def pieces(self):
        self._path.write_bytes(self._content)
        return self._inner.pieces()


async def test_a_pipe_is_sent_in_chunks(shop, server, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    server.add(json_reply({}))
    writer = threading.Thread(target=pipe.write_bytes, args=(b"abc",))
    writer.start()
    await shop.call("books.upload", pipe)
    writer.join()
    assert server.requests[0].headers["transfer-encoding"] == "chunked"
    assert parts_of(server.requests[0])[1][1] == b"abc"


async def test_a_missing_file_is_noticed_before_anything_is_sent(shop, server, tmp_path):
    with pytest.raises(FileNotFoundError):
        await shop.call("books.upload", tmp_path / "none")
    assert server.requests == []


async def test_large_files_are_not_held_in_memory(shop, server, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(24 * MIB)
    server.add(json_reply({}), json_reply({}))
    await shop.call("books.upload", b"warm", filename="up")
    body = FileBody(path)
    tracemalloc.start()
    size = sum(len(piece) for piece in body.pieces())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (size, body.size_bytes) == (24 * MIB, 24 * MIB)
    assert peak < 2 * MIB
    await shop.call("books.upload", path)
    assert len(server.requests[1].body) > 24 * MIB


async def test_a_download_arrives_complete_or_not_at_all(shop, server, tmp_path):
    path = tmp_path / "downloads/scan.png"
    path.parent.mkdir()
    shop.service.max_reply_bytes = 1000  # is not for streams
    cut = sse_reply([b"z" * MIB, Cut()])
    server.add(sse_reply([b"x" * MIB, b"y" * MIB]), cut, cut, cut)
    assert await shop.call("books.download", "b", path) == path
    assert path.stat().st_size == 2 * MIB
    with pytest.raises(Exception, match="lost"):
        await shop.call("books.download", "b", path)
    assert path.read_bytes()[-1:] == b"y"
    assert list(path.parent.iterdir()) == [path]


async def test_a_download_that_breaks_begins_anew(shop, server, tmp_path):
    path = tmp_path / "scan.png"
    server.add(sse_reply([b"z" * MIB, Cut()]), sse_reply([b"x" * MIB]))
    await shop.call("books.download", "b", path)
    assert path.read_bytes() == b"x" * MIB
    assert len(server.requests) == 2


async def test_a_call_may_allow_longer_answers_than_the_service(shop, server):
    shop.service.max_reply_bytes = 10
    server.add(json_reply({"id": "x" * 20}), json_reply({"id": "x" * 20}))
    with pytest.raises(Exception, match="more than 10 bytes"):
        await shop.perform(shop.client.call("GET", "/a", read=dict))
    assert await shop.perform(shop.client.call("GET", "/a", read=dict, max_reply_bytes=None))


async def test_raw_bytes_come_in_pieces(shop, server):
    server.add(Reply(body=b"0123456789" * MIB))
    pieces = await shop.read("books.scan", "b")
    assert len(pieces) > 10
    assert b"".join(pieces) == b"0123456789" * MIB


def test_a_form_is_read_anew_for_each_attempt():
    form = MultipartForm({"a": 1}, [FilePart(name="f", source=io.BytesIO(b"abc"), filename="x")])
    assert b"".join(form.pieces()) == b"".join(form.pieces())
    assert form.size_bytes == len(b"".join(form.pieces()))


def test_what_cannot_be_read_twice_is_not_sent_twice():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    body = FileBody(Pipe(b"abc"))
    assert b"".join(body.pieces()) == b"abc"
    with pytest.raises(StateError, match="cannot be read twice"):
        list(body.pieces())


def test_a_name_cannot_break_out_of_its_header():
    part = FilePart(name='a"\r\nX: y', source=b"", filename="é\n.txt", content_type="a/b\r\nX: y")
    text = b"".join(MultipartForm({}, [part]).pieces())
    assert b"\r\nX: y" not in text
    assert 'filename="é%0A.txt"'.encode() in text


@pytest.mark.parametrize(
    ("source", "told"), [(b"abc", "has no name"), (io.StringIO("abc"), "has no name")]
)
def test_a_file_needs_a_name(source, told):
    with pytest.raises(OptionError, match=told):
        FilePart(name="file", source=source)


def test_a_text_file_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a", encoding="utf-8")
    with path.open(encoding="utf-8") as file, pytest.raises(OptionError, match="for text"):
        FilePart(name="file", source=file)
