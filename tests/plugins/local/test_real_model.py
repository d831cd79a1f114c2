"""The provider with the real model: `smollm2-135m`, downloaded once for all tests."""

import asyncio
import itertools
import json
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support.real_model import CHAT_TEMPLATE

from jackfield.contracts import Context, StreamOptions
from jackfield.events import TextDeltaEvent
from jackfield.messages import ImageContent, TextContent, UserMessage
from jackfield.models import Model
from jackfield.testing import ProviderContract
from jackfield.tools import AgentTool
from jackfield_local import engine
from jackfield_local.background import in_thread
from jackfield_local.generation import Generation
from jackfield_local.provider import LocalProvider
from jackfield_local.settings import LocalSettings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

HANGS_S = 120  # no measure: only a model that is never free takes so long
MODEL = Model(provider="local", id="smollm2-135m")
WEATHER = AgentTool(
    name="get_weather",
    description="Weather of a city.",
    parameters={
        "type": "object",
        "properties": {"place": {"$ref": "#/$defs/Place"}},
        "required": ["place"],
        "$defs": {
            "Place": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
                "required": ["city", "unit"],
            }
        },
    },
)


@pytest.fixture
async def open_provider(real_host):
    """Give a function that opens a provider; all are closed afterwards."""
    providers, before = [], set(threading.enumerate())

    def open_one(**settings):
        providers.append(LocalProvider("local", LocalSettings(**settings), real_host))
        return providers[-1]

    yield open_one
    for provider in providers:
        await provider.aclose()
    assert set(threading.enumerate()) <= before


def stream(provider, text="Write two sentences about a lighthouse.", tools=None, **options):
    context = Context(messages=[UserMessage(content=text)], tools=tools)
    return provider.stream(MODEL, context, StreamOptions(**options))


def native_threads():
    folder = Path("/proc/self/task")
    return len(list(folder.iterdir())) if folder.exists() else threading.active_count()


async def test_prose_streams_token_by_token(open_provider):
    provider = open_provider()
    async with stream(provider) as answer:
        deltas = [event.delta async for event in answer if isinstance(event, TextDeltaEvent)]
        message = await answer.result()
    assert message.stop_reason == "stop"
    assert "".join(deltas) == message.content[0].text
    assert "lighthouse" in message.content[0].text.lower()
    assert message.usage.input > 20
    assert len(deltas) >= message.usage.output // 2 > 5


async def test_a_second_question_reuses_the_cached_beginning(open_provider):
    provider = open_provider()
    first = await stream(provider, max_tokens=3).result()
    second = await stream(provider, max_tokens=3).result()
    assert first.usage.cache_read == 0
    assert second.usage.cache_read > 20
    assert second.usage.input == first.usage.input


async def test_max_tokens_ends_with_length(open_provider):
    message = await stream(open_provider(), max_tokens=4).result()
    assert (message.stop_reason, message.usage.output) == ("length", 4)


async def test_a_seed_makes_answers_repeatable(open_provider):
    provider = open_provider(seed=7)
    texts = [
        (await stream(provider, temperature=1.5, max_tokens=20).result()).content[0].text
        for _ in range(2)
    ]
    assert texts[0] == texts[1]
    other = open_provider(seed=8)
    changed = await stream(other, temperature=1.5, max_tokens=20).result()
    assert changed.content[0].text != texts[0]


async def test_more_than_the_window_is_a_clear_error(open_provider):
    message = await stream(open_provider(context_tokens=256), "word " * 1000).result()
    assert message.error.kind == "context_overflow"
    assert "holds 256" in message.error_message


async def test_a_full_window_ends_with_length(open_provider):
    provider = open_provider(context_tokens=256)
    message = await stream(provider, "Tell a very long story.", temperature=1.2).result()
    assert message.usage.input + message.usage.output <= 257
    assert message.stop_reason in ("length", "stop")


async def test_a_schema_constrains_the_answer(open_provider):
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["red", "blue"]}, "count": {"type": "integer"}},
        "required": ["colour", "count"],
        "additionalProperties": False,
    }
    message = await stream(open_provider(), "Name a colour.", response_schema=schema).result()
    assert message.stop_reason == "stop"
    answer = json.loads(message.content[0].text)
    assert answer["colour"] in ("red", "blue")
    assert isinstance(answer["count"], int)


async def test_an_impossible_schema_is_an_error(open_provider):
    message = await stream(open_provider(), response_schema={"type": "colour"}).result()
    assert message.stop_reason == "error"
    assert "colour" in message.error_message


