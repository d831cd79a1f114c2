"""What `chat` and `cancel` return. Source: spec/assistant-ui.md, a.6."""

from collections.abc import Iterator, Mapping
from typing import Any

from jackfield_assistant_ui.errors import AssistantProtocolError
from jackfield_assistant_ui.wire.choosing import decoder_for, media_type_of
from jackfield_assistant_ui.wire.result import ResultBuilder
from jackfield_httpx.service import Reply
from jackfield_httpx.service.json_values import from_json


class Headers(Mapping[str, str]):
    """Header fields, whatever the case of their names.

    Args:
        fields: Names in lower case.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Headers({self._fields!r})"


class AssistantResponse:
    """An answer that was read to its end.

    Attributes:
        status_code: The status, from 200 to 299.
        headers: The header fields.
        content: The body.
    """

    def __init__(self, reply: Reply, state: Any = None) -> None:
        self.status_code = reply.status
        self.headers = Headers(reply.headers)
        self.content = reply.content
        self._state = state

    @property
    def text(self) -> str:
        """The body as text, also that of a stream."""
        return self.content.decode("utf-8", "replace")

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299; others are raised as errors."""
        return 200 <= self.status_code < 300

    def json(self) -> Any:
        """Return what the body says; of a stream its `message`, `state` and `status`.

        Raises:
            AssistantProtocolError: It is neither JSON nor a stream of a known protocol.
        """
        if media_type_of(self.headers) != "text/event-stream":
            try:
                return from_json(self.content)
            except (ValueError, RecursionError):
                pass
        return self._streamed()

    def _streamed(self) -> dict[str, Any]:
        decoder = decoder_for(self.headers, self._state)
        if decoder is None or not self.content:
            what = media_type_of(self.headers) or "something without a content type"
            told = "an empty body" if not self.content else f"{what}, which is no JSON"
            raise AssistantProtocolError(f"The server answered {self.status_code} with {told}.")
        builder = ResultBuilder()
        builder.add(decoder.feed(self.content))
        builder.add(decoder.close())
        if decoder.problem:
            raise AssistantProtocolError(decoder.problem)
        return builder.result()

    def __repr__(self) -> str:
        return f"<AssistantResponse [{self.status_code}]>"
