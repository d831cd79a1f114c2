"""Bodies of requests. Source: spec/openrouter.md, 2.3, 3 to 8."""

import json

import pytest

from jackfield import (
    AgentTool,
    AssistantMessage,
    Context,
    ImageContent,
    Model,
    ProviderError,
    StreamOptions,
    TextContent,
    ThinkingContent,
    ThinkingLevel,
    ToolCallContent,
    UserMessage,
)
from jackfield.history import normalise
from jackfield.messages import CacheControl
from jackfield.models import ThinkingBudgets
from jackfield_openrouter import OpenRouterModel
from jackfield_openrouter.provider import OpenRouterProvider
from jackfield_openrouter.settings import OpenRouterSettings

ASK = Context(messages=[UserMessage(content=[TextContent(text="hé")])])
HIGH = ThinkingLevel.HIGH
TOOL = AgentTool(name="add", description="Add.", parameters={"type": "object", "properties": {}})


def bytes_of(model, context=ASK, options=None, **settings):
    provider = OpenRouterProvider("openrouter", OpenRouterSettings(**settings), None)
    named = provider.named(model)
    return provider.encoder(named).encode(named, context, options or StreamOptions())


def reasoning(body_of, options=None, settings=None, **fields):
    model = OpenRouterModel(id="m", **fields)
    body = body_of(model, ASK, options or StreamOptions(reasoning=HIGH), **(settings or {}))
    return body.get("reasoning"), body.get("max_tokens")


def test_smallest_body():
    expected = '{"model":"a/b:free","messages":[{"role":"user","content":"hé"}],"stream":true}'
    assert bytes_of(OpenRouterModel(id="a/b:free")) == expected.encode()


def test_body_in_full():
    model = OpenRouterModel(
        id="m",
        fallback_models=["n"],
        openrouter_provider={"sort": "price"},
        openrouter_route="fallback",
        plugins=[{"id": "web", "max_results": 3}],
        extra_body={"seed": 1, "tools": [{"type": "openrouter:web_search"}]},
    )
    options = StreamOptions(
        temperature=0.0,
        max_tokens=5,
        tool_choice="add",
        reasoning=HIGH,
        session_id="s",
        metadata={"run": "1"},
        response_schema={"type": "object"},
    )
    settings = {"user": "u", "automatic_cache": True, "parallel_tool_calls": False}
    context = Context(system_prompt="S", messages=ASK.messages, tools=[TOOL])
    assert (
        bytes_of(model, context, options, **settings).decode() == '{"model":"m","models":["n"],'
        '"messages":[{"role":"system","content":"S"},{"role":"user","content":"hé"}],'
        '"stream":true,"tools":[{"type":"function","function":{"name":"add",'
        '"description":"Add.","parameters":{"type":"object","properties":{}}}},'
        '{"type":"openrouter:web_search"}],'
        '"tool_choice":{"type":"function","function":{"name":"add"}},'
        '"parallel_tool_calls":false,"temperature":0.0,"max_tokens":5,'
        '"reasoning":{"effort":"high"},"provider":{"sort":"price"},"route":"fallback",'
        '"plugins":[{"id":"web","max_results":3}],"session_id":"s","user":"u",'
        '"metadata":{"run":"1"},"cache_control":{"type":"ephemeral"},'
        '"response_format":{"type":"json_schema","json_schema":{"name":"answer",'
        '"schema":{"type":"object"}}},"seed":1}'
    )


