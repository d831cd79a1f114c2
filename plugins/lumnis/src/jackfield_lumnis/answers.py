"""What a run tells -> the events and the message of an answer. Sans I/O."""

import json
from typing import Any

from jackfield.answer import Answer
from jackfield.usage import Usage
from jackfield_lumnis.conversation import THREAD, USER
from jackfield_lumnis.invoke.progress import format_progress_entry
from jackfield_lumnis.invoke.updates import TOOL_UPDATE
from jackfield_lumnis.models.response import CreatedResponse, ProgressUpdate, ResponseObject
from jackfield_lumnis.problems import failure_of


class AnswerWriter:
    """Writes one run into one answer: progress becomes thinking, the result text.

    Args:
        answer: Is told what comes.
        provider: Our name, for errors.
        wants_json: Whether the text is to be the structured response.
    """

    def __init__(self, answer: Answer, *, provider: str, wants_json: bool = False) -> None:
        self._answer = answer
        self._provider = provider
        self._wants_json = wants_json

    def begin(self, created: CreatedResponse, user_id: str | None) -> None:
        """Take the ids, as soon as the run has some."""
        message = self._answer.message
        message.response_id = created.response_id
        if created.thread_id is not None:
            message.metadata[THREAD] = created.thread_id
        if user_id is not None:
            message.metadata[USER] = user_id

    def take(self, update: ProgressUpdate) -> None:
        """Write an update.

        Raises:
            ProviderError: The run has failed.
        """
        if not (update.response.is_terminal and update.status == update.response.status):
            self._answer.thinking(f"{update_line(update)}\n")
            return
        response = update.response
        self._end(response)
        if response.status == "failed":
            raise failure_of(response, self._provider)
        if response.status == "cancelled":
            self._answer.abort()
            self._answer.message.error_message = "The run was cancelled at the service."
            return
        self._answer.text(result_text(response, wants_json=self._wants_json))
        self._answer.finish("stop")

    def _end(self, response: ResponseObject) -> None:
        message, extra = self._answer.message, response.model_extra or {}
        message.raw_stop_reason = response.status
        message.usage = read_usage(extra.get("usage"))
        if response.response_title is not None:
            message.metadata["title"] = response.response_title
        if response.artifacts:
            made = [each.model_dump(mode="json", exclude_unset=True) for each in response.artifacts]
            message.metadata["artifacts"] = made
        if response.structured_response is not None:
            message.metadata["structured_response"] = response.structured_response


def result_text(response: ResponseObject, *, wants_json: bool = False) -> str:
    """Return what a run has found; the structured response, where that is wanted or is all."""
    structured = response.structured_response
    if structured is not None and (wants_json or not response.output_text):
        return json.dumps(structured, ensure_ascii=False)
    return response.output_text or ""


def read_usage(raw: Any) -> Usage:
    """Return the usage, should the service tell one in any known form; zeros otherwise."""
    if not isinstance(raw, dict):
        return Usage()
    renamed = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}
    return Usage.from_openai({new: raw.get(old) for new, old in renamed.items()} | raw)


def update_line(update: ProgressUpdate) -> str:
    """Return an update as text: what happens, and a line for each tool call."""
    if update.state == TOOL_UPDATE:
        told = format_progress_entry("", "", update.tool_calls)
        return told.partition("\n")[2]  # the entry itself was told before
    return format_progress_entry(update.state, update.message, update.tool_calls)
