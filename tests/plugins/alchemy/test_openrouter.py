"""OpenRouter through the binding: asked as by `openrouter`, its answers read as by `openai`.

What that leaves out stands in docs/how-to/use-the-rust-provider.md, too.
"""

import json

import pytest
from support.chat_answers import events_of
from support.chat_equality import seen
from support.chat_streams import stream_cases

from jackfield import StreamOptions
from jackfield.messages import ThinkingContent
from jackfield.testing import Reply
from jackfield_alchemy.provider import AlchemyOpenRouterProvider
from jackfield_alchemy.settings import AlchemyOpenRouterSettings
from jackfield_openrouter.provider import OpenRouterProvider
from jackfield_openrouter.settings import OpenRouterSettings

OPTIONS = StreamOptions(api_key="k-1234567")
DETAILS_ALONE = "thinking-encrypted"
"""Its `reasoning_details` come without a text: here they are no thinking part."""


@pytest.fixture
def both(loopback, transport, clock):
    """Give the provider `openrouter` and ours, both before the loopback server."""
    fields = {"base_url": f"{loopback.url}/v1", "max_retries": 0}
    theirs = OpenRouterProvider("lab", OpenRouterSettings(**fields), transport, clock=clock)
    settings = AlchemyOpenRouterSettings(**fields)
    return theirs, AlchemyOpenRouterProvider("lab", settings, transport, clock=clock)


def without_extras(events, message):
    """Return what an answer says, without its API, cost and signatures of thinking."""
    told_events, told = seen(events, message)
    del told["api"], told["usage"]["cost"]
    for part in told["content"]:
        part.pop("thinking_signature", None)
    told["metadata"].pop("cost_unknown", None)
    return told_events, told


def cases():
    found = [case for case in stream_cases("openrouter") if case.name != DETAILS_ALONE]
    return [pytest.param(case, id=case.name) for case in found]


@pytest.mark.parametrize("case", cases())
async def test_answers_are_those_of_openrouter_without_its_extras(case, both, loopback):
    loopback.default = Reply(headers={"content-type": case.content_type}, body=case.body)
    expected, found = [without_extras(*await events_of(each, OPTIONS)) for each in both]
    assert found == expected
    assert [request.body for request in loopback.requests[:1]] == [loopback.requests[1].body]


def case_of(name):
    return next(case for case in stream_cases("openrouter") if case.name == name)


async def told_by_both(name, both, loopback):
    loopback.default = Reply(headers={"content-type": "text/event-stream"}, body=case_of(name).body)
    return [(await events_of(provider, OPTIONS))[1] for provider in both]


async def test_cost_is_not_read(both, loopback):
    theirs, ours = await told_by_both("text", both, loopback)
    assert theirs.usage.cost.total == 0.0012
    assert ours.usage.cost.total == 0.0
    assert (ours.usage.input, ours.usage.output) == (theirs.usage.input, theirs.usage.output)


async def test_signatures_of_thinking_are_not_kept(both, loopback):
    theirs, ours = await told_by_both("thinking-details", both, loopback)
    assert json.loads(theirs.content[0].thinking_signature)[0]["signature"] == "SIG"
    assert ours.content[0].thinking == theirs.content[0].thinking
    assert ours.content[0].thinking_signature == "reasoning"


async def test_details_without_a_text_are_not_kept(both, loopback):
    theirs, ours = await told_by_both(DETAILS_ALONE, both, loopback)
    assert isinstance(theirs.content[1], ThinkingContent)
    assert ours.content == theirs.content[:1]
    assert ours.stop_reason == theirs.stop_reason


async def test_errors_name_the_provider_as_the_configuration_does(both, loopback):
    theirs, ours = await told_by_both("error-first", both, loopback)
    assert ours.error_message == theirs.error_message
    assert ours.error.provider_name == theirs.error.provider_name == "lab"
