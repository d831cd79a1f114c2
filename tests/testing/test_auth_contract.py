"""The contract suite of auths: right ones pass, each faulty one is caught."""

import asyncio
import logging
from dataclasses import dataclass, replace

import pytest

from jackfield.builtins import auth_env
from jackfield.errors import SecretMissingError
from jackfield.testing import AuthContract, run_suite

SECRET = "sk-very-secret-indeed"


class TestEnv(AuthContract):
    secret = SECRET

    @pytest.fixture
    def auth(self, monkeypatch):
        monkeypatch.setenv("SOME_KEY", SECRET)
        return auth_env.open_auth(auth_env.EnvSettings(variable="SOME_KEY"))

    @pytest.fixture
    def auth_without_secret(self):
        return auth_env.open_auth(auth_env.EnvSettings(variable="NO_SUCH_KEY"))


class Bearer:
    """A right auth."""

    key = SECRET

    async def apply(self, request):
        return replace(request, headers=request.headers | {"authorization": f"Bearer {self.key}"})

    async def refused(self, request, status):
        return False


class TestBearer(AuthContract):
    secret = SECRET

    @pytest.fixture
    def auth(self):
        return Bearer()

    @pytest.fixture
    def auth_without_secret(self):
        return Missing()


class Missing(Bearer):
    async def apply(self, request):
        raise SecretMissingError("There is no key.", source="thin air")


class NoRefused:
    apply = Bearer.apply


class ReturnsHeaders(Bearer):
    async def apply(self, request):
        return {"authorization": self.key}


class AddsNothing(Bearer):
    async def apply(self, request):
        return replace(request, headers=dict(request.headers))


class InPlace(Bearer):
    async def apply(self, request):
        request.headers["authorization"] = self.key
        return request


class SharesHeaders(Bearer):
    async def apply(self, request):
        done = await super().apply(request)
        return replace(done, headers=_Shared(request.headers, done.headers))


class _Shared(dict):
    def __init__(self, given, values):
        super().__init__(values)
        self.given = given

    def __setitem__(self, name, value):
        self.given[name] = value


class InTheBody(Bearer):
    async def apply(self, request):
        return replace(await super().apply(request), body=b'{"key": "x"}')


class OtherHost(Bearer):
    async def apply(self, request):
        done = await super().apply(request)
        return replace(done, url=request.url.replace("api.", "proxy."))


class DropsHeaders(Bearer):
    async def apply(self, request):
        return replace(request, headers={"authorization": self.key})


class UpperCase(Bearer):
    async def apply(self, request):
        return replace(request, headers=request.headers | {"Authorization": self.key})


class WithNewline(Bearer):
    key = SECRET + "\n"


class Doubles(Bearer):
    async def apply(self, request):
        return replace(await super().apply(request), url=f"{request.url}&key=x")


@dataclass
class InRepr(Bearer):
    key: str = SECRET


class Logs(Bearer):
    async def apply(self, request):
        logging.getLogger("some.plugin").debug("using %s", self.key)
        return await super().apply(request)


class InMetadata(Bearer):
    async def apply(self, request):
        done = await super().apply(request)
        return replace(done, metadata={"key": self.key})


class RefusedSaysNothing(Bearer):
    async def refused(self, request, status):
        pass


class AlwaysRetries(Bearer):
    async def refused(self, request, status):
        return True


class LeavesATask(Bearer):
    async def refused(self, request, status):
        _kept.append(asyncio.ensure_future(asyncio.sleep(10)))
        return False


class OneAtATime(Bearer):
    busy = False

    async def apply(self, request):
        if self.busy:
            return request
        self.busy = True
        await asyncio.sleep(0)
        self.busy = False
        return await super().apply(request)


class Hangs(Bearer):
    async def apply(self, request):
        await asyncio.Event().wait()


_kept = []
FAULTS = [
    NoRefused,
    ReturnsHeaders,
    AddsNothing,
    InPlace,
    SharesHeaders,
    InTheBody,
    OtherHost,
    DropsHeaders,
    UpperCase,
    WithNewline,
    Doubles,
    InRepr,
    Logs,
    InMetadata,
    RefusedSaysNothing,
    AlwaysRetries,
    LeavesATask,
    OneAtATime,
    Hangs,
]


class Impatient(AuthContract):
    limit_s = 0.05
    secret = SECRET


@pytest.mark.parametrize("faulty", FAULTS)
async def test_faulty_auths_are_caught(faulty):
    report = await run_suite(Impatient, auth=faulty)
    while _kept:
        _kept.pop().cancel()
    assert not report.ok


@pytest.mark.parametrize("error", [None, KeyError("HOME"), SecretMissingError("?", source="")])
async def test_a_missing_secret_must_be_told_well(error):
    class Mistaken(Bearer):
        async def apply(self, request):
            if error is not None:
                raise error
            return await super().apply(request)

    report = await run_suite(Impatient, auth=Bearer, auth_without_secret=Mistaken)
    assert list(report.failed) == ["test_a_missing_secret_says_where_it_was_sought"]


async def test_the_failure_does_not_print_the_secret():
    report = await run_suite(Impatient, auth=InRepr)
    assert report.failed
    assert not any(SECRET in str(error) for error in report.failed.values())


async def test_a_suite_without_secret_says_so():
    report = await run_suite(AuthContract, auth=Bearer)
    assert "Set `secret`" in str(report.failed["test_the_secret_is_nowhere_else"])
