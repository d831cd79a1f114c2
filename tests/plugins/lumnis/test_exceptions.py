"""Exceptions: what they carry, what they hide, and which one a failed call raises."""

import builtins
import copy
import pickle

import pytest
from support.lumnis_clients import snapshot

from jackfield.testing import Hold, Reply, json_reply
from jackfield_lumnis import exceptions
from jackfield_lumnis.exceptions import (
    AuthenticationError,
    ErrorCode,
    FileAccessDeniedError,
    FileNotFoundError,  # noqa: A004 - ours
    FileOperationError,
    LocalFileNotSupported,
    LumnisAIError,
    MissingUserId,
    NotFoundError,
    NotImplementedYetError,
    RateLimitError,
    TenantScopeUserIdConflict,
    TransportError,
    ValidationError,
)
from jackfield_lumnis.sanitise import clean_detail, clean_text, is_secret_name

KEY = "sk-" + "a1" * 12
UUID = "550e8400-e29b-41d4-a716-446655440000"
DEFAULT_CODES = {
    LumnisAIError: "UNKNOWN",
    TransportError: "NETWORK_ERROR",
    AuthenticationError: "UNAUTHORIZED",
    NotFoundError: "NOT_FOUND",
    RateLimitError: "RATE_LIMIT_EXCEEDED",
    NotImplementedYetError: "NOT_IMPLEMENTED",
    ValidationError: "INVALID_PARAMETERS",
    FileOperationError: "UNKNOWN",
    FileNotFoundError: "NOT_FOUND",
    FileAccessDeniedError: "FORBIDDEN",
}


@pytest.mark.parametrize(("kind", "code"), DEFAULT_CODES.items(), ids=lambda each: str(each))
def test_each_class_has_a_code_that_can_be_changed(kind, code):
    error = kind("told", code=ErrorCode.UNKNOWN)
    assert kind("told").code == code
    assert error.code is ErrorCode.UNKNOWN
    assert (str(error), error.message, error.detail) == ("told", "told", {})


@pytest.mark.parametrize(
    "error",
    [
        MissingUserId(),
        TenantScopeUserIdConflict(),
        LocalFileNotSupported("./a.txt"),
        RateLimitError("slow", retry_after=7.0, request_id="q", status_code=429),
        FileNotFoundError("gone", detail={"file": "a"}),
        *(kind("told", code="TIMEOUT") for kind in DEFAULT_CODES),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("again", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_exceptions_survive_pickling(error, again):
    error.response_id = "r-1"
    twin = again(error)
    assert type(twin) is type(error)
    assert (str(twin), twin.args, vars(twin)) == (str(error), error.args, vars(error))


def test_a_missing_file_is_also_the_builtin_error():
    error = FileNotFoundError("There is no file 'a'.")
    assert isinstance(error, builtins.FileNotFoundError)
    assert isinstance(error, NotFoundError)
    assert error.errno is not None
    assert str(error) == "There is no file 'a'."
    assert isinstance(FileAccessDeniedError("x"), AuthenticationError)


def test_every_exception_is_exported():
    import jackfield_lumnis

    found = {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, LumnisAIError)
    }
    assert found <= set(jackfield_lumnis.__all__)
    for name in jackfield_lumnis.__all__:
        assert getattr(jackfield_lumnis, name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "APIKey",
        "apikey",
        "x-api-key",
        "OPENAI_API_KEY",
        "accessToken",
        "token",
        "password",
        "db-password",
        "secret",
        "Authorization",
        "bearer",
        "auth",
        "key",
    ],
)
def test_fields_with_secret_names_are_dropped(name):
    assert clean_detail({"a": [{name: "x", "b": 1}]}) == {"a": [{"b": 1}]}


@pytest.mark.parametrize(
    "name",
    ["max_tokens", "author", "keyword", "key_name", "key_id", "auth_mode", "auth_scheme", "monkey"],
)
def test_fields_with_harmless_names_are_kept(name):
    assert not is_secret_name(name)
    assert clean_detail({name: 1}) == {name: 1}


@pytest.mark.parametrize(
    "text", [KEY, KEY.upper(), "Bearer " + "a.b-c" * 5, "bearer\t" + "a" * 25, "x" * 32]
)
def test_texts_that_look_like_keys_are_redacted(text):
    assert clean_text(f"<{text}>") == "<[REDACTED]>"
    assert clean_detail([[("a", {"b": text})]]) == [[["a", {"b": "[REDACTED]"}]]]
    error = ValidationError(f"no: {text}", detail={"x": text})
    assert text not in repr(error) + str(error) + repr(error.detail)


def test_ids_are_kept():
    assert clean_text(f"run {UUID} failed") == f"run {UUID} failed"
    assert clean_text(f"{UUID}0") == "[REDACTED]"
    assert ValidationError("x", detail=["no dict"]).detail == {}


async def failing(lumnis, name="get_response", *args, **kwargs):
    with pytest.raises(LumnisAIError) as caught:
        await lumnis.call(name, *(args or ("r-1",)), **kwargs)
    return caught.value


async def test_the_first_5xx_is_told(lumnis, server):
    cut = Reply(framing="raw", body=b"nonsense")
    server.add(Reply(status=502, headers={"x-request-id": "q"}), cut, cut, cut)
    error = await failing(lumnis)
    assert isinstance(error, TransportError)
    assert (error.status_code, error.request_id) == (502, "q")


async def test_what_is_no_network_error_in_the_end_is_told_as_it_is(lumnis, server):
    server.add(Reply(status=502), Reply(status=404))
    assert isinstance(await failing(lumnis), NotFoundError)


async def test_a_service_that_cannot_be_reached_has_a_code(make):
    error = await failing(make(base_url="http://127.0.0.1:1", max_retries=1))
    assert isinstance(error, TransportError)
    assert (error.code, error.status_code) == (ErrorCode.CONNECTION_ERROR, None)
    assert error.__cause__ is not None


async def test_a_timeout_has_a_code(make, server):
    server.add(Reply(framing="raw", body=[Hold()]))
    error = await failing(make(timeout=0.1, max_retries=0))
    assert (type(error), error.code) == (TransportError, ErrorCode.TIMEOUT)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(headers={"content-type": "text/html"}, body="<html>"),
        Reply(headers={"content-type": "application/json"}, body="{"),
        Reply(headers={"content-type": "text/plain"}, body="{}"),
        json_reply([1]),
        json_reply({"status": "queued"}),
        Reply(status=204),
    ],
    ids=["html", "broken", "text", "array", "fields missing", "empty"],
)
async def test_an_answer_of_another_form_is_a_transport_error(lumnis, server, reply):
    server.add(reply)
    error = await failing(lumnis)
    assert isinstance(error, TransportError)
    assert error.status_code == reply.status
    assert len(server.requests) == 1


