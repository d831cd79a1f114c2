"""Endpoints 28-38: files."""

from typing import Any

from jackfield.testing import Reply, redirect
from jackfield_lumnis.testing.asked import Asked, FormPart, invalid
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.state import Entity, State, cut, found

routes = Routes()

SCOPES = ("user", "tenant")
DUPLICATES = ("error", "skip", "replace", "suffix")
STAGES = ("pending", "parsing", "embedding", "completed")
FEWEST_RESULTS, MOST_RESULTS = 1, 50


@routes("POST /v1/files/upload")
def upload(state: State, asked: Asked) -> Any:
    """Take a file."""
    asked.one_of("duplicate_handling", DUPLICATES, "suffix")
    part = next((each for each in asked.parts if each.name == "file"), None)
    if part is None:
        raise invalid("body.file", "is required")
    return _taken(state, asked, part)


@routes("POST /v1/files/bulk-upload")
def bulk_upload(state: State, asked: Asked) -> Any:
    """Take several files; a name that says `fail` fails."""
    parts = [each for each in asked.parts if each.name == "files"]
    good = [part for part in parts if "fail" not in (part.filename or "")]
    bad = [part for part in parts if part not in good]
    return {
        "uploaded": [_taken(state, asked, part) for part in good],
        "failed": [{"filename": part.filename, "error": "cannot be parsed"} for part in bad],
        "total_uploaded": len(good),
        "total_failed": len(bad),
    }


@routes("GET /v1/files/{}")
def get(state: State, asked: Asked) -> Any:
    """Return what is known about a file."""
    return found(state.files, asked.ids[0], "file")


@routes("GET /v1/files")
def list_files(state: State, asked: Asked) -> Any:
    """List the files."""
    page, limit = asked.number("page", 1, least=1), asked.number("limit", 20, least=1, most=100)
    names = {"user_id": "user_id", "scope": "file_scope", "file_type": "file_type"}
    names |= {"status": "processing_status"}
    every = list(state.files.values())
    for word, name in names.items():
        if word in asked.query:
            every = [each for each in every if each[name] == asked.query[word]]
    if "tags" in asked.query:
        wanted = set(asked.query["tags"].split(","))
        every = [each for each in every if wanted & set(each["tags"])]
    return {
        "files": cut(every, (page - 1) * limit, limit),
        "total_count": len(every),
        "page": page,
        "limit": limit,
        "has_more": page * limit < len(every),
    }


@routes("GET /v1/files/{}/content")
def get_content(state: State, asked: Asked) -> Any:
    """Return the text of a file, or some of its lines."""
    file = found(state.files, asked.ids[0], "file")
    lines = state.contents[file["id"]].decode("utf-8", "replace").splitlines()
    first = asked.number("start_line", 1, least=1)
    last = asked.number("end_line", max(len(lines), first), least=first)
    return {
        "file_id": file["id"],
        "content_type": asked.query.get("content_type", "text"),
        "text": "\n".join(lines[first - 1 : last]),
        "metadata": None,
        "start_line": first,
        "end_line": last,
        "total_lines": len(lines),
    }


@routes("GET /v1/files/{}/download")
def download(state: State, asked: Asked) -> Any:
    """Return the bytes of a file, or say where they are."""
    file = found(state.files, asked.ids[0], "file")
    if file["blob_url"]:
        return redirect(file["blob_url"], status=302)
    kind = {"content-type": "application/octet-stream"}
    return Reply(headers=kind, body=state.contents[file["id"]])


@routes("POST /v1/files/search")
def search(state: State, asked: Asked) -> Any:
    """Find the files that have the words of the query."""
    query = asked.needed("query")
    limit = asked.body.get("limit", 10)
    if not FEWEST_RESULTS <= limit <= MOST_RESULTS:
        raise invalid("body.limit", f"must be from {FEWEST_RESULTS} to {MOST_RESULTS}")
    hits = [
        {"file": file, "chunks": [_chunk(state, file)], "overall_score": 0.9}
        for file in state.files.values()
        if query.lower() in state.contents[file["id"]].decode("utf-8", "replace").lower()
    ]
    told = {"query": query, "total_count": len(hits), "processing_time_ms": 12}
    return {"results": hits[:limit]} | told


