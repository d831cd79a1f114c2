"""Endpoints 8-13: threads."""

from typing import Any

from jackfield.testing import Reply
from jackfield_lumnis.testing.asked import Asked, invalid
from jackfield_lumnis.testing.endpoints.responses import new_thread
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.state import State, cut, found

routes = Routes()

LONGEST_TITLE = 500


@routes("POST /v1/threads")
def create(state: State, asked: Asked) -> Any:
    """Open a thread."""
    return new_thread(state, asked.body.get("user_id"), _title(asked))


@routes("GET /v1/threads")
def list_threads(state: State, asked: Asked) -> Any:
    """List the threads, of one user or of all."""
    limit, offset = asked.number("limit", 50, least=1, most=100), asked.number("offset", 0)
    wanted = asked.query.get("user_id")
    every = [each for each in state.threads.values() if wanted in (None, each["user_id"])]
    page = {"total": len(every), "limit": limit, "offset": offset}
    return {"threads": cut(every, offset, limit)} | page


@routes("GET /v1/threads/{}")
def get(state: State, asked: Asked) -> Any:
    """Return a thread."""
    return found(state.threads, asked.ids[0], "thread")


@routes("GET /v1/threads/{}/responses")
def get_responses(state: State, asked: Asked) -> Any:
    """Return the responses of a thread, as a bare array."""
    thread = found(state.threads, asked.ids[0], "thread")
    limit, offset = asked.number("limit", 50, least=1, most=100), asked.number("offset", 0)
    runs = [run for run in state.runs.values() if run.record["thread_id"] == thread["thread_id"]]
    return cut([run.snapshot() for run in runs], offset, limit)


@routes("PATCH /v1/threads/{}")
def update(state: State, asked: Asked) -> Any:
    """Change the title of a thread."""
    thread = found(state.threads, asked.ids[0], "thread")
    if "title" in asked.body:
        thread |= {"title": _title(asked), "updated_at": state.now()}
    return thread


@routes("DELETE /v1/threads/{}")
def delete(state: State, asked: Asked) -> Any:
    """Delete a thread and its responses."""
    found(state.threads, asked.ids[0], "thread")
    state.forget_thread(asked.ids[0])
    return Reply(status=204)


def _title(asked: Asked) -> str | None:
    title: str | None = asked.body.get("title")
    if title is not None and len(title) > LONGEST_TITLE:
        raise invalid("body.title", f"has more than {LONGEST_TITLE} characters")
    return title
