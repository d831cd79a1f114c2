"""A sync server that keeps threads, and may fail in every way."""

import json
from copy import deepcopy
from typing import Any

from jackfield.testing import Cut, LoopbackServer, ReceivedRequest, Reply, json_reply


class ThreadServer(LoopbackServer):
    """Adds what commands say to threads, by the rules of spec/assistant-ui.md, c.2.

    Attributes:
        threads: The messages of each thread.
        failures: What the next chat requests meet, in order: a reply that is sent instead; or
            `lost`, where the commands are taken but nobody hears of it.
        posts: The bodies of the chat requests.
        tells: Whether answers have the state.
    """

    def __init__(self) -> None:
        super().__init__(default=self._reply)
        self.threads: dict[str, list[dict[str, Any]]] = {}
        self.failures: list[Reply | str] = []
        self.posts: list[dict[str, Any]] = []
        self.tells = True
        self._made = 0

    def texts(self, thread_id: str) -> list[str]:
        """Return what is in a thread: the texts, results of tools in brackets."""
        parts = [part for message in self.threads[thread_id] for part in message["parts"]]
        return [part["text"] if part["type"] == "text" else f"[{part['result']}]" for part in parts]

    def _reply(self, request: ReceivedRequest) -> Reply:
        if request.method == "GET":
            return self._get(request.path)
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Reply):
            return failure
        body = request.json()
        self.posts.append(body)
        for command in body["commands"]:
            self._apply(self.threads.setdefault(body["threadId"], []), command)
        if failure == "lost":
            return Reply(headers={"content-length": "9"}, body=[Cut()])
        return self._told(body["threadId"])

    def _get(self, path: str) -> Reply:
        name = path.removeprefix("/api/threads").removeprefix("/")
        if not self.tells or (name and name not in self.threads):
            return Reply(status=404)
        return self._told(name) if name else json_reply({"threads": []})

    def _told(self, thread_id: str) -> Reply:
        if not self.tells:
            return json_reply({"ok": True})
        state = {"messages": json.loads(json.dumps(self.threads[thread_id]))}
        return json_reply({"threadId": thread_id, "state": state})

    def _apply(self, messages: list[dict[str, Any]], command: dict[str, Any]) -> None:
        if command["type"] == "add-message":
            if "parentId" in command:
                ids = [None, *[message["id"] for message in messages]]
                del messages[ids.index(command["parentId"]) :]
            self._made += 1
            messages.append({"id": f"m{self._made}", **deepcopy(command["message"])})
        else:
            assert messages[-1]["role"] == "assistant"
            messages[-1]["parts"].append({"type": "tool-call", "result": command["result"]})
