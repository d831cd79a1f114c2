"""The provider at a service with state: what it sends, what the answer says."""

import asyncio

import pytest

from jackfield.contracts import StreamOptions
from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    TextContent,
    ThinkingContent,
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
from jackfield_lumnis.testing import LumnisServer, Run, Step, entry, error_reply, tool_call

MODEL = Model(provider="lumnis", id="default")


class TestContract(ProviderContract):
    """All that holds for providers; the agent's own tools are what the service has no place for."""

    def contexts(self):
        long = long_context()
        long.tools = None
        return [short_context(), long]

    @pytest.fixture
    def server(self):  # the suite's own is None
        with LumnisServer() as server:
            yield server

    @pytest.fixture
    def provider(self, opened):
        return opened()

    @pytest.fixture
    def failing_provider(self, opened):
        return opened(base_url="http://127.0.0.1:9", max_retries=0)


class TestPackage(ManifestContract):
    distribution = "jackfield-lumnis"


async def test_progress_comes_while_the_run_goes_on(server, opened, asked):
    hold = Hold()
    plan, find = (
        entry("planning", "Thinking"),
        entry("searching", "Looking", tool_call("find", q=1)),
    )
    server.plan(
        Run(
            steps=[
                Step(progress=[plan]),
                Step(progress=[plan, find], hold=hold),
                Step(status="succeeded", progress=[plan, find], fields={"output_text": "7"}),
            ]
        )
    )
    stream = opened().stream(MODEL, asked(), StreamOptions())
    seen = [await anext(stream) for _ in range(3)]
    assert [event.type for event in seen] == ["start", "thinking_start", "thinking_delta"]
    assert seen[-1].delta == "PLANNING: Thinking\n"
    hold.release()
    rest = [event async for event in stream]
    assert [event.delta for event in rest if event.type.endswith("_delta")] == [
        "SEARCHING: Looking\n\t→ find(q=1)\n",
        "7",
    ]
    assert rest[-1].type == "done"


async def test_message_has_the_ids_and_what_else_the_run_says(server, ask):
    made = [{"artifactId": "a-1", "name": "notes", "parts": [{"kind": "text", "text": "x"}]}]
    server.plan(
        Run.of(
            output_text="7",
            response_title="Primes",
            artifacts=made,
            usage={"input_tokens": 12, "output_tokens": 3},
        )
    )
    message = await ask()
    assert (message.response_id, message.metadata["thread_id"]) == ("r-1", "t-1")
    assert message.metadata["user_id"] == "user-7"
    assert message.metadata["title"] == "Primes"
    assert message.metadata["artifacts"] == [
        {"artifact_id": "a-1", "name": "notes", "parts": made[0]["parts"]}
    ]
    assert (message.usage.input, message.usage.output, message.usage.total_tokens) == (12, 3, 15)
    assert (message.stop_reason, message.raw_stop_reason) == ("stop", "succeeded")
    assert (message.provider, message.api, message.model) == ("lumnis", "lumnis", "default")


async def test_next_question_goes_on_in_the_thread_and_sends_only_what_is_new(server, ask):
    first = await ask("Name a prime.")
    await ask("Name a prime.", first, "And the next one?")
    second = server.received("POST /v1/responses")[1].json()
    assert second["thread_id"] == "t-1"
    assert second["messages"] == [{"role": "user", "content": "And the next one?"}]


async def test_session_keeps_its_thread_also_without_the_history(server, opened, ask):
    provider = opened()
    await ask("One", provider=provider, session_id="s")
    await ask("Two", provider=provider, session_id="s")
    await ask("Three", provider=provider, session_id="other")
    await ask("Four", provider=provider)
    threads = [each.json().get("thread_id") for each in server.received("POST /v1/responses")]
    assert threads == [None, "t-1", None, None]


async def test_conversation_survives_the_end_of_its_thread(server, opened, ask):
    provider = opened()
    first = await ask("One", provider=provider, session_id="s")
    server.state.forget_thread("t-1")
    second = await ask("One", first, "Two", provider=provider, session_id="s")
    assert (second.stop_reason, second.metadata["thread_id"]) == ("stop", "t-2")
    refused, anew = server.received("POST /v1/responses")[1:]
    assert refused.json()["thread_id"] == "t-1"
    assert "thread_id" not in anew.json()
    said = [message["content"] for message in anew.json()["messages"]]
    assert said == ["One", "You said: One", "Two"]
    await ask("Three", provider=provider, session_id="s")
    assert server.received("POST /v1/responses")[-1].json()["thread_id"] == "t-2"