@pytest.mark.parametrize("choice", ["required", "get_weather"])
async def test_a_required_call_is_made_without_a_tool_template(open_provider, choice):
    question = "What is the weather in Paris?"
    answer = stream(open_provider(), question, [WEATHER], tool_choice=choice)
    message = await answer.result()
    assert message.stop_reason == "tool_calls"
    (call,) = message.content
    assert call.name == "get_weather"
    assert sorted(call.arguments["place"]) == ["city", "unit"]
    assert call.arguments["place"]["unit"] in ("C", "F")


async def test_auto_gives_an_answer_or_a_call(open_provider):
    message = await stream(open_provider(), "Say hello.", [WEATHER], max_tokens=200).result()
    assert message.stop_reason in ("stop", "tool_calls", "length")
    assert "{" not in "".join(p.text for p in message.content if isinstance(p, TextContent))


async def test_a_call_that_rambles_is_closed_and_told_as_cut(open_provider):
    text = {"type": "string", "minLength": 900}  # it cannot stop early, so the bound must end it
    shout = AgentTool(
        name="shout",
        description="Shout.",
        parameters={"type": "object", "properties": {"text": text}, "required": ["text"]},
    )
    answer = stream(open_provider(), "Shout: go go go go", [shout], tool_choice="required")
    message = await answer.result()
    assert message.raw_stop_reason == "stop"  # not by max_tokens
    (call,) = message.tool_calls()
    length = len(call.arguments["text"])
    assert 900 <= length <= 1000
    assert message.stop_reason == ("length" if length == 1000 else "tool_calls")


async def test_refusing_tools_is_an_error_not_silence(open_provider):
    provider = open_provider(tools_without_template="refuse")
    message = await stream(provider, "hi", [WEATHER]).result()
    assert message.error.kind == "unsupported"


async def test_an_image_is_an_error_not_silence(open_provider):
    context = Context(messages=[UserMessage(content=[ImageContent(url="data:image/png;base64,")])])
    message = await open_provider().stream(MODEL, context, StreamOptions()).result()
    assert message.error.kind == "unsupported"


async def test_a_template_of_ones_own_gets_the_tools(open_provider):
    provider = open_provider(chat_template=CHAT_TEMPLATE)
    await stream(provider, max_tokens=1).result()
    (loading,) = provider._engines.values()
    assert loading.result().abilities.tools
    message = await stream(provider, "Weather in Paris?", [WEATHER], max_tokens=8).result()
    assert message.stop_reason in ("length", "stop", "tool_calls")
    assert message.usage.input > 80  # the template told the model of the tool


async def test_a_missing_template_is_an_error(open_provider, tmp_path):
    message = await stream(open_provider(chat_template=tmp_path / "none")).result()
    assert "Cannot read the chat template" in message.error_message


async def test_a_cut_off_file_cannot_be_loaded(open_provider, models_folder, tmp_path):
    path = tmp_path / "cut.gguf"
    path.write_bytes((models_folder / "smollm2-135m.gguf").read_bytes()[:30_000_000])
    context = Context(messages=[UserMessage(content="hi")])
    model = Model(provider="local", id=str(path))
    message = await open_provider().stream(model, context, StreamOptions()).result()
    assert "cut off" in message.error_message


@pytest.fixture
def given(monkeypatch):
    """Give the chunks that llama.cpp gave us, each with whether it was told to stop."""
    chunks, really = [], Generation._take

    def take(generation, chunk):
        is_stopped = really(generation, chunk)
        chunks.append((chunk, is_stopped))
        return is_stopped

    monkeypatch.setattr(Generation, "_take", take)
    return chunks


def refused(given):
    """Return the only chunk that came after the abort: llama.cpp stopped at once."""
    (only,) = [chunk for chunk, is_stopped in given if is_stopped]
    return json.loads(only.removeprefix(b"data: "))


async def test_an_abort_while_generating_frees_the_model(open_provider, given):
    provider = open_provider()
    async with stream(provider, "Tell a long story.", temperature=1.0) as answer:
        async for batch in answer.batches():
            if any(isinstance(event, TextDeltaEvent) for event in batch):
                break
    message = await answer.result()
    assert message.stop_reason == "aborted"
    assert message.content[0].text
    async with asyncio.timeout(HANGS_S):
        again = await stream(provider, "Tell a long story.", max_tokens=1).result()
    assert again.stop_reason == "length"
    assert refused(given)["choices"][0]["finish_reason"] is None


