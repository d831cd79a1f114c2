"""The provider before a loopback server; contracts; the list of models; cost."""

from decimal import Decimal

import pytest

from jackfield import (
    ConfigError,
    Context,
    Model,
    ProviderError,
    StreamOptions,
    ThinkingLevel,
    extract_text,
)
from jackfield.testing import (
    AuthContract,
    Call,
    LoopbackServer,
    ManifestContract,
    ProviderContract,
    Reply,
    Thinking,
    json_reply,
    sse,
    sse_reply,
)
from jackfield.usage import Usage
from jackfield_httpx.transport import HttpxTransport
from jackfield_openrouter import OpenRouterModel, auth
from jackfield_openrouter.catalogue import CATALOGUE, Catalogue, read_page
from jackfield_openrouter.cost import estimated_cost, read_usage
from jackfield_openrouter.provider import OpenRouterProvider
from jackfield_openrouter.settings import OpenRouterSettings

GOOD = sse_reply(sse.chat_stream("Hello"))
SONNET = {
    "id": "anthropic/claude-sonnet-4.5",
    "canonical_slug": "anthropic/claude-4.5-sonnet-20250929",
    "name": "Anthropic: Claude Sonnet 4.5",
    "created": 1759161676,
    "description": "A model.",
    "context_length": 1000000,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "pricing": {
        "prompt": "0.000003",
        "completion": "0.000015",
        "request": "0",
        "input_cache_read": "0.0000003",
        "image": "-1",
        "audio": None,
        "odd": "free",
    },
    "top_provider": {"context_length": 200000, "max_completion_tokens": 64000},
    "supported_parameters": ["max_tokens", "reasoning", "tools"],
    "default_parameters": {"temperature": None},
    "reasoning": {"supported_efforts": ["low", "medium"], "mandatory": False},
    "expiration_date": None,
    "something_new": [1],
}
BARE = {"id": "bare/model", "name": None, "pricing": None, "top_provider": None}


def models_reply(*items, after=None):
    links = {"next": after}
    return json_reply({"data": list(items), "total_count": len(items), "links": links})


async def answer_of(provider, context, options=None, model=None):
    stream = provider.stream(model or Model(id="m"), context, options or StreamOptions())
    async with stream:
        return await stream.result()


class TestProvider(ProviderContract):
    @pytest.fixture
    def server(self):
        def answer(request):
            if request.method == "GET":
                return models_reply(SONNET, BARE)
            return sse_reply(sse.chat_stream(Thinking("hm"), "Hello", Call("clock")))

        with LoopbackServer(default=answer) as server:
            yield server

    @pytest.fixture
    def provider(self, server, transport):
        return OpenRouterProvider("openrouter", OpenRouterSettings(base_url=server.url), transport)

    @pytest.fixture
    def failing_provider(self, transport):
        with LoopbackServer(default=Reply(status=400, body="no")) as server:
            settings = OpenRouterSettings(base_url=server.url)
            yield OpenRouterProvider("openrouter", settings, transport)


class TestAuth(AuthContract):
    secret = "sk-or-v1-very-secret"

    @pytest.fixture
    def auth(self, monkeypatch):
        monkeypatch.setenv("OPENROUTER_API_KEY", self.secret)
        return auth.open_auth(auth.OpenRouterAuthSettings())

    @pytest.fixture
    def auth_without_secret(self):
        return auth.open_auth(auth.OpenRouterAuthSettings(variable="NOWHERE_TO_BE_FOUND"))


class TestManifest(ManifestContract):
    distribution = "jackfield-openrouter"


# Requests


