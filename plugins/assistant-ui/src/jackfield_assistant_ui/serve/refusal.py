"""Why a request is not answered, in words that a user may see."""

from collections.abc import Mapping


class RefusalError(Exception):
    """A request is refused before its answer begins.

    The page shows the text as it is: short, plain, nothing about the inside. Source: c.0.

    Attributes:
        status: HTTP status.
        text: For the user.
        headers: Further headers of the answer.
    """

    def __init__(self, status: int, text: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})


def wrong(place: str, expected: str) -> RefusalError:
    """Return the refusal of a field of a wrong type."""
    return RefusalError(422, f"{place} must be {expected}.")


NOT_FOUND = "There is nothing here."
