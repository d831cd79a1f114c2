"""The addresses of the API. Source: spec/assistant-ui.md, c.0, c.4, c.6."""

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jackfield_assistant_ui.serve.asked import Asked, ReplyProtocol
from jackfield_assistant_ui.serve.begin import Beginner
from jackfield_assistant_ui.serve.body import read_json
from jackfield_assistant_ui.serve.choice import reply_protocol
from jackfield_assistant_ui.serve.failure import INTERNAL
from jackfield_assistant_ui.serve.fields import Json, identifier, text
from jackfield_assistant_ui.serve.hub import Hub, Live
from jackfield_assistant_ui.serve.model_messages import read_data_stream
from jackfield_assistant_ui.serve.offered import OfferedAgent
from jackfield_assistant_ui.serve.refusal import NOT_FOUND, RefusalError
from jackfield_assistant_ui.serve.reply import StreamReply, json_reply, plain_reply
from jackfield_assistant_ui.serve.settings import ServeSettings
from jackfield_assistant_ui.serve.shapes import form_of
from jackfield_assistant_ui.serve.store import ThreadStore
from jackfield_assistant_ui.serve.tape import TapeReader
from jackfield_assistant_ui.serve.transport_request import read_transport
from jackfield_assistant_ui.serve.ui_request import read_ai_sdk
from jackfield_assistant_ui.serve.watched import watched

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

_log = logging.getLogger(__name__)
_TITLE_CHARS = 200


