"""Which protocol a reply is written in. Source: spec/assistant-ui.md, a.6, a.7, c.1, c.2, c.4."""

from collections.abc import Mapping

from jackfield_assistant_ui.serve.asked import Form, ReplyProtocol
from jackfield_assistant_ui.serve.refusal import RefusalError

_NAMED: Mapping[str, ReplyProtocol] = {
    "data-stream": "data-stream",
    "assistant-transport": "assistant-transport",
    "ui-message-stream": "ui-message-stream",
    "json": "json",
}
_FITTING: Mapping[Form, tuple[ReplyProtocol, ...]] = {
    "data-stream": ("data-stream", "ui-message-stream"),
    "ai-sdk": ("ui-message-stream",),
    "transport": ("data-stream", "assistant-transport", "json"),
}
_ACCEPTED: Mapping[str, ReplyProtocol] = {
    "application/json": "json",
    "text/event-stream": "assistant-transport",
    "text/plain": "data-stream",
}


def reply_protocol(
    form: Form, *, named: str, accept: str, default: ReplyProtocol
) -> tuple[ReplyProtocol, bool]:
    """Return the protocol, and whether the client asked for it by `Accept`.

    Browsers accept anything; the Python client says what it wants, and reads parts, too.

    Args:
        form: Of the request.
        named: `?protocol=`; empty for none.
        accept: The header.
        default: Of the route, for requests of commands.

    Raises:
        RefusalError: The protocol is unknown, or does not fit the request.
    """
    fitting = _FITTING[form]
    if named:
        chosen = _NAMED.get(named)
        if chosen not in fitting:
            raise RefusalError(400, f"This request can be answered as {' or '.join(fitting)}.")
        return chosen, False
    if form != "transport":
        return fitting[0], False
    first = accept.partition(",")[0].partition(";")[0].strip().lower()
    wanted = _ACCEPTED.get(first)
    return (default, False) if wanted is None else (wanted, True)