async def test_an_abort_within_a_prompt_frees_the_model(open_provider, given):
    provider = open_provider(batch_tokens=32)
    await stream(provider, max_tokens=1).result()
    given.clear()
    reading = asyncio.create_task(stream(provider, "word " * 6000).result())
    async with asyncio.timeout(HANGS_S):
        while not given:  # noqa: ASYNC110 - the first chunks tell only how far the prompt is
            await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.wait([reading])
    async with asyncio.timeout(HANGS_S):
        assert (await stream(provider, max_tokens=1).result()).stop_reason == "length"
    progress = refused(given)["prompt_progress"]
    assert progress["processed"] < progress["total"]


@pytest.mark.parametrize("parallel", [1, 3])
async def test_three_streams_share_the_model(open_provider, parallel):
    provider = open_provider(parallel_answers=parallel, context_tokens=512)
    answers = await asyncio.gather(
        *(stream(provider, f"Write about the number {n}.", max_tokens=12).result() for n in "123")
    )
    assert [answer.stop_reason for answer in answers] == ["length"] * 3
    assert all(answer.usage.output == 12 for answer in answers)
    assert len(provider._engines) == 1


async def test_the_event_loop_runs_while_a_model_loads(open_provider, monkeypatch):
    ticks, seen = itertools.count(), []
    really = engine.open_server

    def open_server(path, settings):
        seen.append(next(ticks))
        opened = really(path, settings)
        seen.append(next(ticks))
        return opened

    async def tick():
        while True:
            next(ticks)
            await asyncio.sleep(0)

    monkeypatch.setattr(engine, "open_server", open_server)
    ticking = asyncio.create_task(tick())
    await stream(open_provider(), max_tokens=1).result()
    ticking.cancel()
    await asyncio.wait([ticking])
    before, after = seen
    assert after - before > 20  # rounds of the loop; none if loading held the interpreter


async def test_closing_unloads_the_model(open_provider):
    before = native_threads()  # tests before this one may have left some of llama.cpp's
    provider = open_provider()
    await stream(provider, max_tokens=1).result()
    assert native_threads() > before + 1
    await provider.aclose()
    async with asyncio.timeout(30):  # the system lists a thread for a moment after it was joined
        while native_threads() > before + 1:  # noqa: ASYNC110 - that of llama.cpp's log stays
            await asyncio.sleep(0.01)


async def test_closing_while_answering_is_an_error_event(open_provider):
    provider = open_provider()
    reading = asyncio.create_task(stream(provider, "Tell a long story.").result())
    await stream(provider, max_tokens=1).result()  # waits for the first, or runs before it
    second = asyncio.create_task(stream(provider, "Tell a long story.").result())
    await asyncio.sleep(0.1)
    await provider.aclose()
    for message in await asyncio.gather(reading, second):
        assert message.stop_reason in ("stop", "length", "error")
    assert (await second).stop_reason == "error"


async def test_closing_while_loading_is_an_error_event(open_provider):
    provider = open_provider()
    asking = asyncio.create_task(stream(provider).result())
    await asyncio.sleep(0.05)
    await provider.aclose()
    assert "was closed" in (await asking).error_message


async def test_nothing_is_written_to_the_terminal(open_provider, capfd):
    await stream(open_provider(), max_tokens=2).result()
    assert capfd.readouterr() == ("", "")


async def test_nobody_can_connect_to_the_model(open_provider, tmp_path, monkeypatch):
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    await stream(open_provider(), max_tokens=1).result()
    assert list(folder.iterdir()) == []


async def test_a_port_of_the_loopback_demands_a_key(open_provider, tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 30)  # too long for a Unix socket
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    provider = open_provider()
    assert (await stream(provider, max_tokens=1).result()).stop_reason == "length"
    (loading,) = provider._engines.values()
    address = loading.result()._core.server.listening_address
    assert address.startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        await in_thread(lambda: urllib.request.urlopen(f"{address}/props", timeout=10))
    caught.value.close()


class TestContract(ProviderContract):
    """The contract suite, with the real model."""

    limit_s = 120.0

    @pytest.fixture
    async def provider(self, real_host):
        provider = LocalProvider("local", LocalSettings(max_tokens=12, temperature=0), real_host)
        yield provider
        await provider.aclose()

    @pytest.fixture
    def failing_provider(self, real_host):
        return LocalProvider("local", LocalSettings(), real_host)