class Api:
    """What the server can be asked.

    Args:
        settings: Of the server.
        agents: Those that are offered, the default one first.
        beginner: Begins runs.
        hub: Has the runs.
        store: Keeps the threads.
    """

    def __init__(
        self,
        settings: ServeSettings,
        agents: dict[str, OfferedAgent],
        beginner: Beginner,
        hub: Hub,
        store: ThreadStore,
    ) -> None:
        self._settings = settings
        self._agents = agents
        self._beginner = beginner
        self._hub = hub
        self._store = store

    def routes(self) -> list[Route]:
        """Return all routes."""
        table: list[tuple[str, str, Endpoint]] = [
            ("POST", "/api/chat", self.chat),
            ("POST", "/assistant", self.assistant),
            ("POST", "/api/cancel", self.cancel),
            ("GET", "/api/chat/resume/{stream_id:path}", self.resume_stream),
            ("GET", "/api/chat/{thread:path}/stream", self.resume_thread),
            ("POST", "/resume", self.resume),
            ("POST", "/resume/state", self.resume_state),
            ("GET", "/api/agents", self.agents),
            ("GET", "/api/threads", self.threads),
            ("GET", "/api/threads/{thread:path}", self.thread),
            ("PATCH", "/api/threads/{thread:path}", self.rename),
            ("DELETE", "/api/threads/{thread:path}", self.delete),
            ("GET", "/health", self.health),
            ("GET", "/ready", self.ready),
        ]
        return [Route(path, _guarded(run), methods=[method]) for method, path, run in table]

    async def chat(self, request: Request) -> Response:
        """Answer a request of any form."""
        return await self._answer(request, await read_json(request, self._settings), "data-stream")

    async def assistant(self, request: Request) -> Response:
        """Answer a request of commands."""
        body = await read_json(request, self._settings)
        if not isinstance(body.get("commands"), list):
            raise RefusalError(400, "This address takes requests with commands only.")
        return await self._answer(request, body, "assistant-transport")

    async def cancel(self, request: Request) -> Response:
        """End all answers of a thread."""
        body = await read_json(request, self._settings)
        thread = identifier(body.get("threadId"), "threadId")
        cancelled = self._hub.cancel_thread(request["user"], thread)
        return json_reply({"threadId": thread, "cancelled": cancelled})

    async def resume_stream(self, request: Request) -> Response:
        """Give an answer of the AI SDK's protocol again, from its beginning."""
        stream_id = request.path_params["stream_id"]
        live = self._hub.find(request["user"], stream_id)
        if live is None and self._hub.is_known(stream_id):
            raise RefusalError(404, NOT_FOUND)
        return self._again(live)

    async def resume_thread(self, request: Request) -> Response:
        """Give the running answer of a thread again, in the AI SDK's protocol."""
        found = self._hub.of_thread(request["user"], request.path_params["thread"])
        return self._again(next((live for live in found if live.run.tape.from_start), None))

    async def resume(self, request: Request) -> Response:
        """Take up a running answer of a thread: its state as it is, then what is to come."""
        body = await read_json(request, self._settings)
        live = self._running(request["user"], body)
        if live is None:
            return Response(None, 204)
        if body.get("runId") is not None and body["runId"] != live.stream_id:
            raise RefusalError(409, "This answer is over.")
        reader = self._hub.reader(live, live.run.story.snapshot())
        return self._stream(live, reader)

    async def resume_state(self, request: Request) -> Response:
        """Tell which answer of a thread runs, and the state as it is."""
        body = await read_json(request, self._settings)
        live = self._running(request["user"], body)
        if live is None or live.run.story.state is None:
            return Response(None, 204)
        return json_reply({"runId": live.stream_id, "state": live.run.story.state.settled()})

    async def agents(self, _request: Request) -> Response:
        """List the agents."""
        found = [{"name": each.name, "model": each.model} for each in self._agents.values()]
        return json_reply({"agents": found, "default": next(iter(self._agents))})

    async def threads(self, request: Request) -> Response:
        """List the user's threads."""
        rows = await self._store.list(request["user"])
        found = [{"id": row.id, "title": row.title, "updatedAt": row.updated_at} for row in rows]
        return json_reply({"threads": found})

    async def thread(self, request: Request) -> Response:
        """Give a thread with its state, also in the middle of an answer."""
        user, thread = request["user"], request.path_params["thread"]
        running = next(self._hub.of_thread(user, thread), None)
        kept = await self._store.get(user, thread)
        if running is not None and running.run.story.state is not None:
            state = running.run.story.state.settled()
        elif kept is not None:
            state = kept[1]
        else:
            raise RefusalError(404, NOT_FOUND)
        title = kept[0].title if kept is not None else ""
        reply = {"id": thread, "title": title, "state": state, "running": running is not None}
        return json_reply(reply)

    async def rename(self, request: Request) -> Response:
        """Give a thread another title."""
        body = await read_json(request, self._settings)
        title = text(body.get("title"), "title").strip()[:_TITLE_CHARS]
        thread = request.path_params["thread"]
        if not await self._store.rename(request["user"], thread, title):
            raise RefusalError(404, NOT_FOUND)
        return json_reply({"id": thread, "title": title})

    async def delete(self, request: Request) -> Response:
        """Remove a thread; its answers end."""
        user, thread = request["user"], request.path_params["thread"]
        running = list(self._hub.of_thread(user, thread))
        self._hub.cancel_thread(user, thread)
        for live in running:
            await live.run.finished.wait()  # it would write the thread anew
        if not await self._store.delete(user, thread) and not running:
            raise RefusalError(404, NOT_FOUND)
        return Response(None, 204)

    async def health(self, _request: Request) -> Response:
        """Say that the process is there."""
        return json_reply({"status": "ok"})

    async def ready(self, _request: Request) -> Response:
        """Say whether new requests are welcome."""
        if self._hub.draining:
            return json_reply({"status": "stopping"}, status=503)
        try:
            await self._store.check()
        except sqlite3.Error:
            _log.exception("The database of the threads cannot be read.")
            return json_reply({"status": "no database"}, status=503)
        return json_reply({"status": "ready", "running": len(self._hub)})

    async def _answer(self, request: Request, body: Json, default: ReplyProtocol) -> Response:
        asked = await self._read(request, body)
        if not asked.to_answer:
            await self._beginner.keep_only(request["user"], asked)
            return json_reply({"threadId": asked.thread_id, "state": asked.state})
        protocol, chosen = reply_protocol(
            asked.form,
            named=request.query_params.get("protocol", ""),
            accept=request.headers.get("accept", ""),
            default=default,
        )
        live = await self._beginner.begin(request["user"], asked, protocol, with_parts=chosen)
        reader = self._hub.reader(live)
        if protocol == "json":
            return await self._whole(request, live, reader)
        return self._stream(live, reader)

    async def _read(self, request: Request, body: Json) -> Asked:
        form = form_of(body)
        if form == "data-stream":
            asked = read_data_stream(body)
        elif form == "ai-sdk":
            asked = read_ai_sdk(body)
        else:
            asked = read_transport(body, await self._stored(request["user"], body))
        asked.resumable |= request.query_params.get("resumable") == "1"
        return asked

    async def _stored(self, user: str, body: Json) -> object:
        thread = body.get("threadId")
        if body.get("state") is not None or not isinstance(thread, str):
            return None
        kept = await self._store.get(user, thread)
        return kept[1] if kept is not None else None

    def _running(self, user: str, body: Json) -> Live | None:
        """Return the run of a thread whose page can be brought up to date."""
        thread = identifier(body.get("threadId"), "threadId")
        found = self._hub.of_thread(user, thread)
        return next((live for live in found if live.run.story.state is not None), None)

    def _again(self, live: Live | None) -> Response:
        if live is None or not live.run.tape.from_start:
            return Response(None, 204)
        return self._stream(live, self._hub.reader(live))

    def _stream(self, live: Live, reader: TapeReader) -> Response:
        return StreamReply(self._hub, live, reader, heartbeat_s=self._settings.heartbeat_s)

    async def _whole(self, request: Request, live: Live, reader: TapeReader) -> Response:
        """Return the answer in one piece, when it is over. Source: c.4."""
        run = live.run
        try:
            run.tape.release()
            await watched(request.receive, run.finished.wait)
        finally:
            self._hub.left(live, reader)
        writer = run.story.state
        assert writer is not None  # noqa: S101 - only requests of commands are answered so
        message = writer.message
        shown = {key: message[key] for key in ("id", "role", "parts")}
        status = message.get("status")
        return json_reply(
            {"threadId": live.thread, "message": shown, "state": writer.settled(), "status": status}
        )


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RefusalError as refusal:
            return plain_reply(refusal.text, refusal.status, refusal.headers)
        except RecursionError:
            return plain_reply("The request is nested too deep.", 400)
        except Exception:  # noqa: BLE001 - nobody outside sees what went wrong inside
            _log.exception("A request failed.")
            return plain_reply(INTERNAL, 500)

    return answer