async def test_request_line_and_headers(loopback, provider_at, ask):
    loopback.default = GOOD
    provider = provider_at(
        site_url="https://example.org",
        app_title="Käse",
        app_categories=["a", "b"],
        routing_metadata=True,
        response_cache=True,
        headers={"X-A": "settings", "X-B": "settings", "X-C": "settings"},
    )
    model = OpenRouterModel(id="m", headers={"x-b": "model", "x-c": "model", "Accept": None})
    await answer_of(provider, ask, StreamOptions(headers={"X-C": "options"}), model)
    [request] = loopback.requests
    assert (request.method, request.path) == ("POST", "/api/v1/chat/completions")
    expected = {
        "authorization": "Bearer sk-or-v1-secret",
        "content-type": "application/json",
        "http-referer": "https://example.org",
        "x-openrouter-title": "K%C3%A4se",
        "x-openrouter-categories": "a,b",
        "x-openrouter-metadata": "enabled",
        "x-openrouter-cache": "true",
        "x-a": "settings",
        "x-b": "model",
        "x-c": "options",
    }
    assert {name: request.headers.get(name) for name in expected} == expected
    assert "accept" not in request.headers


async def test_plain_request_has_no_other_headers(loopback, provider_at, ask):
    loopback.default = GOOD
    await answer_of(provider_at(), ask)
    names = set(loopback.requests[0].headers) - {"host", "content-length", "accept-encoding"}
    assert names == {"authorization", "content-type", "accept"}
    assert loopback.requests[0].headers["accept"] == "text/event-stream"


@pytest.mark.parametrize("path", ["", "/", "/chat/completions", "/chat/completions/"])
@pytest.mark.parametrize("place", ["setting", "model"])
async def test_base_url_may_be_the_whole_url(loopback, provider_at, ask, path, place):
    loopback.default = GOOD
    url = f"{loopback.url}/v2{path}"
    provider = provider_at(base_url=url) if place == "setting" else provider_at()
    model = OpenRouterModel(id="m", **({"base_url": url} if place == "model" else {}))
    await answer_of(provider, ask, model=model)
    assert loopback.requests[0].path == "/v2/chat/completions"


async def test_header_with_a_line_break_is_refused(loopback, provider_at, ask):
    model = OpenRouterModel(id="m", headers={"X-A": "a\r\nb: c"})
    message = await answer_of(provider_at(), ask, model=model)
    assert message.error.kind == "invalid_request"
    assert "x-a" in message.error_message
    assert loopback.requests == []


@pytest.mark.parametrize(
    "fields",
    [
        {"provider": {"sorted": "price"}},
        {"fallback_models": [""]},
        {"plugins": [{}]},
        {"app_categories": ["a", "b", "c"]},
        {"app_title": "a\nb"},
        {"max_tokens_field": "tokens"},
        {"unknown": 1},
    ],
)
def test_wrong_settings_are_found_before_anything_is_sent(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        OpenRouterSettings(**fields)


def test_kernel_opens_provider_and_auth(kernel):
    config = {
        "agents": {"default": {"model": "router:a/b"}},
        "providers": {"router": {"use": "openrouter", "auth": "mine"}},
        "auth": {"mine": {"use": "openrouter", "variable": "MY_KEY"}},
    }
    provider, model = kernel(config).resolve_model("router:a/b")
    assert isinstance(provider, OpenRouterProvider)
    assert (provider.name, model.id) == ("router", "a/b")


def test_kernel_tells_of_wrong_routing(kernel):
    config = {"providers": {"openrouter": {"provider": {"zdr": "yes"}}}}
    with pytest.raises(ConfigError, match="zdr"):
        kernel(config).provider("openrouter")


# Answers


async def test_who_answered_is_told(loopback, provider_at, ask):
    chunks = sse.chat_stream("Hello")
    chunks[1] = sse.text_chunk(
        "Hello", model="n", provider="Up", openrouter_metadata={"attempts": 2}
    )
    loopback.default = sse_reply(chunks)
    message = await answer_of(provider_at(), ask)
    assert message.metadata["provider"] == "Up"
    assert message.metadata["openrouter_metadata"] == {"attempts": 2}
    assert (message.api, message.provider, message.model) == ("openrouter", "openrouter", "m")


async def test_generation_id_of_the_head_is_the_last_resort(loopback, provider_at, ask):
    chunks = [sse.text_chunk("x", id=""), sse.finish_chunk(id=""), sse.DONE]
    loopback.add(sse_reply(chunks, headers={"X-Generation-Id": "gen-1"}), GOOD)
    provider = provider_at()
    assert (await answer_of(provider, ask)).response_id == "gen-1"
    assert (await answer_of(provider, ask)).response_id == "chatcmpl-1"


async def test_retry_is_told_to_listeners(loopback, provider_at, ask):
    loopback.add(json_reply({}, status=503), GOOD)
    notices = []
    await answer_of(provider_at(), ask, StreamOptions(notify=notices.append))
    assert [notice.kind for notice in notices] == ["retry"]


# Cost


def test_cost_is_what_was_charged():
    raw = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cost": 0.0012,
        "is_byok": True,
        "cost_details": {
            "upstream_inference_cost": 0.5,
            "upstream_inference_prompt_cost": 0.2,
            "upstream_inference_completions_cost": 0.3,
        },
        "server_tool_use_details": {"web_search_requests": 1},
    }
    metadata = {}
    cost = read_usage(raw, metadata).cost
    assert (cost.total, cost.input, cost.output, cost.upstream) == (0.0012, 0.2, 0.3, 0.5)
    assert metadata == {"is_byok": True, "server_tool_use": {"web_search_requests": 1}}


