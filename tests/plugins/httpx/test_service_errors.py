"""Error answers of services: spec/openrouter.md, 13, and spec/rulings.md."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jackfield.answer import error_info
from jackfield.errors import (
    AuthenticationError,
    ContextOverflowError,
    ProtocolError,
    ProviderError,
    RateLimitError,
)
from jackfield_httpx.service_errors import (
    error_from_object,
    error_from_response,
    is_retryable_status,
)


def made(status: int, body: object = b"", **headers: str) -> ProviderError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_from_response("acme", status, fields, raw)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"error": {"message": "bad", "code": 400}}, "bad"),
        ({"error": "bad"}, "bad"),
        ({"error": {"code": 1, "message": ""}}, "Bad Request"),
        ({"message": "bad"}, "bad"),
        ({"detail": "bad"}, "bad"),
        ({"detail": [{"loc": ["body", "model"], "msg": "missing"}, {"msg": "x"}]},
         "body.model: missing; x"),
        ({"object": "error", "message": "bad", "type": "BadRequestError", "code": 400}, "bad"),
        ({"errors": [{"message": "one"}, {"message": "two"}]}, "one; two"),
        ([{"error": {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT"}}], "bad"),
        ({"error": {"message": {"detail": "deep"}}}, "deep"),
        ({"error": ["a", "b"]}, "a; b"),
        ("just a string", "just a string"),
        (b"plain text", "plain text"),
        (b"", "Bad Request"),
        (b"   \n ", "Bad Request"),
        (b'{"error": {"mess', '{"error": {"mess'),
        (b"<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>",
         "502 Bad Gateway"),
        (b"<!DOCTYPE html><html><body><script>a</script><h1>Sorry</h1> &amp; bye</body></html>",
         "Sorry & bye"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ({}, "Bad Request"),
        ([], "Bad Request"),
        (b"null", "null"),
    ],
)  # fmt: skip
def test_every_form_of_body_gives_its_message(body, text):
    assert str(made(400, body)) == f"acme 400: {text}"


def test_long_bodies_are_clipped():
    assert len(made(500, b"x" * 100_000).message) < 600
    assert len(made(500, {"error": {"message": "x" * 100_000}}).message) < 2100


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, "invalid_request", False),
        (401, "authentication", False),
        (402, "payment", False),
        (403, "permission", False),
        (404, "not_found", False),
        (408, "timeout", True),
        (409, "conflict", True),
        (412, "invalid_request", False),
        (413, "context_overflow", False),
        (418, "invalid_request", False),
        (422, "invalid_request", False),
        (425, "unavailable", True),
        (429, "rate_limit", True),
        (500, "server", True),
        (502, "unavailable", True),
        (503, "overloaded", True),
        (504, "timeout", True),
        (524, "timeout", True),
        (529, "overloaded", True),
        (599, "server", True),
    ],
)
def test_the_status_gives_kind_and_whether_to_retry(status, kind, retryable):
    error = made(status)
    assert (error.kind, error.retryable, error.status) == (kind, retryable, status)
    assert is_retryable_status(status) == retryable


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (400, "context_length_exceeded", "context_overflow"),
        (400, "token_limit_exceeded", "context_overflow"),
        (400, "invalid_image", "invalid_request"),
        (403, "content_policy_violation", "content_filter"),
        (403, "refusal", "content_filter"),
        (403, "permission_denied", "permission"),
        (500, "rate_limit_exceeded", "rate_limit"),
        (500, "provider_unavailable", "unavailable"),
        (500, "provider_overloaded", "overloaded"),
        (500, "timeout", "timeout"),
        (500, "unmapped", "server"),
        (418, "unmapped", "invalid_request"),
    ],
)
def test_the_error_type_beats_the_status(status, word, kind):
    for body in (
        {"error": {"message": "x", "metadata": {"error_type": word}}},
        {"error": {"message": "x", "type": word}},
        {"error": {"message": "x", "code": word}},
    ):
        assert made(status, body).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "This endpoint's maximum context length is 8192 tokens",
        "Prompt is too long: 9 > 8",
        "Your input exceeds the context window of this model",
        "The input token count (9) exceeds the maximum number of tokens",
        "maximum prompt length is 131072",
        "Please reduce the length of the messages",
        "request (9 tokens) exceeds the available context size (8 tokens)",
        "is greater than the context length",
        "context window exceeds limit",
        "exceeded model token limit",
        "too large for model with 8192 maximum context length",
        "Input is too long for requested model",
        "TOO MANY TOKENS",
    ],
)
def test_texts_of_overflow(text):
    error = made(400, {"error": {"message": text}})
    assert isinstance(error, ContextOverflowError)
    assert not error.retryable
    raw = made(400, {"error": {"message": "Provider returned error", "metadata": {"raw": text}}})
    assert raw.kind == "context_overflow"
    assert made(429, {"error": {"message": text}}).kind == "rate_limit"


def test_an_upstreams_reason_is_shown():
    raw = '{"error":{"message":"too many images"}}'
    metadata = {"provider_name": "P", "raw": raw, "is_byok": False}
    body = {"error": {"code": 400, "message": "Provider returned error", "metadata": metadata}}
    error = made(400, body)
    assert str(error) == "acme 400: Provider returned error (P: too many images)"
    assert error.details["provider_name"] == "P"


def test_an_upstreams_reason_that_is_no_json_is_clipped():
    body = {"error": {"message": "Provider returned error", "metadata": {"raw": "y" * 9000}}}
    assert 2000 < len(made(500, body).message) < 2100


def test_hints_of_the_service_are_shown():
    body = {"error": {"message": "No.", "metadata": {"remedy_hint": "Add credits."}}}
    assert str(made(400, body)) == "acme 400: No. Add credits."
    body = {"error": {"message": "Gone"}, "availability": {"fallback_models": ["a/b", "c/d"]}}
    assert str(made(404, body)) == "acme 404: Gone. Other models: a/b, c/d."


@pytest.mark.parametrize("told", [True, False])
def test_availability_beats_the_table(told):
    body = {"error": {"message": "x", "availability": {"retryable": told, "retry_after": 3}}}
    assert made(404, body).retryable is told
    assert made(503, body).retryable is told
    assert made(503, body).retry_after_s == 3


def test_availability_codes_give_the_kind():
    def kind(code: str) -> str:
        return made(503, {"error": {"message": "x", "availability": {"code": code}}}).kind

    assert kind("capacity_exhausted") == "rate_limit"
    assert kind("temporarily_unavailable") == "overloaded"
    assert kind("model_not_found") == "not_found"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x_request_id": "a", "request_id": "b", "x_generation_id": "c"}, "a"),
        ({"request_id": "b", "x_generation_id": "c"}, "b"),
        ({"x_generation_id": "c"}, "c"),
        ({}, "body"),
    ],
)
def test_where_the_request_id_comes_from(headers, expected):
    body = {"error": {"message": "x"}, "request_id": "body"}
    assert made(400, body, **headers).request_id == expected


def test_classes_follow_the_kind():
    assert isinstance(made(401), AuthenticationError)
    assert isinstance(made(429), RateLimitError)
    assert "key" in made(401).hint


def test_the_details_reach_the_message():
    previous = [{"provider": "A", "code": 500}]
    metadata = {"error_type": "provider_unavailable", "provider_code": 7,
                "previous_errors": previous}  # fmt: skip
    body = {"error": {"code": 502, "message": "x", "metadata": metadata}}
    info = error_info(made(502, body, retry_after="2"))
    assert (info.code, info.error_type, info.provider_code) == (502, "provider_unavailable", 7)
    assert (info.previous_errors, info.retry_after, info.retryable) == (previous, 2, True)


@pytest.mark.parametrize(
    ("value", "kind", "status", "retryable"),
    [
        ({"code": 429, "message": "x"}, "rate_limit", 429, True),
        ({"error": {"code": "429", "message": "x"}}, "rate_limit", 429, True),
        ({"code": 401, "message": "x"}, "authentication", 401, False),
        ({"message": "x"}, "server", None, True),
        ("x", "server", None, True),
        ({"type": "overloaded_error", "message": "x"}, "overloaded", None, True),
        ({"code": "context_length_exceeded", "message": "x"}, "context_overflow", None, False),
        ({"code": 502, "message": "x", "metadata": {"error_type": "provider_unavailable"}},
         "unavailable", 502, True),
        (None, "server", None, True),
        (7, "server", None, True),
    ],
)  # fmt: skip
def test_errors_inside_a_200(value, kind, status, retryable):
    error = error_from_object("acme", value)
    assert (error.kind, error.status, error.retryable) == (kind, status, retryable)
    assert error.message.startswith("acme")


def test_a_status_that_is_given_beats_the_code():
    assert error_from_object("acme", {"code": 500, "message": "x"}, 400).status == 400


def test_an_error_in_a_stream_keeps_the_request_id():
    error = error_from_object("acme", {"message": "x"}, headers={"x-request-id": "r"})
    assert error.request_id == "r"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**20) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["error", "message", "code", "metadata", "raw", "availability", "detail",
                         "headers", "type", "retry_after", "status", "loc", "fallback_models"]),
        inner, max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.integers(400, 599))
@settings(max_examples=150)
@example({"availability": {"fallback_models": True}}, 400)
@example([[{"loc": True}]], 400)
@example(2**64, 400)
def test_no_body_breaks_the_reading_of_errors(value, status):
    body = json.dumps(value).encode()
    error = error_from_response("acme", status, {}, body)
    assert error.status == status
    assert error.message.startswith(f"acme {status}: ")
    assert not isinstance(error, ProtocolError)
    assert error_from_object("acme", value).message
    assert error_info(error).kind == error.kind


def test_nesting_without_end_does_not_break_the_reading_of_errors():
    for deep in (b"[" * 900 + b"]" * 900, b'{"error":' * 900 + b"1" + b"}" * 900):
        assert error_from_response("acme", 500, {}, deep).status == 500


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reading_of_errors(body):
    assert error_from_response("acme", 500, {"retry-after": repr(body)}, body).message
