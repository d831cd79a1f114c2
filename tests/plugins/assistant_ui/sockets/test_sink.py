"""The sink: each turn arrives once and in order, whatever happens on the way."""

import asyncio
import logging
import random

import pytest
from support.assistant_threads import ThreadServer

from jackfield.events import AgentStartEvent, MessageEndEvent, TurnEndEvent
from jackfield.messages import (
    AssistantMessage,
    ImageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
    ToolResultMessage,
    UserMessage,
)
from jackfield.testing import Reply, Reset, SinkContract
from jackfield_assistant_ui.mirror.outbox import Outbox
from jackfield_assistant_ui.mirror.turns import TurnReader

BUSY = Reply(status=503, headers={"retry-after": "0"})
UNHEARD = Reply(framing="raw", body=[Reset()])


@pytest.fixture
def server():
    with ThreadServer() as server:
        yield server


class TestContract(SinkContract):
    """All that holds for sinks."""

    limit_s = 5.0

    @pytest.fixture
    def sink(self, mirror):
        return mirror()


def started(session="s1", run="r1"):
    return AgentStartEvent(run_id=run, session_id=session)


def user(text):
    return MessageEndEvent(UserMessage(content=[TextContent(text=text)]))


def turn(text, *results):
    parts = [ThinkingContent(thinking="Hm."), *([TextContent(text=text)] if text else [])]
    calls = [ToolCallContent(id=f"c{n}", name="clock") for n, _ in enumerate(results)]
    told = [
        ToolResultMessage(
            tool_call_id=f"c{n}", tool_name="clock", content=[TextContent(text=result)]
        )
        for n, result in enumerate(results)
    ]
    return TurnEndEvent(AssistantMessage(content=[*parts, *calls]), told)


async def arrived(server, thread, texts):
    """Wait until a thread has these texts."""
    async with asyncio.timeout(5):
        while thread not in server.threads or server.texts(thread) != texts:  # noqa: ASYNC110 - of another thread
            await asyncio.sleep(0.005)


async def test_a_run_is_mirrored_as_it_happens(server, mirror):
    sink = mirror()
    await sink.handle([started(), user("What time is it?"), turn("Let me look.", "noon")])
    await arrived(server, "s1", ["What time is it?", "Let me look.", "[noon]"])
    await sink.handle([turn("It is noon.")])
    await arrived(server, "s1", ["What time is it?", "Let me look.", "[noon]", "It is noon."])
    await sink.aclose()
    assert server.posts[0] == {
        "threadId": "s1",
        "commands": [
            {
                "type": "add-message",
                "message": {
                    "role": "user",
                    "parts": [{"type": "text", "text": "What time is it?"}],
                },
            },
            {
                "type": "add-message",
                "message": {
                    "role": "assistant",
                    "parts": [{"type": "text", "text": "Let me look."}],
                },
            },
            {
                "type": "add-tool-result",
                "toolCallId": "c0",
                "toolName": "clock",
                "result": "noon",
                "isError": False,
            },
        ],
    }


async def test_what_the_user_says_waits_for_the_answer(server, mirror):
    """A server would answer it."""
    sink = mirror()
    await sink.handle([started(), user("One")])
    await sink.aclose()
    assert server.posts == []
    sink = mirror()
    await sink.handle([started(), user("Two"), turn("Both.")])
    await sink.aclose()
    assert server.texts("s1") == ["One", "Two", "Both."]


async def test_turns_that_wait_are_sent_together(server, mirror):
    sink = mirror()
    events = [started()]
    for number in range(30):
        events += [user(f"q{number}"), turn(f"a{number}")]
    await sink.handle(events)
    await sink.aclose()
    assert [len(post["commands"]) for post in server.posts] == [20, 20, 20]
    assert server.texts("s1") == [f"{kind}{n}" for n in range(30) for kind in "qa"]


async def test_each_session_has_its_thread_and_a_run_without_one_too(server, mirror):
    sink = mirror()
    await sink.handle([started("s1"), user("a"), turn("b")])
    await sink.handle([started("s2"), user("c"), turn("d")])
    await sink.handle([started(None, "r7"), user("e"), turn("f")])
    await sink.aclose()
    assert {name: server.texts(name) for name in server.threads} == {
        "s1": ["a", "b"],
        "s2": ["c", "d"],
        "r7": ["e", "f"],
    }


async def test_the_thread_can_be_named(server, mirror):
    sink = mirror(thread="mirror-{run_id}")
    await sink.handle([started(), turn("a")])
    await sink.aclose()
    assert list(server.threads) == ["mirror-r1"]


def test_names_with_unknown_fields_are_refused(mirror):
    with pytest.raises(ValueError, match="unknown field"):
        mirror(thread="{user}")


async def test_refusals_that_pass_lose_nothing(server, mirror):
    server.failures = [BUSY, Reply(status=401), Reply(status=429), Reply(status=500)]
    sink = mirror()
    await sink.handle([started(), user("a"), turn("b")])
    await sink.handle([user("c"), turn("d")])
    await arrived(server, "s1", ["a", "b", "c", "d"])
    await sink.aclose()