async def test_json_of_other_media_types_is_read(lumnis, server):
    body = json_reply(snapshot()).body
    for kind in ({"content-type": "application/problem+json; charset=utf-8"}, {}):
        server.add(Reply(headers=kind, body=body))
        assert (await lumnis.call("get_response", "r-1")).status == "in_progress"


async def test_not_implemented_is_not_repeated(lumnis, server):
    server.add(Reply(status=501))
    assert isinstance(await failing(lumnis), NotImplementedYetError)
    assert len(server.requests) == 1


@pytest.mark.parametrize("header", ["60", "0.5"])
async def test_a_read_waits_for_as_long_as_it_is_asked_to(lumnis, server, clock, header):
    server.add(Reply(status=429, headers={"retry-after": header}), json_reply(snapshot()))
    await lumnis.call("get_response", "r-1")
    assert clock.slept == [float(header)]


async def test_a_read_does_not_wait_for_minutes(lumnis, server):
    server.add(Reply(status=429, headers={"retry-after": "61"}))
    error = await failing(lumnis)
    assert isinstance(error, RateLimitError)
    assert error.retry_after == 61


async def test_a_refusal_that_names_a_code_has_that_code(lumnis, server):
    server.add(json_reply({"error": {"code": "INVALID_API_KEY", "message": "x"}}, status=401))
    server.add(json_reply({"error": {"code": ["odd"], "message": "x"}}, status=401))
    assert (await failing(lumnis)).code == ErrorCode.INVALID_API_KEY
    assert (await failing(lumnis)).code == ErrorCode.UNAUTHORIZED


@pytest.mark.parametrize(
    ("status", "expected"), [(404, FileNotFoundError), (403, FileAccessDeniedError)]
)
@pytest.mark.parametrize("name", ["get_file", "download_file", "delete_file", "get_file_status"])
async def test_calls_for_one_file_have_errors_of_their_own(lumnis, server, status, expected, name):
    server.add(Reply(status=status))
    error = await failing(lumnis, name, "f-1")
    assert type(error) is expected
    assert error.status_code == status
