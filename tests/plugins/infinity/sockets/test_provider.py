"""The provider at a service with state: what it sends, what the answer says."""

import asyncio

import pytest
from pydantic import ValidationError

from jackfield.contracts import StreamOptions
from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    TextContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
    extract_text,
)
from jackfield.models import Model
from jackfield.testing import Hold, ProviderContract
from jackfield.testing.context_samples import long_context, short_context
from jackfield.testing.manifest_contract import ManifestContract
from jackfield.tools import AgentTool
from jackfield_infinity.settings import InfinityProviderSettings
from jackfield_infinity.testing import InfinityServer, Turn

MODEL = Model(provider="infinity", id="default")
STREAM = "POST /chat/stream"


def contexts():
    """Return the contexts of the suite without tools, for which the service has no place."""
    long = long_context()
    long.tools = None
    return [short_context(), long]


class TestContract(ProviderContract):
    def contexts(self):
        return contexts()

    @pytest.fixture
    def server(self):  # the suite's own is None
        with InfinityServer() as server:
            yield server

    @pytest.fixture
    def provider(self, opened):
        return opened()

    @pytest.fixture
    def failing_provider(self, opened):
        return opened(base_url="http://127.0.0.1:9", max_retries=0)


class TestContractWithoutStreams(ProviderContract):
    def contexts(self):
        return contexts()

    @pytest.fixture
    def server(self):
        with InfinityServer(routes="published") as server:
            yield server

    @pytest.fixture
    def provider(self, opened):
        return opened(stream=False)

    @pytest.fixture
    def failing_provider(self, opened):
        return opened(base_url="http://127.0.0.1:9", max_retries=0, stream=False)


class TestPackage(ManifestContract):
    distribution = "jackfield-infinity"


@pytest.mark.parametrize("dialect", ["deployed", "sdk", "page", "json"])
@pytest.mark.parametrize("routes", ["published", "deployed", "both"])
async def test_answer_is_whole_whatever_the_service_speaks(opened, ask, routes, dialect):
    text = "  One two three four five — six?\n\n seven "
    with InfinityServer(text, routes=routes, dialect=dialect) as server:
        message = await ask(provider=opened(base_url=server.url))
    assert extract_text(message) == text
    assert (message.stop_reason, message.error) == ("stop", None)
    assert message.metadata["conversation_id"] == "conv_1"


async def test_text_comes_while_it_is_written(server, opened, asked):
    hold = Hold()
    server.plan(Turn(pieces=["One", hold, " two"]))
    stream = opened().stream(MODEL, asked(), StreamOptions())
    seen = [await anext(stream) for _ in range(3)]
    assert [event.type for event in seen] == ["start", "text_start", "text_delta"]
    assert seen[-1].delta == "One"
    hold.release()
    rest = [event async for event in stream]
    assert [event.delta for event in rest if event.type == "text_delta"] == [" two"]
    assert rest[-1].type == "done"


@pytest.mark.parametrize("stream", [True, False])
async def test_message_has_what_the_service_says(server, opened, ask, stream):
    noticed = {"phase": {"from": "idle", "to": "plan", "confidence": 0.9}}
    server.plan(Turn(text="7", tokens=12, events=noticed if stream else {}))
    message = await ask(provider=opened(stream=stream))
    assert extract_text(message) == "7"
    assert message.metadata["conversation_id"] == "conv_1"
    assert message.usage.total_tokens == 12
    assert (message.provider, message.api, message.model) == ("infinity", "infinity", "default")
    if stream:
        assert message.metadata["infinity"]["phase"] == noticed["phase"]
    else:
        assert message.response_model == "infinity-agent"
        assert message.metadata["rate_limit"]["limit"] == 100


async def test_id_of_the_message_is_kept(opened, ask):
    with InfinityServer(routes="published") as server:
        message = await ask(provider=opened(base_url=server.url, stream=False))
    assert message.response_id == "msg_1"


