"""Endpoints 1-7: responses and their feedback."""

from typing import Any

from jackfield.testing import Hold, Reply, json_reply
from jackfield_lumnis.testing.asked import Asked, Refused, error_reply, invalid
from jackfield_lumnis.testing.late import LateReply
from jackfield_lumnis.testing.routes import Routes
from jackfield_lumnis.testing.runs import LiveRun
from jackfield_lumnis.testing.state import Entity, State, cut, found

routes = Routes()

ROLES = ("system", "user", "assistant")
LONGEST_WAIT_S = 30
MOST_TEXT = 5000


@routes("POST /v1/responses")
def create(state: State, asked: Asked) -> Any:
    """Start a run, or return the one that this idempotency key has started."""
    key = asked.request.headers.get("idempotency-key")
    if key is not None and key in state.once:
        return created(state.runs[state.once[key]])
    _check_messages(asked.needed("messages", list))
    body = asked.body
    thread = _thread_of(state, body)
    response_id = state.new_id("r")
    record = {
        "response_id": response_id,
        "thread_id": thread["thread_id"],
        "tenant_id": state.tenant_id,
        "user_id": body.get("user_id"),
        "input_messages": body["messages"],
        "output_text": None,
        "created_at": state.now(),
    }
    if "options" in body:
        record["options"] = body["options"]
    run = LiveRun(state.next_run(body), record, state.clock())
    state.runs[response_id] = run
    thread["response_count"] += 1
    thread["last_response_at"] = record["created_at"]
    if key is not None:
        state.once[key] = response_id
    return created(run)


def created(run: LiveRun) -> Entity:
    """Return what the service says about a run that was just started."""
    names = ("response_id", "thread_id", "tenant_id", "created_at")
    return {name: run.record[name] for name in names} | {"status": "queued"}


@routes("GET /v1/responses/{}")
def get(state: State, asked: Asked) -> Any:
    """Return a response; with `wait` the answer is held until there is something to tell."""
    run: LiveRun = found(state.runs, asked.ids[0], "response")
    wait_s = asked.number("wait", 0, most=LONGEST_WAIT_S)
    hold = run.move(state.clock())
    if hold is None and wait_s:
        until_end = state.long_poll == "end"
        next_s = run.next_in_s(state.clock(), until_end=until_end)
        if next_s is not None:
            hold = Hold()
            run.wait(hold)
            return LateReply(lambda: _moved(state, run), hold, within_s=min(next_s, wait_s))
    if hold is None:
        return run.snapshot()
    return LateReply(lambda: json_reply(run.snapshot()), hold)


def _moved(state: State, run: LiveRun) -> Reply:
    run.move(state.clock())
    return json_reply(run.snapshot())


@routes("POST /v1/responses/{}/cancel")
def cancel(state: State, asked: Asked) -> Any:
    """End a run that goes on."""
    run: LiveRun = found(state.runs, asked.ids[0], "response")
    if run.is_over and not run.is_cancelled:
        raise Refused(error_reply(409, "ALREADY_EXISTS", "The response is finished."))
    run.cancel()
    return {"status": "cancelled", "message": "Response cancelled"}


@routes("GET /v1/responses")
def list_responses(state: State, asked: Asked) -> Any:
    """List the responses, of one user or of all."""
    limit, offset = asked.number("limit", 50, least=1, most=100), asked.number("offset", 0)
    every = [run.snapshot() for run in state.runs.values()]
    for name in ("user_id", "status"):
        if name in asked.query:
            every = [each for each in every if each[name] == asked.query[name]]
    if "start_date" in asked.query:
        every = [each for each in every if each["created_at"][:10] >= asked.query["start_date"]]
    if "end_date" in asked.query:
        every = [each for each in every if each["created_at"][:10] <= asked.query["end_date"]]
    page = {"total": len(every), "limit": limit, "offset": offset}
    return {"responses": cut(every, offset, limit)} | page


@routes("GET /v1/responses/{}/artifacts")
def list_artifacts(state: State, asked: Asked) -> Any:
    """List what a run made besides its text."""
    run: LiveRun = found(state.runs, asked.ids[0], "response")
    limit, offset = asked.number("limit", 50, least=1, most=100), asked.number("offset", 0)
    made = run.snapshot().get("artifact_list") or []
    page = {"total": len(made), "limit": limit, "offset": offset}
    return {"artifacts": cut(made, offset, limit)} | page


@routes("POST /v1/responses/{}/feedback")
def create_feedback(state: State, asked: Asked) -> Any:
    """Take feedback for a run."""
    response_id = found(state.runs, asked.ids[0], "response").record["response_id"]
    if len(asked.needed("feedback_text")) > MOST_TEXT:
        raise invalid("body.feedback_text", f"has more than {MOST_TEXT} characters")
    kind = asked.one_of("feedback_type", ("suggestion", "correction", "guidance"), "suggestion")
    names = ("user_id", "progress_id", "tool_call_id", "tool_args_update")
    told = {
        "feedback_id": state.new_id("f"),
        "response_id": response_id,
        "tenant_id": state.tenant_id,
        "feedback_text": asked.body["feedback_text"],
        "feedback_type": kind,
        "is_consumed": False,
        "consumed_at": None,
        "created_at": state.now(),
    } | {name: asked.body.get(name) for name in names}
    state.feedback.setdefault(response_id, []).append(told)
    return {"feedback_id": told["feedback_id"], "created_at": told["created_at"]}


@routes("GET /v1/responses/{}/feedback")
def list_feedback(state: State, asked: Asked) -> Any:
    """List the feedback for a run."""
    found(state.runs, asked.ids[0], "response")
    wanted = asked.query.get("progress_id")
    every = state.feedback.get(asked.ids[0], [])
    every = [each for each in every if wanted in (None, each["progress_id"])]
    consumed = sum(each["is_consumed"] for each in every)
    return {
        "response_id": asked.ids[0],
        "progress_id_filter": wanted,
        "total_feedback": len(every),
        "consumed_count": consumed,
        "unconsumed_count": len(every) - consumed,
        "note": "Feedback is consumed at the next step.",
        "feedback": every,
    }


def _thread_of(state: State, body: Entity) -> Entity:
    """Return the thread that a response continues, or a new one."""
    if body.get("thread_id") is not None:
        thread: Entity = found(state.threads, body["thread_id"], "thread")
        return thread
    return new_thread(state, body.get("user_id"), None)


def new_thread(state: State, user_id: str | None, title: str | None) -> Entity:
    """Open a thread."""
    thread_id = state.new_id("t")
    state.threads[thread_id] = {
        "thread_id": thread_id,
        "tenant_id": state.tenant_id,
        "user_id": user_id,
        "title": title,
        "created_at": state.now(),
        "updated_at": None,
        "response_count": 0,
        "last_response_at": None,
    }
    return state.threads[thread_id]


def _check_messages(messages: list[Any]) -> None:
    for index, message in enumerate(messages):
        where = f"body.messages.{index}"
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise invalid(f"{where}.role", f"must be one of {', '.join(ROLES)}")
        if not isinstance(message.get("content"), str):
            raise invalid(f"{where}.content", "must be text")