def test_settings_count_where_the_model_says_nothing(body_of):
    settings = {
        "provider": {"sort": "price"},
        "fallback_models": ["x"],
        "plugins": [{"id": "web"}],
        "extra_body": {"seed": 1, "top_p": 0.5},
    }
    body = body_of(Model(provider="openrouter", id="m"), ASK, StreamOptions(), **settings)
    assert (body["provider"], body["models"], body["plugins"]) == (
        {"sort": "price"},
        ["x"],
        [{"id": "web"}],
    )
    own = OpenRouterModel(
        id="m",
        openrouter_provider={"sort": "latency"},
        fallback_models=["y"],
        plugins=[{"id": "fusion"}],
        extra_body={"seed": 2},
    )
    body = body_of(own, ASK, StreamOptions(), **settings)
    assert (body["provider"], body["models"], body["plugins"]) == (
        {"sort": "latency"},
        ["y"],
        [{"id": "fusion"}],
    )
    assert (body["seed"], body["top_p"]) == (2, 0.5)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"openrouter_provider": {"ordre": ["a"]}}, "`provider`.*'ordre' is unknown"),
        ({"openrouter_provider": {"order": "a"}}, "'order' must be a list"),
        ({"openrouter_provider": {"zdr": 1}}, "'zdr' must be true or false"),
        ({"openrouter_provider": {"sort": "cheap"}}, "'sort' must be one of price"),
        ({"openrouter_provider": {"sort": {"by": "price", "partition": "x"}}}, "'sort' must"),
        ({"openrouter_provider": {"max_price": {"prompts": 1}}}, "'max_price' must"),
        ({"openrouter_provider": {"data_collection": "no"}}, "`allow` or `deny`"),
        ({"openrouter_provider": {"preferred_max_latency": "1"}}, "must be a number"),
        ({"openrouter_provider": ["a"]}, "must be an object"),
        ({"fallback_models": "a"}, "`fallback_models`.*list of model ids"),
        ({"plugins": [{"name": "web"}]}, "`plugins`.*item 0"),
        ({"plugins": {"id": "web"}}, "`plugins`.*list"),
        ({"extra_body": {"stream": False}}, "'stream'"),
        ({"extra_body": {"messages": []}}, "'messages'"),
    ],
)
def test_what_openrouter_would_refuse_is_refused_before(fields, said):
    with pytest.raises(ProviderError, match=said) as caught:
        bytes_of(OpenRouterModel(id="m", **fields))
    assert caught.value.kind == "invalid_request"


@pytest.mark.parametrize(
    "options",
    [
        StreamOptions(max_tokens=0),
        StreamOptions(metadata={str(number): "x" for number in range(17)}),
        StreamOptions(metadata={"run": 1}),
    ],
)
def test_options_that_cannot_be_sent_are_refused(options):
    with pytest.raises(ProviderError) as caught:
        bytes_of(OpenRouterModel(id="m"), options=options)
    assert caught.value.kind == "invalid_request"


@pytest.mark.parametrize(
    "routing",
    [
        {"order": ["a"], "only": ["b"], "ignore": [], "quantizations": ["fp8"]},
        {"allow_fallbacks": False, "require_parameters": True, "zdr": True},
        {"sort": {"by": "exacto", "partition": "none"}, "max_price": {"prompt": "1"}},
        {"preferred_min_throughput": 5, "preferred_max_latency": {"p90": 2.5}},
        {"data_collection": "allow", "enforce_distillable_text": False},
    ],
)
def test_every_documented_routing_key_is_sent(body_of, routing):
    model = OpenRouterModel(id="m", openrouter_provider=routing)
    assert body_of(model, ASK, StreamOptions())["provider"] == routing


def test_long_session_ids_are_replaced(body_of):
    bodies = [
        body_of(OpenRouterModel(), ASK, StreamOptions(session_id="é" * n)) for n in (256, 257)
    ]
    assert bodies[0]["session_id"] == "é" * 256
    assert len(bodies[1]["session_id"]) == 64
    assert set(bodies[1]["session_id"]) <= set("0123456789abcdef")


def test_history_with_calls_needs_a_list_of_tools(body_of):
    call = AssistantMessage(content=[ToolCallContent(id="c", name="f")])
    context = Context(messages=[*ASK.messages, call])
    assert body_of(OpenRouterModel(), context, StreamOptions())["tools"] == []
    assert "tools" not in body_of(OpenRouterModel(), ASK, StreamOptions())


@pytest.mark.parametrize("level", list(ThinkingLevel)[1:])
def test_level_is_the_effort(body_of, level):
    assert reasoning(body_of, StreamOptions(reasoning=level)) == ({"effort": level.value}, None)


def test_models_own_level_counts_where_the_agent_has_none(body_of):
    found = reasoning(body_of, StreamOptions(), thinking_level=ThinkingLevel.LOW)
    assert found == ({"effort": "low"}, None)


@pytest.mark.parametrize(
    ("about", "effort"),
    [
        ({"supported_efforts": ["minimal", "low", "max"]}, "low"),
        ({"supported_efforts": ["xhigh", "max"]}, "xhigh"),
        ({"supported_efforts": None}, "high"),
        ({"supported_efforts": ["none"]}, "high"),
    ],
)
def test_unsupported_effort_becomes_the_nearest_lower_one(body_of, about, effort):
    assert reasoning(body_of, reasoning=about) == ({"effort": effort}, None)


