"""The shared streams through both providers: the same bytes, the same events, the same message.

Source: spec/alchemy.md, 9 ("equality"), 11 (26).
"""

import random

import pytest
from support.chat_answers import events_of
from support.chat_equality import seen
from support.chat_streams import stream_cases

from jackfield.testing import Reply
from jackfield_openai.provider import OpenAIProvider
from jackfield_openai.settings import OpenAISettings

DIFFERENCES: dict[str, str] = {}
"""Why an answer of `alchemy` may differ from that of `openai`, by the name of the stream."""


@pytest.fixture
def both(provider_at, loopback, transport, clock):
    """Give the provider `openai` and ours, both before the loopback server."""
    settings = OpenAISettings(base_url=f"{loopback.url}/v1", max_retries=0)
    theirs = OpenAIProvider("lab", settings, transport, clock=clock)
    return theirs, provider_at(max_retries=0)


def reply_of(case, pieces):
    return Reply(headers={"content-type": case.content_type}, body=pieces, framing="chunked")


async def test_events_and_message_equal_those_of_openai(stream_case, both, loopback):
    loopback.default = reply_of(stream_case, [stream_case.body])
    expected, found = [seen(*await events_of(provider)) for provider in both]
    assert (found != expected) is (stream_case.name in DIFFERENCES)
    if stream_case.name not in DIFFERENCES:
        assert found == expected


async def test_answer_is_what_the_fixture_says(stream_case, provider_at, loopback):
    loopback.default = reply_of(stream_case, [stream_case.body])
    events, message = await events_of(provider_at(max_retries=0))
    stream_case.check(events, message)


async def test_cuts_of_the_network_change_nothing(stream_case, both, loopback):
    (theirs, ours), chance, body = both, random.Random(stream_case.name), stream_case.body
    loopback.default = reply_of(stream_case, [body])
    expected = seen(*await events_of(theirs))
    for most in (1, 7, 40):  # byte by byte, and at random
        pieces, at = [], 0
        while at < len(body):
            size = chance.randint(1, most)
            pieces.append(body[at : at + size])
            at += size
        loopback.default = reply_of(stream_case, pieces)
        events, message = await events_of(ours)
        stream_case.check(events, message)
        assert (seen(events, message) != expected) is (stream_case.name in DIFFERENCES)


def test_differences_name_streams_that_there_are():
    assert set(DIFFERENCES) <= {case.name for case in stream_cases("alchemy")}
