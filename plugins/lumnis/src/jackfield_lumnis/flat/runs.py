"""Runs and conversations, as methods of a client. Source: spec/lumnis.md, 6.2."""

import warnings
from typing import Any, Unpack

from jackfield_httpx.service import D, ItemPlan, Plan, endpoint, items
from jackfield_lumnis.flat.resources import Resources
from jackfield_lumnis.flat.shortcut import shortcut
from jackfield_lumnis.invoke.arguments import InvokeArguments, task_of, with_signature
from jackfield_lumnis.invoke.input import Messages
from jackfield_lumnis.invoke.run import BegunRun, Run, Task
from jackfield_lumnis.models.response import ProgressUpdate, ResponseObject
from jackfield_lumnis.models.thread import ThreadListResponse
from jackfield_lumnis.resources.responses import Responses
from jackfield_lumnis.resources.threads import Threads
from jackfield_lumnis.scoping import UserId


class Runs(Resources[D]):
    """Runs, and the conversations that they belong to."""

    get_response = shortcut("responses", Responses.get)
    cancel_response = shortcut("responses", Responses.cancel)
    list_responses = shortcut("responses", Responses.list_responses)

    create_thread = shortcut("threads", Threads.create)
    get_thread = shortcut("threads", Threads.get)
    delete_thread = shortcut("threads", Threads.delete)

    @endpoint
    def list_threads(
        self, *, user_id: UserId = None, limit: int = 50, offset: int = 0, cursor: Any = None
    ) -> Plan[ThreadListResponse]:
        """Return a page of the conversations; see `threads.list`.

        Args:
            user_id: Whose; by default the client's user.
            limit: How many.
            offset: How many to pass over.
            cursor: Deprecated, and without effect.
        """
        if cursor is not None:
            warnings.warn(
                "cursor= has no effect: use limit= and offset=.", DeprecationWarning, stacklevel=3
            )
        return self.threads.list(user_id=user_id, limit=limit, offset=offset)

    @endpoint
    def finish(self, task: Task) -> Plan[ResponseObject]:
        """Begin a run and wait for its end; see `invoke`.

        Args:
            task: What it is to do.
        """
        return Run(self.responses, task).result()

    @endpoint
    def begin(self, task: Task) -> Plan[BegunRun]:
        """Begin a run, to be followed.

        Args:
            task: What it is to do.
        """
        return Run(self.responses, task).begun()

    @items
    def follow(self, run: BegunRun) -> ItemPlan[ProgressUpdate]:
        """Give what a run tells, as it tells it; leaving early does not cancel it.

        Args:
            run: From `begin`.
        """
        return run.updates()

    @items
    @with_signature
    def invoke_stream(
        self, /, messages: Messages | None = None, **arguments: Unpack[InvokeArguments]
    ) -> ItemPlan[ProgressUpdate]:
        """Do what `invoke(..., stream=True)` does; deprecated.

        The run is begun when the first update is asked for.

        Args:
            messages: What the run is asked: a text, a message or several.
            arguments: See `InvokeArguments`.
        """
        warnings.warn(
            "invoke_stream() is deprecated: use invoke(..., stream=True).",
            DeprecationWarning,
            stacklevel=3,
        )
        task = task_of(messages, arguments, function="invoke_stream", stacklevel=3)
        return Run(self.responses, task).updates()
