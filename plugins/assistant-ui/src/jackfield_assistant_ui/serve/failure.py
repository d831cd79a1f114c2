"""What a page is told of a failure: safe words, and details only where they do no harm."""

from jackfield import AssistantMessage

_TEXTS = {
    "authentication": "The server's access to the model was refused.",
    "permission": "The server's access to the model was refused.",
    "payment": "The server's account with the model's provider is exhausted.",
    "rate_limit": "The model is asked too often at present. Try again later.",
    "overloaded": "The model is overloaded. Try again later.",
    "unavailable": "The model cannot be reached. Try again later.",
    "connection": "The model cannot be reached. Try again later.",
    "timeout": "The model did not answer in time.",
    "context_overflow": "The conversation is too long for the model.",
    "content_filter": "The provider refused to answer this.",
    "invalid_request": "The model did not accept the request.",
}
_OTHER = "The answer failed."
INTERNAL = "The server made a mistake. Its log has the details."
"""For failures that nobody foresaw."""

UNFIT = "A tool gave something that cannot be sent."
"""For results that are not JSON."""


def failure_text(message: AssistantMessage, *, details: bool) -> str:
    """Return what a page is told of an answer that failed.

    Args:
        message: The failed answer.
        details: Whether to tell what the provider says.
    """
    if details and message.error_message:
        return message.error_message
    kind = message.error.kind if message.error is not None else ""
    return _TEXTS.get(kind, _OTHER)