@pytest.mark.parametrize("cost", [None, "0.1", True, float("nan")])
def test_cost_that_is_no_number_is_unknown(cost):
    metadata = {}
    assert read_usage({"cost": cost, "cost_details": None}, metadata).cost.total == 0.0
    assert metadata == {"cost_unknown": True}
    assert read_usage({"cost": 0.5}, metadata).cost.total == 0.5
    assert metadata == {}


def test_estimate_counts_cached_tokens_at_their_own_price():
    prices = {
        "prompt": Decimal("0.01"),
        "completion": Decimal("0.1"),
        "input_cache_read": Decimal("0.001"),
        "request": Decimal("1"),
    }
    usage = Usage(input=100, output=10, cache_read=50)
    assert estimated_cost(usage, prices) == pytest.approx(0.5 + 0.05 + 1 + 1)
    assert estimated_cost(usage, {"prompt": Decimal(1)}) is None


async def test_estimate_goes_to_the_metadata_only(loopback, provider_at, ask):
    loopback.add(models_reply(SONNET), GOOD, GOOD)
    provider = provider_at()
    assert "cost_estimate" not in (await answer_of_unlisted(loopback, provider, ask)).metadata
    message = await answer_of(provider, ask, model=OpenRouterModel(id=SONNET["id"]))
    assert message.usage.cost.total == 0.0
    assert message.metadata["cost_unknown"] is True
    assert message.metadata["cost_estimate"] == pytest.approx(10 * 3e-6 + 5 * 15e-6)


async def answer_of_unlisted(loopback, provider, ask):
    await provider.models()
    return await answer_of(provider, ask, model=OpenRouterModel(id="unlisted"))


# Models


async def test_models_have_prices_and_sizes(loopback, provider_at, monkeypatch):
    monkeypatch.delenv("OPENROUTER_API_KEY")  # the list is public
    loopback.add(models_reply(SONNET, BARE, {"name": "no id"}))
    sonnet, bare = await provider_at().models()
    assert loopback.requests[0].path == "/api/v1/models"
    assert "authorization" not in loopback.requests[0].headers
    assert (sonnet.id, sonnet.name) == (SONNET["id"], SONNET["name"])
    assert (sonnet.context_tokens, sonnet.max_output_tokens) == (200000, 64000)
    assert (sonnet.input_price, sonnet.output_price) == (3.0, 15.0)
    assert sonnet.details["prices"] == {
        "prompt": "0.000003",
        "completion": "0.000015",
        "request": "0",
        "input_cache_read": "0.0000003",
    }
    assert sonnet.details["input_modalities"] == ["text", "image"]
    assert sonnet.details["reasoning"]["supported_efforts"] == ["low", "medium"]
    assert (bare.context_tokens, bare.input_price, bare.details) == (None, None, {})


