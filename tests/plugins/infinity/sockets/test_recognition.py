"""A key that the service takes for nobody's, without saying so, is detected and reported."""

import logging

import pytest
from support.infinity_key import KEY, given_key

from jackfield import Agent, AgentOptions
from jackfield.events import NoticeEvent
from jackfield.models import Model
from jackfield.testing import json_reply, sse_reply
from jackfield_infinity.connection import Connection
from jackfield_infinity.provider import InfinityProvider
from jackfield_infinity.settings import InfinityProviderSettings
from jackfield_infinity.testing import InfinityServer

WRONG = "ia_revoked"


@pytest.fixture
def notices():
    return []


@pytest.fixture
def at(deployed, opened):
    """Give a function that opens a provider at the deployed service, with a key."""

    def open_(key=WRONG, **settings):
        return opened(given_key(key), base_url=deployed.url, **settings)

    return open_


async def test_quota_of_anonymous_callers_is_noticed(at, ask, notices, caplog):
    caplog.set_level(logging.WARNING)
    message = await ask(provider=at(stream=False), notify=notices.append)
    [notice] = notices
    assert isinstance(notice, NoticeEvent)
    assert notice.kind == "anonymous"
    assert "seems not to know the API key" in notice.message
    assert "its quota is 50" in notice.message
    assert notice.details == {"cookie": True, "limit": 50, "stream": False}
    assert message.metadata["anonymous"] is True
    assert message.stop_reason == "stop"
    assert "seems not to know the API key" in caplog.text
    assert WRONG not in caplog.text + repr(notice) + repr(message)


async def test_right_key_is_no_news(at, ask, notices):
    message = await ask(provider=at(KEY, stream=False), notify=notices.append)
    assert notices == []
    assert "anonymous" not in message.metadata
    assert message.metadata["rate_limit"]["limit"] == 100


async def test_key_without_limits_is_no_news(opened, ask, notices):
    with InfinityServer(api_keys={KEY: "enterprise"}) as server:
        await ask(provider=opened(base_url=server.url, stream=False), notify=notices.append)
    assert notices == []


async def test_stream_of_a_service_that_looks_at_no_key_is_noticed(at, ask, notices):
    message = await ask(provider=at(KEY), notify=notices.append)
    [notice] = notices
    assert "cookie infinity_anon_user" in notice.message
    assert "set stream = false" in notice.message
    assert notice.details["stream"] is True
    assert message.metadata["anonymous"] is True


async def test_stream_of_a_service_that_knows_the_key_is_no_news(server, opened, ask, notices):
    await ask(provider=opened(), notify=notices.append)
    assert notices == []


async def test_it_is_told_once_for_each_key_and_marked_on_each_answer(at, ask, notices):
    provider = at(stream=False)
    options = {"provider": provider, "notify": notices.append}
    messages = [await ask(**options), await ask(**options)]
    assert len(notices) == 1
    messages.append(await ask(api_key="ia_other", **options))
    assert len(notices) == 2
    assert all(message.metadata["anonymous"] for message in messages)


async def test_user_who_is_named_is_recognised_by_the_quota(at, ask, notices):
    await ask(provider=at(stream=False, user_id="u"), notify=notices.append)
    assert notices[0].details == {"cookie": False, "limit": 50, "stream": False}


async def test_calls_without_a_key_are_meant_to_be_anonymous(deployed, ask, transport, notices):
    settings = InfinityProviderSettings(base_url=deployed.url, stream=False)
    provider = InfinityProvider("infinity", settings, Connection(settings, transport))
    message = await ask(provider=provider, notify=notices.append)
    assert (notices, "anonymous" in message.metadata) == ([], False)


async def test_key_of_the_environment_counts_as_one(deployed, ask, transport, notices, monkeypatch):
    monkeypatch.setenv("INFINITY_ASSISTANT_API_KEY", WRONG)
    settings = InfinityProviderSettings(base_url=deployed.url, stream=False)
    provider = InfinityProvider("infinity", settings, Connection(settings, transport))
    await ask(provider=provider, notify=notices.append)
    assert len(notices) == 1


async def test_free_key_is_no_news_where_that_is_said(opened, ask, notices):
    with InfinityServer(api_keys={KEY: "free"}) as server:
        settings = {"base_url": server.url, "stream": False, "anonymous_quota": 0}
        await ask(provider=opened(**settings), notify=notices.append)
    assert notices == []


@pytest.mark.parametrize("limit", [None, "50", True, {}])
async def test_quota_that_is_none_leaves_it_to_the_cookie(server, opened, ask, notices, limit):
    told = {"response": "7", "rateLimit": {"limit": limit}}
    cookie = {"set-cookie": "infinity_anon_user=x; Path=/"}
    provider = opened(stream=False)
    server.fail("POST /chat", json_reply(told), json_reply(told, headers=cookie))
    await ask(provider=provider, notify=notices.append)
    assert notices == []
    await ask(provider=provider, notify=notices.append)
    assert len(notices) == 1


async def test_other_cookies_are_no_sign(server, opened, ask, notices):
    headers = {"set-cookie": "session=x"}
    server.fail("POST /chat/stream", sse_reply(["data: [DONE]\n\n"], headers=headers))
    await ask(provider=opened(), notify=notices.append)
    assert notices == []


async def test_run_of_an_agent_tells_its_listeners(at):
    agent = Agent(AgentOptions(stream_fn=at(stream=False).stream))
    agent.set_model(Model(provider="infinity", id="default"))
    told = []
    agent.subscribe(lambda event: told.append(event) if event.type == "notice" else None)
    assert await agent.prompt_text("Hello") == "You said: Hello"
    assert [event.kind for event in told] == ["anonymous"]
