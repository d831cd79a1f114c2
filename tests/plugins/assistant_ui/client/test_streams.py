"""Answers as they come, and gathered. Source: spec/assistant-ui.md, a.6 and a.7; check 9."""

import pytest
from support.assistant_streams import MESSAGE, SAID, SHOWN, STATE, STATE_SAID

from jackfield.testing import Reply, json_reply
from jackfield_assistant_ui import AssistantProtocolError
from jackfield_assistant_ui.wire.events import Data, StreamError, Text

HEADERS = {
    "data-stream": {"content-type": "text/plain", "x-vercel-ai-data-stream": "v1"},
    "assistant-transport": {"content-type": "text/event-stream"},
    "ui-message-stream": {
        "content-type": "text/event-stream",
        "x-vercel-ai-ui-message-stream": "v1",
    },
}
STOPPED = {"type": "complete", "reason": "stop"}


def reply(protocol, data, **more):
    body = [data[at : at + 100] for at in range(0, len(data), 100)]
    return Reply(headers=HEADERS[protocol], framing="chunked", body=body, **more)


@pytest.mark.parametrize("protocol", SAID)
async def test_streams_of_all_protocols_give_their_events(either, protocol):
    data, said = SAID[protocol]
    either.server.add(reply(protocol, data))
    assert await either.stream() == said
    [request] = either.server.requests
    accepted = "text/event-stream, text/plain;q=0.9, application/json;q=0.5"
    assert request.headers["accept"] == accepted


@pytest.mark.parametrize("protocol", SAID)
async def test_a_named_protocol_needs_no_headers(either, protocol):
    data, said = SAID[protocol]
    either.server.add(Reply(body=data))
    assert await either.stream(protocol=protocol) == said


async def test_state_operations_begin_from_the_state_of_the_request(either):
    either.server.add(reply("assistant-transport", STATE))
    assert await either.stream(state={"messages": []}) == STATE_SAID


async def test_an_answer_that_is_no_stream_gives_its_events(either):
    either.server.add(json_reply({"ok": 1}))
    assert await either.stream() == [Data("result", {"ok": 1})]


async def test_errors_in_a_stream_are_events(either):
    either.server.add(reply("data-stream", b'0:"Hel"\n3:"boom"\n'))
    assert await either.stream() == [Text("Hel"), StreamError("boom")]


@pytest.mark.parametrize("protocol", SAID)
async def test_chat_gathers_a_stream(either, protocol):
    data, _ = SAID[protocol]
    either.server.add(reply(protocol, data))
    answer = await either.chat()
    assert answer.content == data
    result = answer.json()
    metadata = result["message"].pop("metadata", {})
    assert result == {"message": MESSAGE, "state": None, "status": STOPPED}
    assert set(metadata) <= {"usage"}


async def test_chat_gathers_a_state(either):
    either.server.add(reply("assistant-transport", STATE))
    answer = await either.chat(state={"messages": []})
    assert answer.json() == {
        "message": SHOWN[1],
        "state": {"messages": SHOWN},
        "status": {"type": "complete", "reason": "unknown"},
    }


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b'3:"boom"\n', {"type": "incomplete", "reason": "error", "error": "boom"}),
        (b'd:{"finishReason":"length"}\n', {"type": "incomplete", "reason": "length"}),
        (b'd:{"finishReason":"stop"}\n', STOPPED),
        (b"", {"type": "complete", "reason": "unknown"}),
        (
            b'b:{"toolCallId":"c","toolName":"t"}\n',
            {"type": "requires-action", "reason": "tool-calls"},
        ),
        (
            b'd:{"finishReason":"tool-calls"}\n',
            {"type": "requires-action", "reason": "tool-calls"},
        ),
    ],
)
async def test_the_status_says_how_an_answer_ended(either, lines, status):
    either.server.add(reply("data-stream", b'0:"a"\n' + lines))
    assert (await either.chat()).json()["status"] == status


async def test_pieces_around_data_and_annotations_are_gathered(either):
    lines = b'0:"a"\n2:[1]\n8:[2]\n0:"b"\naui-data:{"name":"n","data":3}\n0:"c"\n2:[4]\n'
    either.server.add(reply("data-stream", lines))
    message = (await either.chat()).json()["message"]
    assert message["parts"] == [
        {"type": "text", "text": "ab"},
        {"type": "data", "name": "n", "data": 3},
        {"type": "text", "text": "c"},
    ]
    assert message["metadata"] == {"unstable_data": [1, 4], "unstable_annotations": [2]}


@pytest.mark.parametrize(
    "answer",
    [
        Reply(status=204),
        Reply(headers={"content-type": "text/html"}, body="<p>"),
        reply("assistant-transport", b'data: {"type":"data","data":[]}\n\n'),
    ],
    ids=["empty", "html", "cut"],
)
async def test_json_of_an_answer_that_has_none_is_our_error(either, answer):
    either.server.add(answer)
    found = await either.chat()
    with pytest.raises(AssistantProtocolError):
        found.json()
    assert issubclass(AssistantProtocolError, ValueError)


async def test_json_that_is_called_text_is_read(either):
    either.server.add(Reply(headers={"content-type": "text/plain"}, body='{"a": 1}'))
    assert (await either.chat()).json() == {"a": 1}