async def test_list_is_read_once_an_hour(loopback, provider_at):
    loopback.add(models_reply(SONNET))
    provider = provider_at()
    assert await provider.models() == await provider.models()
    assert len(loopback.requests) == 1
    time = [0.0]
    catalogue = Catalogue(lambda: time[0])
    catalogue.remember("u", await provider.models())
    time[0] = 3599.0
    assert catalogue.known("u")
    time[0] = 3600.0
    assert catalogue.known("u") is None
    assert catalogue.find("u", SONNET["id"])


async def test_pages_of_the_list_are_followed_at_the_same_server_only(loopback, provider_at):
    loopback.add(
        models_reply(SONNET, after="/api/v1/models?offset=1"),
        models_reply(BARE, after="https://elsewhere.example/models"),
    )
    with pytest.raises(ProviderError, match="another server"):
        await provider_at().models()
    assert [request.path for request in loopback.requests][1] == "/api/v1/models?offset=1"
    loopback.add(models_reply(SONNET, after="/api/v1/models?offset=1"), models_reply(BARE))
    assert len(await provider_at().models()) == 2


async def test_models_of_the_account_need_the_key(loopback, provider_at):
    loopback.add(models_reply(SONNET))
    await provider_at(account_models=True).models()
    assert loopback.requests[0].path == "/api/v1/models/user"
    assert "authorization" in loopback.requests[0].headers


async def test_chat_requests_respect_the_list_and_never_read_it(loopback, provider_at, ask):
    loopback.add(models_reply(SONNET), GOOD)
    provider = provider_at()
    await provider.models()
    model = Model(id=f"{SONNET['id']}:nitro")

    options = StreamOptions(reasoning=ThinkingLevel.HIGH, max_tokens=10**6, temperature=1.0)
    await answer_of(provider, ask, options, model)
    body = loopback.requests[1].json()
    assert body["reasoning"] == {"effort": "medium"}
    assert body["max_tokens"] == 64000
    assert "temperature" not in body
    CATALOGUE.clear()
    loopback.add(GOOD)
    await answer_of(provider, ask, options, model)
    assert [request.method for request in loopback.requests] == ["GET", "POST", "POST"]


def test_page_that_is_no_list_is_refused():
    with pytest.raises(ProviderError, match="no list of models"):
        read_page({"data": "x"}, "openrouter")


async def test_other_endpoints(loopback, provider_at):
    loopback.add(
        json_reply({"data": {"total_cost": 0.1}}),
        json_reply({"data": {"label": "sk-or"}}),
        json_reply({"data": {"total_credits": 5}}),
        json_reply([]),
    )
    provider = provider_at()
    assert await provider.generation("gen 1") == {"total_cost": 0.1}
    assert await provider.key() == {"label": "sk-or"}
    assert await provider.credits() == {"total_credits": 5}
    with pytest.raises(ProviderError, match="no key"):
        await provider.key()
    paths = [request.path for request in loopback.requests]
    assert paths[:3] == ["/api/v1/generation?id=gen+1", "/api/v1/key", "/api/v1/credits"]


async def test_provider_closes_no_transport(loopback, ask):
    loopback.default = GOOD
    transport = HttpxTransport()
    settings = OpenRouterSettings(base_url=loopback.url)
    await OpenRouterProvider("openrouter", settings, transport).aclose()
    message = await answer_of(OpenRouterProvider("openrouter", settings, transport), ask)
    assert extract_text(message) == "Hello"
    await transport.aclose()


def test_context_is_only_read(body_of, ask):
    before = Context(messages=list(ask.messages))
    body_of(OpenRouterModel(), ask, StreamOptions())
    assert ask == before
