"""The one key that the Infinity service of the tests knows."""

from jackfield.contracts import Auth
from jackfield.credentials import HeaderAuth, Secret

KEY = "ia_the-key-of-the-test"


def given_key(key: str = KEY) -> Auth:
    """Return an auth that sends this key."""

    async def read() -> Secret:
        return Secret(key, source="the test")

    return HeaderAuth(read, header="x-api-key", scheme="")