async def test_service_that_knows_no_thread_at_all_is_asked_once_more_only(server, ask):
    first = await ask("One")
    server.fail("POST /v1/responses", *[error_reply(404, "NOT_FOUND", "no")] * 3)
    message = await ask("One", first, "Two")
    assert message.error.kind == "not_found"
    assert len(server.received("POST /v1/responses")) == 3


async def test_thread_of_another_user_is_not_gone_on_with(server, opened, ask):
    provider = opened()
    first = await ask("One", provider=provider, session_id="s")
    metadata = {"user_id": "user-8"}
    await ask("One", first, "Two", provider=provider, session_id="s", metadata=metadata)
    second = server.received("POST /v1/responses")[1].json()
    assert second["user_id"] == "user-8"
    assert "thread_id" not in second
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "user"]


async def test_history_of_other_models_is_told_in_words(server, ask):
    call = ToolCallContent(id="c", name="add", arguments={"a": 1})
    result = ToolResultMessage(
        tool_call_id="c", tool_name="add", content=[TextContent(text="3")], timestamp=1
    )
    answer = AssistantMessage(
        content=[TextContent(text="I add."), call], provider="other", stop_reason="tool_calls"
    )
    await ask("What is 1 + 2?", answer, result, "Thanks. And now?")
    [request] = server.received("POST /v1/responses")
    assert request.json()["messages"] == [
        {"role": "user", "content": "What is 1 + 2?"},
        {"role": "assistant", "content": 'I add.\n[Called add with {"a": 1}]'},
        {"role": "user", "content": "[Result of add] 3"},
        {"role": "user", "content": "Thanks. And now?"},
    ]


async def test_thinking_of_our_own_is_not_sent_back(server, ask):
    mine = AssistantMessage(
        content=[ThinkingContent(thinking="PLANNING: x"), TextContent(text="7")],
        provider="lumnis",
        stop_reason="stop",
    )
    await ask("Name a prime.", mine, "Another")
    [request] = server.received("POST /v1/responses")
    assert request.json()["messages"][1] == {"role": "assistant", "content": "7"}


async def test_system_prompt_is_the_first_message_of_each_run(server, ask, asked):
    first = await ask(context=asked("One", system_prompt="Be brief."))
    await ask(context=asked("One", first, "Two", system_prompt="Be brief."))
    sent = [each.json()["messages"] for each in server.received("POST /v1/responses")]
    system = {"role": "system", "content": "Be brief."}
    assert sent == [
        [system, {"role": "user", "content": "One"}],
        [system, {"role": "user", "content": "Two"}],
    ]


async def test_images_are_files_of_the_run(server, ask):
    image = ImageContent(url="data:image/png;base64,AAAA", mime_type="image/png")
    picture = ImageContent(url="https://example.com/a b.png")
    question = UserMessage(content=[TextContent(text="What is this?"), image, picture])
    await ask(question)
    body = server.received("POST /v1/responses")[0].json()
    assert body["files"] == [
        {"name": "image-1", "uri": image.url, "mime_type": "image/png"},
        {"name": "image-2", "uri": picture.url},
    ]
    content = "What is this?\n[image-1]\n[image-2]"
    assert body["messages"] == [{"role": "user", "content": content}]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("default", {}),
        ("single_agent", {"agent_config": {"agent_mode": "single_agent"}}),
        (
            "openai:gpt-4o",
            {
                "model_overrides": {
                    "smart_model": "openai:gpt-4o",
                    "reasoning_model": "openai:gpt-4o",
                }
            },
        ),
    ],
)
async def test_name_of_the_model_says_how_the_service_works(server, ask, model, expected):
    message = await ask(model=model)
    body = server.received("POST /v1/responses")[0].json()
    assert {name: body[name] for name in body.keys() - {"messages", "user_id"}} == expected
    assert message.model == model


async def test_settings_are_the_options_of_each_run(server, opened, ask):
    provider = opened(
        model_overrides={"fast_model": "p:m"}, agent_config={"use_cognitive_tools": False}
    )
    await ask(provider=provider, model="multi_agent")
    body = server.received("POST /v1/responses")[0].json()
    assert body["model_overrides"] == {"fast_model": "p:m"}
    assert body["agent_config"] == {"use_cognitive_tools": False, "agent_mode": "multi_agent"}


