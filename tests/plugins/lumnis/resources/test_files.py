"""Files: forms that are read from the disk, names, tags, downloads, what is sent of the rest."""

import io
import re
from uuid import UUID

import pytest

from jackfield.testing import Cut, LoopbackServer, Reply, json_reply, sse_reply
from jackfield_lumnis import exceptions
from jackfield_lumnis.exceptions import ErrorCode, ValidationError
from jackfield_lumnis.types import DuplicateHandling, FileScope, ProcessingStatus

MIB = 1024 * 1024
FILE = {
    "id": "f-1",
    "tenant_id": "n-1",
    "file_name": "a.txt",
    "original_file_name": "a.txt",
    "file_type": "txt",
    "mime_type": "text/plain",
    "file_size": 3,
    "file_scope": "tenant",
    "processing_status": "thinking",
    "total_chunks": 4,
    "chunks_embedded": 1,
    "tags": None,
    "created_at": "2025-03-01T10:00:00Z",
    "updated_at": "2025-03-01T10:00:00Z",
}
UPLOADED = {"file_id": "f-1", "file_name": "a.txt", "status": "pending", "message": "ok"}
LISTED = {"files": [FILE], "total_count": 1, "page": 1, "limit": 20, "has_more": False}


def parts_of(request):
    """Return the parts of a received form, as (field, file name or None, content)."""
    boundary = re.search("boundary=(.+)", request.headers["content-type"])[1].encode()
    parts = []
    for piece in request.body.split(b"--" + boundary)[1:-1]:
        head, content = piece.removeprefix(b"\r\n").removesuffix(b"\r\n").split(b"\r\n\r\n", 1)
        name = re.search(r'filename="([^"]*)"', head.decode())
        field = re.search(r' name="([^"]*)"', head.decode())[1]
        parts.append((field, name and name[1], content))
    return parts


async def test_a_file_is_uploaded_with_the_defaults(api, tmp_path):
    path = tmp_path / "ünï.txt"
    path.write_bytes(b"abc")
    reply = await api.call("files.upload", file_path=path, answer=UPLOADED)
    assert api.sent == "POST /v1/files/upload"
    assert parts_of(api.server.requests[0]) == [
        ("scope", None, b"tenant"),
        ("duplicate_handling", None, b"suffix"),
        ("file", "ünï.txt", b"abc"),
    ]
    assert (reply.file_id, reply.status) == ("f-1", ProcessingStatus.PENDING)


@pytest.mark.parametrize(
    "content", [b"abc", "abc", bytearray(b"abc"), memoryview(b"abc"), io.BytesIO]
)
async def test_content_is_uploaded_with_all_that_is_given(api, content):
    content = io.BytesIO(b"abc") if content is io.BytesIO else content
    await api.call(
        "files.upload_file",
        file_content=content,
        file_name="a.txt",
        scope="user",
        user_id=UUID(int=1),
        tags=[" Red ", "", "two, three"],
        duplicate_handling=DuplicateHandling.REPLACE,
        answer=UPLOADED,
    )
    assert parts_of(api.server.requests[0]) == [
        ("scope", None, b"user"),
        ("user_id", None, str(UUID(int=1)).encode()),
        ("duplicate_handling", None, b"replace"),
        ("tags", None, b"Red,two,three"),
        ("file", "a.txt", b"abc"),
    ]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("../../etc/passwd", "passwd"),
        ("/a/b.txt", "b.txt"),
        ("C:\\docs\\b.txt", "b.txt"),
        ("dir/.hidden", ".hidden"),
        ("a\0b", "ab"),
        ('q"\r\nX: 1.txt', "q%22%0D%0AX: 1.txt"),
    ],
)
async def test_names_are_cut_to_their_last_part(api, given, sent):
    await api.call("files.upload", file_content=b"", file_name=given, answer=UPLOADED)
    assert parts_of(api.server.requests[0])[-1] == ("file", sent, b"")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"file_path": "a", "file_content": b"", "file_name": "a"},
        {"file_content": b"abc"},
        {"file_content": b"abc", "file_name": "dir/"},
        {"file_content": b"abc", "file_name": "a/.."},
        {"file_content": b"abc", "file_name": "a", "scope": "user"},
    ],
)
async def test_what_is_no_upload_is_a_value_error(api, wrong):
    with pytest.raises(ValueError, match=r"file|user_id"):
        await api.call("files.upload", **wrong)
    assert api.server.requests == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"tags": [str(number) for number in range(11)]},
        {"tags": "x" * 51},
        {"scope": "world"},
        {"duplicate_handling": "ask"},
    ],
)
async def test_what_does_not_fit_is_not_sent(api, wrong):
    with pytest.raises(ValidationError):
        await api.call("files.upload", file_content=b"abc", file_name="a", **wrong)
    assert api.server.requests == []