def test_budget_raises_the_longest_answer(body_of):
    budgets = ThinkingBudgets(high=2000)
    options = StreamOptions(reasoning=HIGH, thinking_budgets=budgets, max_tokens=500)
    assert reasoning(body_of, options) == ({"max_tokens": 2000}, 2500)
    assert reasoning(body_of, options, max_output_tokens=2200) == ({"max_tokens": 2000}, 2200)
    assert reasoning(body_of, options, max_output_tokens=1800) == ({"max_tokens": 776}, 1800)
    about = {"supports_max_tokens": False}
    assert reasoning(body_of, options, reasoning=about) == ({"effort": "high"}, 500)


def test_no_thinking_is_said_only_if_wanted_and_possible(body_of):
    off = {"reasoning_off": True}
    assert reasoning(body_of, StreamOptions()) == (None, None)
    assert reasoning(body_of, StreamOptions(), off) == ({"effort": "none"}, None)
    assert reasoning(body_of, StreamOptions(), off, reasoning={"mandatory": True}) == (None, None)


def test_what_the_model_does_not_take_is_left_out(body_of):
    model = OpenRouterModel(
        id="m",
        supported_parameters=["tools", "max_tokens"],
        input_modalities=["text"],
        max_output_tokens=100,
    )
    picture = ImageContent(url="https://example.org/a.png", mime_type="image/png")
    context = Context(messages=[UserMessage(content=[picture])], tools=[TOOL])
    options = StreamOptions(temperature=1.0, reasoning=HIGH, tool_choice="auto", max_tokens=500)
    body = body_of(model, context, options)
    assert body.keys() == {"model", "messages", "stream", "tools", "max_tokens"}
    assert body["max_tokens"] == 100
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "[image omitted: image/png]"}
    ]


@pytest.mark.parametrize(
    ("model", "marks"),
    [
        ("anthropic/claude-sonnet-4.5", True),
        ("~anthropic/claude-sonnet-latest", True),
        ("qwen/qwen3-max", True),
        ("google/gemini-2.5-pro", True),
        ("google/gemma-3", False),
        ("openai/gpt-5", False),
    ],
)
def test_cache_marks_go_to_models_that_need_them(body_of, model, marks):
    part = TextContent(text="long", cache_control=CacheControl(ttl="1h"))
    context = Context(system_prompt="S", messages=[UserMessage(content=[part])], tools=[TOOL])
    body = json.dumps(body_of(OpenRouterModel(id=model), context, StreamOptions()))
    assert body.count('"cache_control": {"type": "ephemeral", "ttl": "1h"}') == 3 * marks


def test_details_of_several_thoughts_go_back_in_order(body_of):
    parts = [
        ThinkingContent(thinking="a", thinking_signature='[{"type":"x","n":1}]'),
        TextContent(text="one "),
        ThinkingContent(thinking="b", thinking_signature='[{"n":2},{"n":3}]'),
        TextContent(text="two"),
        ThinkingContent(thinking="c", thinking_signature="[broken"),
    ]
    context = Context(messages=[*ASK.messages, AssistantMessage(content=parts)])
    sent = body_of(OpenRouterModel(), context, StreamOptions())["messages"][1]
    assert sent["content"] == "one two"
    assert sent["reasoning_details"] == [{"type": "x", "n": 1}, {"n": 2}, {"n": 3}]


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "reasoning_text"])
def test_thinking_goes_back_in_its_field(body_of, field):
    parts = [
        ThinkingContent(thinking="a", thinking_signature=field),
        ThinkingContent(thinking="b", thinking_signature=field),
    ]
    context = Context(messages=[*ASK.messages, AssistantMessage(content=parts)])
    sent = body_of(OpenRouterModel(), context, StreamOptions())["messages"][1]
    assert sent[field] == "a\nb"


@pytest.mark.parametrize(("api", "kept"), [("openrouter", 1), ("openai-completions", 1), ("x", 0)])
def test_history_of_the_rust_path_counts_as_the_same_api(api, kept):
    thinking = ThinkingContent(thinking="a", thinking_signature="reasoning")
    message = AssistantMessage(content=[thinking], api=api, provider="openrouter", model="m")
    [after] = normalise([message], OpenRouterModel(id="m"))
    assert sum(isinstance(part, ThinkingContent) for part in after.content) == kept


def test_same_context_gives_the_same_bytes_and_a_longer_one_begins_with_them():
    model = OpenRouterModel(id="m")
    longer = Context(messages=[*ASK.messages, AssistantMessage(content=[TextContent(text="x")])])
    assert bytes_of(model) == bytes_of(model)
    assert bytes_of(model, longer).startswith(bytes_of(model).partition(b"]")[0])