async def test_next_question_goes_on_in_the_conversation_and_sends_only_what_is_new(server, ask):
    first = await ask("Name a prime.")
    await ask("Name a prime.", first, "And the next one?")
    sent = [request.json() for request in server.received(STREAM)]
    assert sent == [
        {"message": "Name a prime."},
        {"message": "And the next one?", "conversationId": "conv_1"},
    ]
    assert len(server.state.conversations["conv_1"]) == 4


async def test_session_keeps_its_conversation_also_without_the_history(server, opened, ask):
    provider = opened()
    await ask("One", provider=provider, session_id="s")
    await ask("Two", provider=provider, session_id="s")
    await ask("Three", provider=provider, session_id="other")
    await ask("Four", provider=provider)
    sent = [each.json().get("conversationId") for each in server.received(STREAM)]
    assert sent == [None, "conv_1", None, None]


async def test_session_is_kept_also_when_the_answer_is_left_early(server, opened, asked, ask):
    hold = Hold()
    server.plan(Turn(pieces=["One", hold]))
    provider = opened()
    stream = provider.stream(MODEL, asked(), StreamOptions(session_id="s"))
    async for event in stream:
        if event.type == "text_delta":
            break
    await stream.aclose()
    await ask("Go on", provider=provider, session_id="s")
    assert server.received(STREAM)[1].json()["conversationId"] == "conv_1"


async def test_conversation_of_another_user_is_not_gone_on_with(server, opened, ask):
    provider = opened(user_id="user-7")
    first = await ask("One", provider=provider, session_id="s")
    metadata = {"user_id": "user-8"}
    await ask("One", first, "Two", provider=provider, session_id="s", metadata=metadata)
    second = server.received(STREAM)[1].json()
    assert second["userId"] == "user-8"
    assert "conversationId" not in second
    assert second["message"] == "User: One\n\nAssistant: You said: One\n\nUser: Two"


async def test_history_of_other_models_is_told_in_words(server, ask):
    call = ToolCallContent(id="c", name="add", arguments={"a": 1})
    result = ToolResultMessage(
        tool_call_id="c", tool_name="add", content=[TextContent(text="3")], timestamp=1
    )
    answer = AssistantMessage(
        content=[TextContent(text="I add."), call], provider="other", stop_reason="tool_calls"
    )
    await ask("What is 1 + 2?", answer, result, "Thanks. And now?")
    [request] = server.received(STREAM)
    assert request.json()["message"] == (
        "User: What is 1 + 2?\n\n"
        'Assistant: I add.\n[Called add with {"a": 1}]\n\n'
        "Result of add: 3\n\n"
        "User: Thanks. And now?"
    )


async def test_several_messages_of_the_user_are_one(server, ask):
    await ask("One", "Two")
    assert server.received(STREAM)[0].json()["message"] == "One\n\nTwo"


async def test_images_are_told_in_words(server, ask):
    shown = ImageContent(url="https://example.com/a.png")
    data = ImageContent(url="data:image/png;base64,AAAA", mime_type="image/png")
    await ask(UserMessage(content=[TextContent(text="What is this?"), shown, data]))
    message = server.received(STREAM)[0].json()["message"]
    assert message == "What is this?\n[image: https://example.com/a.png]\n[an image]"


@pytest.mark.parametrize(
    ("model", "first", "second"),
    [
        ("default", {"message": "One", "userContext": "Be brief."}, {"userContext": "Be brief."}),
        (
            "assist",
            {"message": "One", "userContext": "Be brief.", "mode": "assist"},
            {"userContext": "Be brief.", "mode": "assist"},
        ),
        ("search", {"message": "Be brief.\n\nOne", "mode": "search"}, {"mode": "search"}),
        ("build", {"message": "Be brief.\n\nOne", "mode": "build"}, {"mode": "build"}),
    ],
)
async def test_system_prompt_goes_where_the_mode_has_a_place_for_it(
    server, ask, asked, model, first, second
):
    answer = await ask(model=model, context=asked("One", system_prompt="Be brief."))
    await ask(model=model, context=asked("One", answer, "Two", system_prompt="Be brief."))
    rest = {"message": "Two", "conversationId": "conv_1"}
    assert [each.json() for each in server.received(STREAM)] == [first, rest | second]