async def test_what_arrived_although_nobody_heard_is_there_once(server, mirror):
    server.failures = ["lost", "lost"]
    sink = mirror()
    await sink.handle([started(), user("a"), turn("b", "r")])
    await arrived(server, "s1", ["a", "b", "[r]"])
    await sink.aclose()
    server.failures = ["lost", BUSY]
    sink = mirror()
    await sink.handle([started(), user("c"), turn("d")])
    await arrived(server, "s1", ["a", "b", "[r]", "c", "d"])
    await sink.aclose()
    assert server.texts("s1") == ["a", "b", "[r]", "c", "d"]


@pytest.mark.parametrize("seed", range(8))
async def test_no_outage_loses_or_doubles_anything(server, mirror, seed):
    chance = random.Random(seed)
    server.failures = [
        chance.choice(["lost", "lost", BUSY, Reply(status=500), UNHEARD])
        if chance.random() < 0.6
        else ""
        for _ in range(30)
    ]
    expected = []
    sink = mirror()
    for number in range(20):
        await sink.handle([started(), user(f"q{number}"), turn(f"a{number}")])
        expected += [f"q{number}", f"a{number}"]
        if chance.random() < 0.3:  # the process ends, with whatever is on its way
            await sink.aclose()
            sink = mirror()
    server.failures = []
    await sink.handle([started()])
    await arrived(server, "s1", expected)
    await sink.aclose()
    assert server.texts("s1") == expected


async def test_what_could_not_be_sent_is_sent_next_time(server, mirror, tmp_path, caplog):
    sink = mirror(base_url="http://127.0.0.1:9", close_timeout_s=0)
    await sink.handle([started(), user("a"), turn("b")])
    await sink.aclose()
    assert "2 entries wait" in caplog.text
    sink = mirror()
    await sink.handle([started("s2")])
    await arrived(server, "s1", ["a", "b"])
    await sink.aclose()


async def test_a_turn_that_is_never_taken_does_not_stop_the_others(server, mirror, caplog):
    bad = Reply(status=422, body="no")
    server.failures = [bad]
    sink = mirror()
    with caplog.at_level(logging.ERROR):
        await sink.handle([started("s1"), user("a"), turn("b")])
        await sink.handle([started("s2"), user("c"), turn("d")])
        await arrived(server, "s2", ["c", "d"])
    await sink.aclose()
    assert "s1" not in server.threads
    assert "'s1'" in caplog.text


async def test_batches_that_are_too_large_are_sent_turn_by_turn(server, mirror):
    server.failures = [Reply(status=413)]
    sink = mirror()
    await sink.handle([started(), user("a"), turn("b"), user("c"), turn("d")])
    await sink.aclose()
    assert [len(post["commands"]) for post in server.posts] == [2, 2]
    assert server.texts("s1") == ["a", "b", "c", "d"]


async def test_a_thread_that_was_deleted_goes_on_anew(server, mirror):
    sink = mirror()
    await sink.handle([started(), user("a"), turn("b")])
    await arrived(server, "s1", ["a", "b"])
    del server.threads["s1"]
    server.failures = ["lost", Reply(status=422)]
    await sink.handle([user("c"), turn("d")])
    await sink.aclose()
    assert server.texts("s1") == ["c", "d"]


async def test_a_server_that_tells_no_state_is_mirrored_to(server, mirror):
    server.tells = False
    sink = mirror()
    await sink.handle([started(), user("a"), turn("b")])
    await sink.handle([user("c"), turn("d")])
    await sink.aclose()
    assert server.texts("s1") == ["a", "b", "c", "d"]
    assert all("parentId" not in command for post in server.posts for command in post["commands"])


async def test_two_sinks_at_a_time_have_each_their_file(server, mirror, tmp_path):
    one, two = mirror(), mirror()
    await one.handle([started("s1"), user("a"), turn("b")])
    await two.handle([started("s2"), user("c"), turn("d")])
    assert len(list((tmp_path / "outbox").glob("*.sqlite"))) == 2
    await one.aclose()
    await two.aclose()
    assert (server.texts("s1"), server.texts("s2")) == (["a", "b"], ["c", "d"])


def test_an_outbox_is_private(tmp_path):
    Outbox(tmp_path / "o").close()
    assert (tmp_path / "o").stat().st_mode & 0o077 == 0
    assert (tmp_path / "o/outbox-0.sqlite").stat().st_mode & 0o077 == 0


def test_what_commands_cannot_say_is_left_out():
    image = UserMessage(content=[ImageContent(url="https://h/i.png"), TextContent(text="\ud800x")])
    read = TurnReader("{session_id}").read
    [said] = read([started(), MessageEndEvent(image)])
    assert said.commands[0]["message"]["parts"] == [
        {"type": "image", "image": "https://h/i.png"},
        {"type": "text", "text": "x"},
    ]
    [answer] = read([turn("")])
    assert answer.commands[0]["message"]["parts"] == [{"type": "text", "text": ""}]
    assert read([MessageEndEvent(UserMessage(content=[]))]) == []