async def test_a_missing_file_is_told_in_the_builtin_way_too(api, tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        await api.call("files.upload", file_path=tmp_path / "none")
    assert isinstance(caught.value, exceptions.FileNotFoundError)
    assert caught.value.code == ErrorCode.NOT_FOUND
    with pytest.raises(exceptions.FileOperationError, match="directory"):
        await api.call("files.bulk_upload", file_paths=[tmp_path])
    assert api.server.requests == []


async def test_several_files_go_in_one_request(api, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    answer = {
        "uploaded": [UPLOADED],
        "failed": [{"filename": "b.txt", "error": "too ugly"}],
        "total_uploaded": 1,
        "total_failed": 1,
    }
    reply = await api.call(
        "files.bulk_upload",
        file_paths=[path],
        file_contents=[("x/b.txt", b"def")],
        tags="t",
        answer=answer,
    )
    assert api.sent == "POST /v1/files/bulk-upload"
    assert parts_of(api.server.requests[0]) == [
        ("scope", None, b"tenant"),
        ("tags", None, b"t"),
        ("files", "a.txt", b"abc"),
        ("files", "b.txt", b"def"),
    ]
    assert reply.failed[0].error == "too ugly"
    with pytest.raises(ValueError, match="at least one"):
        await api.call("files.bulk_upload", file_paths=[])


async def test_a_huge_file_is_read_while_it_is_sent(api, tmp_path):
    path = tmp_path / "huge.bin"
    with path.open("wb") as file:
        file.truncate(24 * MIB)
    call = api.plan("files.upload", file_path=path)
    assert call.request.body is None
    assert max(len(piece) for piece in call.upload.pieces()) < MIB
    await api.call("files.upload", file_path=path, answer=UPLOADED)
    assert len(parts_of(api.server.requests[0])[-1][2]) == 24 * MIB


async def test_an_upload_is_not_sent_twice(api):
    api.server.add(Reply(status=503), json_reply(UPLOADED))
    with pytest.raises(exceptions.TransportError):
        await api.call("files.upload", file_content=b"abc", file_name="a")
    assert len(api.server.requests) == 1


async def test_a_download_is_bytes_or_a_file(api, tmp_path):
    path = tmp_path / "saved.bin"
    api.service.max_reply_bytes = 10
    api.server.add(Reply(body=b"\x00\xff" * 100), Reply(body=b"abc"))
    assert await api.call("files.download", "f/1") == b"\x00\xff" * 100
    assert api.sent == "GET /v1/files/f%2F1/download"
    assert await api.call("files.download", "f-1", user_id="u", save_path=path) is None
    assert path.read_bytes() == b"abc"
    assert api.sent == "GET /v1/files/f-1/download?user_id=u"


async def test_a_download_that_breaks_begins_anew_and_leaves_nothing_else(api, tmp_path):
    path = tmp_path / "downloads/saved.bin"
    path.parent.mkdir()
    cut = sse_reply([b"half", Cut()])
    api.server.add(cut, Reply(body=b"whole"), cut, Reply(body=b"whole"))
    assert await api.call("files.download", "f-1") == b"whole"
    await api.call("files.download", "f-1", save_path=str(path))
    assert path.read_bytes() == b"whole"
    api.server.add(cut, cut, cut, cut)
    with pytest.raises(exceptions.TransportError):
        await api.call("files.download", "f-1", save_path=path)
    assert [each.name for each in path.parent.iterdir()] == ["saved.bin"]
    assert path.read_bytes() == b"whole"


async def test_a_redirect_elsewhere_goes_without_the_key(api):
    with LoopbackServer(Reply(body=b"abc")) as storage:
        api.server.add(Reply(status=302, headers={"location": f"{storage.url}/blob"}))
        assert await api.call("files.download", "f-1") == b"abc"
        assert "authorization" not in storage.requests[0].headers
    assert api.server.requests[0].headers["authorization"] == "Bearer the-key"


async def test_files_are_listed(api):
    found = await api.call("files.list", answer=LISTED)
    assert api.sent == "GET /v1/files/?page=1&limit=20"
    assert found.files[0].processing_status == "thinking"
    assert found.files[0].file_scope is FileScope.TENANT
    assert found.files[0].progress_percentage == 25
    assert found.files[0].tags == []
    await api.call(
        "files.list",
        user_id="a@b.c",
        scope="user",
        file_type="pdf",
        status=ProcessingStatus.ERROR,
        tags=["x", "y"],
        page=2,
        limit=1000,
        answer=LISTED,
    )
    assert api.sent == (
        "GET /v1/files/?page=2&limit=100&user_id=a%40b.c&scope=user&file_type=pdf"
        "&status=error&tags=x%2Cy"
    )


@pytest.mark.parametrize(
    ("embedded", "total", "percentage"), [(0, 0, 0), (2, 0, 100), (1, 4, 25), (9, 4, 100)]
)
async def test_progress_is_a_percentage(api, embedded, total, percentage):
    data = {**FILE, "chunks_embedded": embedded, "total_chunks": total}
    assert (await api.call("files.get", "f-1", answer=data)).progress_percentage == percentage


async def test_the_text_of_a_file_is_read(api):
    answer = {"file_id": "f-1", "content_type": "text", "text": "b", "metadata": None}
    found = await api.call(
        "files.get_content", "f-1", content_type="text", start_line=2, end_line=2, answer=answer
    )
    assert api.sent == "GET /v1/files/f-1/content?content_type=text&start_line=2&end_line=2"
    assert (found.text, found.metadata) == ("b", {})


@pytest.mark.parametrize("lines", [{"start_line": 0}, {"start_line": 3, "end_line": 2}])
async def test_lines_that_cannot_be_are_not_asked_for(api, lines):
    with pytest.raises(ValidationError):
        await api.call("files.get_content", "f-1", **lines)
    assert api.server.requests == []


async def test_files_are_searched(api):
    chunk = {"id": "c", "chunk_index": 0, "chunk_text": "t", "metadata": None}
    answer = {
        "results": [{"file": FILE, "chunks": [chunk], "overall_score": 0.5}],
        "total_count": 1,
        "query": "q",
    }
    found = await api.call("files.search", "q", user_id="u1@example.com", limit=500, answer=answer)
    assert api.sent == "POST /v1/files/search"
    assert api.body == {"query": "q", "limit": 50, "min_score": 0.0, "user_id": "u1@example.com"}
    assert found.results[0].chunks[0].metadata == {}
    await api.call(
        "files.search", "q", limit=0, file_types=["pdf"], tags=[" a "], min_score=1, answer=answer
    )
    assert api.body == {
        "query": "q",
        "limit": 1,
        "min_score": 1,
        "file_types": ["pdf"],
        "tags": ["a"],
    }


@pytest.mark.parametrize("wrong", [{"query": ""}, {"query": "q", "min_score": 2}])
async def test_a_search_without_sense_is_not_sent(api, wrong):
    with pytest.raises(ValidationError):
        await api.call("files.search", **wrong)
    assert api.server.requests == []


async def test_the_scope_of_a_file_is_changed(api):
    user = UUID(int=3)
    await api.call("files.update_scope", "f-1", scope="user", user_id=user, answer=FILE)
    assert (api.sent, api.body) == (
        "PATCH /v1/files/f-1/scope",
        {"scope": "user", "user_id": str(user)},
    )
    with pytest.raises(ValueError, match="user_id is required"):
        await api.call("files.update_scope", "f-1", scope=FileScope.USER)


async def test_files_are_deleted(api):
    answer = {"message": "gone", "file_id": "f-1", "hard_delete": True}
    done = await api.call("files.delete", "f-1", answer=answer)
    assert api.sent == "DELETE /v1/files/f-1?hard_delete=true"
    assert done.message == "gone"
    api.server.add(Reply(status=204))
    assert await api.call("files.delete", "f-1", hard_delete=False, user_id="u") is None
    assert api.sent == "DELETE /v1/files/f-1?hard_delete=false&user_id=u"


async def test_several_files_are_deleted_in_one_request(api):
    answer = {"deleted": ["a"], "failed": ["b"], "hard_delete": False, "total_requested": 2}
    done = await api.call("files.bulk_delete", ["a", UUID(int=1)], hard_delete=False, answer=answer)
    assert api.sent == "DELETE /v1/files/bulk?hard_delete=false"
    assert api.body == {"file_ids": ["a", str(UUID(int=1))]}
    assert (done.deleted_files, done.deleted_count, done.total_deleted) == (["a"], 1, 1)
    assert (done.failed_count, done.total_failed, done.errors[0].file_id) == (1, 1, "b")
    assert done.message == "Deleted 1 of 2 files."
    await api.call("files.bulk_delete", "a", answer=answer)
    assert api.body == {"file_ids": ["a"]}
    with pytest.raises(ValidationError):
        await api.call("files.bulk_delete", [])


async def test_the_processing_of_a_file_is_told(api):
    answer = {"status": "embedding", "progress_percentage": 12.5, "jobs": None}
    found = await api.call("files.get_processing_status", "f-1", answer=answer)
    assert api.sent == "GET /v1/files/f-1/status"
    assert (found.status, found.progress_percentage, found.jobs) == (
        ProcessingStatus.EMBEDDING,
        12.5,
        [],
    )


ONE_FILE = {
    "get": {},
    "get_content": {},
    "download": {},
    "update_scope": {"scope": "tenant"},
    "delete": {},
    "get_processing_status": {},
}


@pytest.mark.parametrize("name", ONE_FILE)
async def test_a_file_that_is_missing_or_of_another_is_told_as_such(api, name):
    api.server.add(Reply(status=404), Reply(status=403))
    with pytest.raises(exceptions.FileNotFoundError) as missing:
        await api.call(f"files.{name}", "f-1", **ONE_FILE[name])
    assert isinstance(missing.value, exceptions.NotFoundError | FileNotFoundError)
    assert (missing.value.code, missing.value.status_code) == (ErrorCode.NOT_FOUND, 404)
    with pytest.raises(exceptions.FileAccessDeniedError) as denied:
        await api.call(f"files.{name}", "f-1", **ONE_FILE[name])
    assert isinstance(denied.value, exceptions.AuthenticationError)
    assert denied.value.code == ErrorCode.FORBIDDEN


async def test_a_scoped_client_fills_in_its_user(scoped):
    for name, arguments in ONE_FILE.items():
        scoped.server.add(json_reply({**FILE, "file_id": "f-1", "status": "x"}))
        await scoped.call(f"files.{name}", "f-1", **arguments)
        request = scoped.server.requests[-1]
        sent = request.json() if request.body else {}
        assert "user_id=user-123" in request.path or sent["user_id"] == "user-123"
    await scoped.call("files.list", user_id="b", answer=LISTED)
    assert scoped.sent.endswith("user_id=b")
    await scoped.call(
        "files.upload", file_content=b"", file_name="a", scope="user", answer=UPLOADED
    )
    assert ("user_id", None, b"user-123") in parts_of(scoped.server.requests[-1])