async def test_schema_makes_the_text_the_structured_response(server, ask):
    schema = {"type": "object", "properties": {"prime": {"type": "integer"}}}
    server.plan(Run.of(output_text="It is 7.", structured_response={"prime": 7}))
    message = await ask(response_schema=schema)
    assert server.received("POST /v1/responses")[0].json()["response_format"] == schema
    assert extract_text(message) == '{"prime": 7}'
    assert message.metadata["structured_response"] == {"prime": 7}


async def test_run_without_a_user_is_one_of_the_tenant(server, opened, ask):
    message = await ask(provider=opened(user_id=None, scope="tenant"))
    assert "user_id" not in server.received("POST /v1/responses")[0].json()
    assert message.stop_reason == "stop"


async def test_key_and_headers_of_the_call_are_sent(server, ask, opened):
    message = await ask(api_key="another", headers={"x-trace": "t"})
    assert message.error.kind == "authentication"
    [request] = server.requests
    assert request.headers["authorization"] == "Bearer another"
    assert request.headers["x-trace"] == "t"


async def test_models_are_the_modes_and_what_the_tenant_chose(server, opened):
    infos = await opened(models=["x:y"]).models()
    assert [info.id for info in infos] == [
        *("default", "auto", "single_agent", "multi_agent"),
        *("openai:gpt-4o-mini", "x:y"),
    ]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"model": "gpt-4o"}, "has no model 'gpt-4o'"),
        ({"tool_choice": "required"}, "tool choice 'required'"),
    ],
)
async def test_what_cannot_be_done_is_an_error_before_anything_is_sent(server, ask, fields, text):
    message = await ask(**fields)
    assert message.stop_reason == "error"
    assert text in message.error_message
    assert server.requests == []


async def test_a_run_for_nobody_is_an_error_before_anything_is_sent(server, opened, ask):
    message = await ask(provider=opened(user_id=None))
    assert "Nobody is named for whom" in message.error_message
    assert message.error.kind == "configuration"
    message = await ask(provider=opened(user_id=None, scope="tenant"), metadata={"user_id": "u"})
    assert "the user 'u' is named, too" in message.error_message
    assert server.requests == []


async def test_tools_of_the_agent_are_refused_unless_they_are_not_to_be_used(server, ask, asked):
    tool = AgentTool(name="clock", description="Tell the time.")
    message = await ask(context=asked("What time is it?", tools=[tool]))
    assert "cannot call those of the agent: clock" in message.error_message
    assert message.error.kind == "unsupported"
    assert server.requests == []
    message = await ask(context=asked("Hello", tools=[tool]), tool_choice="none")
    assert message.stop_reason == "stop"


async def test_nothing_new_is_an_error(server, ask):
    first = await ask("One")
    message = await ask("One", first)
    assert "nothing to ask" in message.error_message


async def test_missing_key_says_where_it_was_sought(server, transport, ask):
    from jackfield_lumnis.connection import Connection
    from jackfield_lumnis.provider import LumnisProvider
    from jackfield_lumnis.settings import LumnisProviderSettings

    settings = LumnisProviderSettings(base_url=server.url, user_id="u")
    connection = Connection("providers.lumnis", settings, transport, None)
    message = await ask(provider=LumnisProvider("lumnis", settings, connection))
    assert message.error.kind == "authentication"
    assert "LUMNISAI_API_KEY" in message.error_message


async def test_many_runs_at_once_do_not_mix(opened, ask):
    provider = opened()
    texts = [f"question {number}" for number in range(20)]
    messages = await asyncio.gather(*[ask(text, provider=provider) for text in texts])
    assert [extract_text(message) for message in messages] == [f"You said: {t}" for t in texts]


async def test_service_of_the_environment_is_used_where_no_other_is_named(
    monkeypatch, transport, ask
):
    from jackfield_lumnis.connection import Connection
    from jackfield_lumnis.provider import LumnisProvider
    from jackfield_lumnis.settings import LumnisProviderSettings

    with LumnisServer(api_keys={"env-key"}) as server:
        monkeypatch.setenv("LUMNISAI_BASE_URL", f"{server.url}/")
        monkeypatch.setenv("LUMNISAI_API_KEY", "env-key")
        settings = LumnisProviderSettings(user_id="u", poll_interval_s=0)
        connection = Connection("providers.lumnis", settings, transport, None)
        message = await ask(provider=LumnisProvider("lumnis", settings, connection))
    assert message.stop_reason == "stop"
