"""Signatures of webhooks: both conventions, everything that is not one, and old events."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield_infinity import InfinityAssistantError
from jackfield_infinity.testing import delivery
from jackfield_infinity.webhooks import data_part, parse_webhook, sign, verify_webhook

SECRET = "s3cr3t"
BODY = (
    '{"event":"chat.message","timestamp":"2026-01-02T03:04:05.000Z","data":{"id":1,"text":"héllo"}}'
).encode()
DATA = '{"id":1,"text":"héllo"}'.encode()
SENT_AT = 1767323045.0


def hex_of(part):
    return hmac.new(SECRET.encode(), part, hashlib.sha256).hexdigest()


def code_of(*args, **kwargs):
    with pytest.raises(InfinityAssistantError) as caught:
        parse_webhook(*args, **kwargs)
    return caught.value.code


@pytest.mark.parametrize("part", [BODY, DATA], ids=["body", "data"])
def test_either_convention_is_understood(part):
    assert verify_webhook(BODY, hex_of(part), SECRET)


def test_one_convention_can_be_insisted_on():
    assert verify_webhook(BODY, hex_of(BODY), SECRET, scheme="body")
    assert verify_webhook(BODY, hex_of(DATA), SECRET, scheme="data")
    assert not verify_webhook(BODY, hex_of(BODY), SECRET, scheme="data")
    assert not verify_webhook(BODY, hex_of(DATA), SECRET, scheme="body")


@pytest.mark.parametrize("part", [BODY, DATA], ids=["body", "data"])
@pytest.mark.parametrize("index", range(len(BODY) - 26, len(BODY) - 1))
def test_one_flipped_byte_of_the_data_is_found(part, index):
    flipped = bytearray(BODY)
    flipped[index] ^= 1
    assert not verify_webhook(bytes(flipped), hex_of(part), SECRET)


@given(st.integers(min_value=0, max_value=63), st.sampled_from("0123456789abcdef"))
def test_one_changed_digit_of_the_signature_is_found(index, digit):
    right = hex_of(DATA)
    wrong = right[:index] + digit + right[index + 1 :]
    assert verify_webhook(BODY, wrong, SECRET) == (wrong == right)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "ab",
        hex_of(BODY)[:-1],
        hex_of(BODY) + "0",
        hex_of(BODY) + "\n",
        hex_of(BODY).upper(),
        f"sha256={hex_of(BODY)}",
        "z" * 64,
        "é" * 64,
        "٣" * 64,
        hex_of(BODY).encode(),
        0,
    ],
)
def test_what_is_no_signature_is_wrong_and_no_error(signature):
    assert verify_webhook(BODY, signature, SECRET) is False


@given(st.text())
def test_no_text_is_an_error(signature):
    assert verify_webhook(BODY, signature, SECRET) is False


@given(st.binary())
def test_no_body_is_an_error(body):
    assert verify_webhook(body, hex_of(DATA), SECRET) is False


def test_another_secret_is_wrong():
    assert not verify_webhook(BODY, hex_of(BODY), "another")


def test_the_key_is_the_text_of_the_secret():
    secret = "A" * 43  # as the service draws them: it is not decoded
    assert verify_webhook(BODY, sign(DATA, secret), secret)
    assert sign(DATA, secret) == hmac.new(b"A" * 43, DATA, "sha256").hexdigest()


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"data":', b'"data":1', b"}", b'{"event":"x"}', b'{"data" :1}', b"\xff"],
)
def test_body_without_data_has_no_signed_data(body):
    assert not verify_webhook(body, hex_of(b""), SECRET, scheme="data")


@pytest.mark.parametrize(
    "data", [None, 7, "text", [1, {"data": 2}], {"data": {"data": 1}}, {"a": '"data":'}, {"b": "}"}]
)
def test_any_value_can_be_the_data(data):
    sent = delivery("chat.message", data, SECRET)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    assert data_part(sent.body) == text
    assert sent.signature == hex_of(text)
    assert parse_webhook(sent.body, sent.signature, SECRET)["data"] == data


@given(st.recursive(st.none() | st.text() | st.integers(-9, 9), lambda s: st.lists(s)), st.text())
def test_signed_data_is_what_is_parsed(data, event):
    text = json.dumps({"event": event, "timestamp": "t", "data": data}, separators=(",", ":"))
    part = data_part(text.encode())
    assert part is not None
    assert json.loads(part) == data
    assert parse_webhook(text.encode(), hex_of(part), SECRET, scheme="data")["event"] == event


@pytest.mark.parametrize(
    "forged",
    [
        '{"event":"x","timestamp":"t","data":{"evil":1},"data":%s}',
        '{"event":"x","timestamp":"t","data" :{"evil":1},"data":%s}',
        '{"event":"x","timestamp":"t","data":%s,"data" :{"evil":1}}',
        '{"event":"x","timestamp":"t","d\\u0061ta":{"evil":1},"data":%s}',
        '{"event":{"data":%s},"timestamp":"t","data":{"evil":1}}',
        '[{"data":%s}]',
        '{"event":"x","timestamp":"t","data":%s}{"evil":1}',
    ],
)
def test_signed_data_cannot_be_put_beside_other_data(forged):
    body = (forged % DATA.decode()).encode()
    try:
        event = parse_webhook(body, hex_of(DATA), SECRET)
    except InfinityAssistantError:
        return
    assert event["data"] == json.loads(DATA)


def test_event_is_what_was_told():
    event = parse_webhook(BODY, hex_of(DATA), SECRET)
    assert event == {
        "event": "chat.message",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "data": {"id": 1, "text": "héllo"},
        "signature": hex_of(DATA),
    }


def test_wrong_signature_has_a_code():
    assert code_of(BODY, hex_of(b"other"), SECRET) == "INVALID_SIGNATURE"
    assert code_of(BODY, None, SECRET) == "INVALID_SIGNATURE"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[1]",
        b'{"timestamp":"t","data":1}',
        b'{"event":"x","data":1}',
        b'{"event":1,"timestamp":"t","data":1}',
        b'{"event":"x","timestamp":"t"}',
        b"[" * 100_000,
    ],
)
def test_signed_nonsense_is_no_event(body):
    assert code_of(body, hex_of(body), SECRET, scheme="body") == "INVALID_PAYLOAD"


def test_half_an_emoji_is_mended():
    body = b'{"event":"x","timestamp":"t","data":"\\ud83d"}'
    assert parse_webhook(body, hex_of(body), SECRET)["data"] == "\ufffd"


@pytest.mark.parametrize("age", [0, 299, -299, 300])
def test_young_event_is_let_through(age):
    event = parse_webhook(BODY, hex_of(BODY), SECRET, max_age=300, clock=lambda: SENT_AT + age)
    assert event["event"] == "chat.message"


@pytest.mark.parametrize("age", [301, -301, 1e9])
def test_event_of_another_time_is_stale(age):
    found = code_of(BODY, hex_of(BODY), SECRET, max_age=300, clock=lambda: SENT_AT + age)
    assert found == "STALE_TIMESTAMP"


def test_timestamp_without_a_zone_is_utc():
    sent = delivery("x", 1, SECRET, timestamp="2026-01-02T03:04:05")
    assert parse_webhook(sent.body, sent.signature, SECRET, max_age=1, clock=lambda: SENT_AT)


def test_timestamp_that_is_none_is_refused_only_where_it_counts():
    sent = delivery("x", 1, SECRET, timestamp="yesterday")
    assert parse_webhook(sent.body, sent.signature, SECRET)["timestamp"] == "yesterday"
    assert code_of(sent.body, sent.signature, SECRET, max_age=300) == "INVALID_PAYLOAD"


def test_mistakes_of_the_program_are_errors():
    with pytest.raises(TypeError, match="bytes as they came, not str"):
        verify_webhook(BODY.decode(), hex_of(BODY), SECRET)
    with pytest.raises(ValueError, match="anybody could sign"):
        verify_webhook(BODY, sign(BODY, ""), "")
    with pytest.raises(ValueError, match="no scheme 'both'"):
        verify_webhook(BODY, hex_of(BODY), SECRET, scheme="both")