async def test_settings_are_fields_of_each_chat(server, opened, ask):
    provider = opened(
        user_id="u",
        user_tier="pro",
        preferences={"communicationStyle": "concise"},
        essence={"voiceTone": "playful"},
        extra_fields={"drivingMode": {"enabled": True}},
    )
    message = await ask(provider=provider)
    assert server.received(STREAM)[0].json() == {
        "message": "Name a prime.",
        "userId": "u",
        "userTier": "pro",
        "preferences": {"communicationStyle": "concise"},
        "essence": {"voiceTone": "playful"},
        "drivingMode": {"enabled": True},
    }
    assert message.metadata["user_id"] == "u"


async def test_key_and_headers_of_the_call_are_sent(server, ask):
    message = await ask(api_key="ia_another", headers={"x-trace": "t"})
    assert message.error.kind == "authentication"
    [request] = server.requests
    assert request.headers["x-api-key"] == "ia_another"
    assert request.headers["x-trace"] == "t"
    assert "ia_another" not in repr(message)


async def test_cookie_makes_anonymous_calls_those_of_one_user(deployed, opened, ask, transport):
    from jackfield_infinity.connection import Connection
    from jackfield_infinity.provider import InfinityProvider

    settings = InfinityProviderSettings(base_url=deployed.url)
    provider = InfinityProvider("infinity", settings, Connection(settings, transport))
    for _ in range(3):
        await ask(provider=provider)
    assert deployed.state.spent == {"anon_1": 3}
    assert all("x-api-key" not in request.headers for request in deployed.requests)


async def test_route_that_works_is_remembered(opened, ask):
    with InfinityServer(routes="published") as server:
        provider = opened(base_url=server.url)
        for _ in range(3):
            await ask(provider=provider)
        assert [len(server.received(path)) for path in (STREAM, "POST /chat")] == [1, 3]


async def test_models_are_the_modes(opened):
    infos = await opened().models()
    assert [info.id for info in infos] == ["default", "assist", "search", "build"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"model": "gpt-4o"}, "has no model 'gpt-4o'"),
        ({"tool_choice": "required"}, "tool choice 'required'"),
        ({"response_schema": {"type": "object"}}, "form of a schema"),
    ],
)
async def test_what_cannot_be_done_is_an_error_before_anything_is_sent(server, ask, fields, text):
    message = await ask(**fields)
    assert text in message.error_message
    assert message.error.kind == "unsupported"
    assert server.requests == []


async def test_tools_of_the_agent_are_refused_unless_they_are_not_to_be_used(server, ask, asked):
    tool = AgentTool(name="clock", description="Tell the time.")
    message = await ask(context=asked("What time is it?", tools=[tool]))
    assert "cannot call the tools of the agent: clock" in message.error_message
    assert server.requests == []
    message = await ask(context=asked("Hello", tools=[tool]), tool_choice="none")
    assert message.stop_reason == "stop"


@pytest.mark.parametrize("texts", [(" ",), ("One", None)])
async def test_nothing_new_is_an_error(server, ask, texts):
    first = await ask("One")
    message = await ask(*(first if text is None else text for text in texts))
    assert "nothing to ask" in message.error_message
    assert len(server.requests) == 1


async def test_many_answers_at_once_do_not_mix(opened, ask):
    provider = opened()
    texts = [f"question {number}" for number in range(20)]
    messages = await asyncio.gather(*[ask(text, provider=provider) for text in texts])
    assert [extract_text(message) for message in messages] == [f"You said: {t}" for t in texts]
    assert len({message.metadata["conversation_id"] for message in messages}) == 20


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "infinityassistant.io/api"},
        {"profile": "newest"},
        {"extra_fields": {"message": "x"}},
        {"extra_fields": {"stream": True}},
        {"extra_fields": {"user_id": "u"}},
        {"user_id": ""},
        {"anonymous_quota": -1},
        {"unknown": 1},
    ],
)
def test_wrong_settings_are_refused(settings):
    with pytest.raises(ValidationError):
        InfinityProviderSettings(**settings)
