"""The contract suite of auths. Source: `jackfield.contracts.Auth`."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import pytest

from jackfield.contracts import Auth
from jackfield.errors import SecretMissingError
from jackfield.http import Request
from jackfield.testing.rules import broken, no_tasks_left, within


@pytest.mark.asyncio
class AuthContract:
    """Checks any auth; subclass it, set `secret` and give the fixture `auth`.

        class TestMine(AuthContract):
            secret = "sk-very-secret"

            @pytest.fixture
            def auth(self):
                return MyAuth(key=self.secret)

    The fixture `auth_without_secret` is optional: one whose secret is not where it should be.

    Class attributes:
        secret: The secret that `auth` uses; it must not show up anywhere but in the request.
        limit_s: Longest time of a single call, in seconds.
    """

    secret: str = ""
    limit_s: float = 30.0

    @pytest.fixture
    def auth(self) -> Auth:
        """Give the auth, with its secret in place."""
        raise NotImplementedError("Give the fixture `auth`: see AuthContract.")

    @pytest.fixture
    def auth_without_secret(self) -> Auth | None:
        """Give an auth whose secret is missing."""
        return None

    def request(self) -> Request:
        """Return the request that gets credentials."""
        return Request(
            method="POST",
            url="https://api.example.test/v1/chat?x=1",
            headers={"content-type": "application/json"},
            body=b'{"a": 1}',
            repeatable=True,
            metadata={"note": "kept"},
        )

    async def applied(self, auth: Auth, request: Request | None = None) -> Any:
        """Return the request with credentials."""
        request = self.request() if request is None else request
        return await within(self.limit_s, auth.apply(request), "apply()")

    async def test_it_has_the_members_of_an_auth(self, auth: Auth) -> None:
        """An auth has the asynchronous methods `apply` and `refused`."""
        if not isinstance(auth, Auth):
            broken(f"{type(auth).__name__} lacks a member of `jackfield.contracts.Auth`.")

    async def test_credentials_are_added(self, auth: Auth) -> None:
        """`apply` returns a request that has credentials in its headers or its query."""
        result = await self.applied(auth)
        if not isinstance(result, Request):
            broken(f"apply() returned a {type(result).__name__}, not a Request.")
        if (result.headers, result.url) == (self.request().headers, self.request().url):
            broken("apply() added nothing to headers or URL.")

    async def test_nothing_else_changes(self, auth: Auth) -> None:
        """Method, host, path, body and what was in the headers stay as they were."""
        result, given = await self.applied(auth), self.request()
        for name in ("method", "body", "repeatable", "timeout_s", "metadata"):
            if getattr(result, name) != getattr(given, name):
                broken(f"apply() changed `{name}` to {getattr(result, name)!r}.")
        if urlsplit(result.url)[:3] != urlsplit(given.url)[:3]:
            broken("apply() changed scheme, host or path: credentials would go elsewhere.")
        if any(result.headers.get(name) != value for name, value in given.headers.items()):
            broken("apply() changed or removed headers that were there.")

    async def test_the_given_request_stays_unchanged(self, auth: Auth) -> None:
        """`apply` makes a new request; the one that it is given is not touched."""
        request = self.request()
        before = deepcopy(request)
        result = await self.applied(auth, request)
        result.headers["x-later"] = "1"
        if request != before:
            broken("apply() changed the request that it was given, or shares its headers.")

    async def test_header_names_are_lower_case(self, auth: Auth) -> None:
        """Header names are in lower case and values are clean text."""
        for name, value in (await self.applied(auth)).headers.items():
            if name != name.lower() or not isinstance(value, str):
                broken(f"Header {name!r} must be lower case and its value text.")
            if value != value.strip() or not value.isprintable():
                broken(f"The value of header {name!r} has spaces or line breaks around it.")

    async def test_applying_again_is_the_same(self, auth: Auth) -> None:
        """A request that is tried again gets one set of credentials, not two."""
        once = await self.applied(auth)
        twice = await self.applied(auth, once)
        if set(twice.headers) != set(once.headers) or len(twice.url) != len(once.url):
            broken("apply() on a request with credentials adds more of them.")

    async def test_requests_at_the_same_time_all_get_them(self, auth: Auth) -> None:
        """Several requests may be given credentials at once."""
        results = await asyncio.gather(*[self.applied(auth) for _ in range(5)])
        if any(set(result.headers) != set(results[0].headers) for result in results):
            broken("Of several requests at once not all got credentials.")

    async def test_the_secret_is_nowhere_else(self, auth: Auth) -> None:
        """The secret is in no `repr`, `str` or log of auth and request."""
        self.require_secret()
        with _logged() as records:
            result = await self.applied(auth)
            await within(self.limit_s, auth.refused(result, 401), "refused()")
        for text in (repr(auth), str(auth), repr(result), str(result), *records):
            if self.secret in text:
                broken(f"The secret shows up in {text.replace(self.secret, '***')!r}")

    async def test_the_secret_is_looked_up_late(self, auth: Auth) -> None:
        """Making a `repr` and waiting for a request costs nothing and tells nothing."""
        self.require_secret()
        if self.secret in repr(auth) + str(auth):
            broken("The secret shows up in the auth before its first request.")

    async def test_refused_says_whether_to_retry(self, auth: Auth) -> None:
        """`refused` returns a bool for any status."""
        request = await self.applied(auth)
        for status in (401, 403):
            answer: Any = await within(self.limit_s, auth.refused(request, status), "refused()")
            if not isinstance(answer, bool):
                broken(f"refused() returned {answer!r}, not a bool.")

    async def test_refusals_come_to_an_end(self, auth: Auth) -> None:
        """Credentials that stay refused are not offered for ever."""
        request = await self.applied(auth)
        for _ in range(20):
            if not await within(self.limit_s, auth.refused(request, 401), "refused()"):
                return
            request = await self.applied(auth)
        broken("refused() answers True again and again, with nothing to wait for.")

    async def test_a_missing_secret_says_where_it_was_sought(
        self, auth_without_secret: Auth | None
    ) -> None:
        """Without its secret, `apply` raises `SecretMissingError` with the `source`."""
        if auth_without_secret is None:
            pytest.skip("Give the fixture `auth_without_secret` to have a missing secret checked.")
        try:
            await self.applied(auth_without_secret)
        except SecretMissingError as error:
            if not error.source:
                broken("The SecretMissingError does not say where the secret was sought.")
            return
        except Exception as error:  # noqa: BLE001 - any other class is the fault that is sought
            broken(f"A missing secret raised {error!r}, not SecretMissingError.")
        broken("apply() succeeded without a secret.")

    async def test_it_leaves_no_tasks(self, auth: Auth) -> None:
        """Nothing runs on after a request has its credentials."""
        async with no_tasks_left("The auth"):
            await within(self.limit_s, auth.refused(await self.applied(auth), 401), "refused()")

    def require_secret(self) -> None:
        """Insist that the subclass says what the secret is."""
        if not self.secret:
            broken("Set `secret` on the test class to the secret that `auth` uses.")


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Collect every log record of the block, arguments and tracebacks included."""
    records: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(f"{self.format(record)} {record.args!r}")

    root, collector = logging.getLogger(), Collector(level=logging.NOTSET)
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.NOTSET)
    try:
        yield records
    finally:
        root.setLevel(level)
        root.removeHandler(collector)