@routes("PATCH /v1/files/{}/scope")
def update_scope(state: State, asked: Asked) -> Any:
    """Say who sees a file."""
    file = found(state.files, asked.ids[0], "file")
    file |= {"file_scope": asked.one_of("scope", SCOPES), "user_id": asked.body.get("user_id")}
    return file


@routes("DELETE /v1/files/{}")
def delete(state: State, asked: Asked) -> Any:
    """Delete a file; softly, it stays and has the date."""
    file = found(state.files, asked.ids[0], "file")
    is_hard = asked.flag("hard_delete", default=True)
    _delete(state, file, is_hard=is_hard)
    return {"message": "File deleted", "file_id": file["id"], "hard_delete": is_hard}


@routes("DELETE /v1/files/bulk")
def bulk_delete(state: State, asked: Asked) -> Any:
    """Delete several files."""
    wanted = asked.needed("file_ids", list)
    is_hard = asked.flag("hard_delete", default=True)
    there = [name for name in wanted if name in state.files]
    for name in there:
        _delete(state, state.files[name], is_hard=is_hard)
    return {
        "deleted": there,
        "failed": [name for name in wanted if name not in there],
        "hard_delete": is_hard,
        "total_requested": len(wanted),
    }


@routes("GET /v1/files/{}/status")
def get_status(state: State, asked: Asked) -> Any:
    """Tell how far a file is; each question finds it one stage further."""
    file = found(state.files, asked.ids[0], "file")
    at = STAGES.index(file["processing_status"])
    told = {
        "status": STAGES[at],
        "progress_percentage": round(100 * at / (len(STAGES) - 1), 1),
        "chunks_embedded": file["chunks_embedded"],
        "total_chunks": file["total_chunks"],
        "estimated_time_remaining_seconds": None,
        "error_message": None,
    }
    file["processing_status"] = STAGES[min(at + 1, len(STAGES) - 1)]
    file["chunks_embedded"] = int(file["processing_status"] == "completed")
    return told


def _taken(state: State, asked: Asked, part: FormPart) -> Entity:
    scope = asked.one_of("scope", SCOPES)
    user_id = asked.form.get("user_id")
    if scope == "user" and not user_id:
        raise invalid("body.user_id", "is required for files of a user")
    name, file_id, moment = part.filename or "", state.new_id("file"), state.now()
    state.contents[file_id] = part.content
    state.files[file_id] = {
        "id": file_id,
        "tenant_id": state.tenant_id,
        "user_id": user_id,
        "file_name": _unused(state, name),
        "original_file_name": name,
        "file_type": name.rpartition(".")[2].lower() if "." in name else "",
        "mime_type": "application/octet-stream",
        "file_size": len(part.content),
        "file_scope": scope,
        "blob_url": None,
        "processing_status": "pending",
        "error_message": None,
        "total_chunks": 1,
        "chunks_embedded": 0,
        "tags": [tag for tag in asked.form.get("tags", "").split(",") if tag],
        "created_at": moment,
        "updated_at": moment,
        "deleted_at": None,
    }
    told = {"file_name": state.files[file_id]["file_name"], "status": "pending"}
    return {"file_id": file_id, "message": "File uploaded"} | told


def _unused(state: State, name: str) -> str:
    taken = {file["file_name"] for file in state.files.values()}
    stem, dot, kind = name.rpartition(".") if "." in name else (name, "", "")
    unused, number = name, 0
    while unused in taken:
        number += 1
        unused = f"{stem}_{number}{dot}{kind}"
    return unused


def _delete(state: State, file: Entity, *, is_hard: bool) -> None:
    if is_hard:
        del state.files[file["id"]], state.contents[file["id"]]
    else:
        file["deleted_at"] = state.now()


def _chunk(state: State, file: Entity) -> Entity:
    text = state.contents[file["id"]].decode("utf-8", "replace")
    told = {"id": f"chunk-{file['id']}", "chunk_index": 0, "chunk_text": text[:500]}
    return told | {"start_line": 1, "end_line": 1, "similarity_score": 0.9, "metadata": None}
