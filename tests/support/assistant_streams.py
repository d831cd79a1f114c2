"""Replies of the three protocols as servers send them, and what they say."""

from jackfield_assistant_ui.wire.events import (
    CallArgs,
    CallArgsEnd,
    CallResult,
    CallStart,
    Event,
    File,
    Finish,
    MessageStart,
    Metadata,
    Reasoning,
    Source,
    StateOps,
    StepFinish,
    StepStart,
    Text,
)

USAGE = {"inputTokens": 9, "outputTokens": 12}

DATA_STREAM = (
    'f:{"messageId":"m1"}\n'
    'g:"Let me look. "\n'
    '0:"It is "\n'
    'b:{"toolCallId":"c1","toolName":"clock"}\n'
    'c:{"toolCallId":"c1","argsTextDelta":"{\\"tz\\":\\"UTC\\"}"}\n'
    'c:{"toolCallId":"c1","argsTextDelta":"","isFinal":true}\n'
    'a:{"toolCallId":"c1","result":{"now":"12:00"}}\n'
    'h:{"sourceType":"url","id":"s1","url":"https://h/","title":"H"}\n'
    'k:{"data":"https://h/i.png","mimeType":"image/png"}\n'
    "\n"
    '0:"n\u00f6\U0001f600n."\n'
    'e:{"finishReason":"stop","usage":{"inputTokens":9,"outputTokens":12},"isContinued":false}\n'
    'd:{"finishReason":"stop","usage":{"inputTokens":9,"outputTokens":12}}\n'
).encode()

TRANSPORT = (
    'data: {"type":"step-start","path":[],"messageId":"m1"}\n\n'
    'data: {"type":"part-start","path":[],"part":{"type":"reasoning"}}\n\n'
    'data: {"type":"text-delta","path":[0],"textDelta":"Let me look. "}\n\n'
    'data: {"type":"part-finish","path":[0]}\n\n'
    'data: {"type":"part-start","path":[],"part":{"type":"text"}}\n\n'
    'data: {"type":"text-delta","path":[1],"textDelta":"It is "}\n\n'
    ": heartbeat\n\n"
    'data: {"type":"part-start","path":[],"part":'
    '{"type":"tool-call","toolCallId":"c1","toolName":"clock"}}\n\n'
    'data: {"type":"text-delta","path":[2],"textDelta":"{\\"tz\\":\\"UTC\\"}"}\n\n'
    'data: {"type":"tool-call-args-text-finish","path":[2]}\n\n'
    'data: {"type":"result","path":[2],"result":{"now":"12:00"}}\n\n'
    'data: {"type":"part-start","path":[],"part":{"type":"source","sourceType":"url","id":"s1",'
    '"url":"https://h/","title":"H"}}\n\n'
    'data: {"type":"part-start","path":[],"part":{"type":"file","data":"https://h/i.png",'
    '"mimeType":"image/png"}}\n\n'
    'data: {"type":"part-start","path":[],"part":{"type":"text"}}\n\n'
    'data: {"type":"text-delta","path":[5],"textDelta":"n\u00f6\U0001f600n."}\n\n'
    'data: {"type":"step-finish","path":[],"finishReason":"stop",'
    '"usage":{"inputTokens":9,"outputTokens":12},"isContinued":false}\n\n'
    'data: {"type":"message-finish","path":[],"finishReason":"stop",'
    '"usage":{"inputTokens":9,"outputTokens":12}}\n\n'
    "data: [DONE]\n\n"
).encode()

UI_MESSAGES = (
    'data: {"type":"start","messageId":"m1"}\n\n'
    'data: {"type":"start-step"}\n\n'
    'data: {"type":"reasoning-start","id":"r1"}\n\n'
    'data: {"type":"reasoning-delta","id":"r1","delta":"Let me look. "}\n\n'
    'data: {"type":"reasoning-end","id":"r1"}\n\n'
    'data: {"type":"text-start","id":"t1"}\n\n'
    'data: {"type":"text-delta","id":"t1","delta":"It is "}\n\n'
    'data: {"type":"text-end","id":"t1"}\n\n'
    'data: {"type":"tool-input-start","toolCallId":"c1","toolName":"clock"}\n\n'
    'data: {"type":"tool-input-delta","toolCallId":"c1",'
    '"inputTextDelta":"{\\"tz\\":\\"UTC\\"}"}\n\n'
    'data: {"type":"tool-input-available","toolCallId":"c1","toolName":"clock",'
    '"input":{"tz":"UTC"}}\n\n'
    ": heartbeat\n\n"
    'data: {"type":"tool-output-available","toolCallId":"c1","output":{"now":"12:00"}}\n\n'
    'data: {"type":"source-url","sourceId":"s1","url":"https://h/","title":"H"}\n\n'
    'data: {"type":"file","url":"https://h/i.png","mediaType":"image/png"}\n\n'
    'data: {"type":"text-start","id":"t2"}\n\n'
    'data: {"type":"text-delta","id":"t2","delta":"n\u00f6\U0001f600n."}\n\n'
    'data: {"type":"text-end","id":"t2"}\n\n'
    'data: {"type":"finish-step"}\n\n'
    'data: {"type":"finish","finishReason":"stop",'
    '"messageMetadata":{"usage":{"inputTokens":9,"outputTokens":12}}}\n\n'
    "data: [DONE]\n\n"
).encode()

PARTS: list[Event] = [
    Reasoning("Let me look. "),
    Text("It is "),
    CallStart("c1", "clock"),
    CallArgs("c1", '{"tz":"UTC"}'),
    CallArgsEnd("c1"),
    CallResult("c1", {"now": "12:00"}),
    Source("s1", "https://h/", "H"),
    File("https://h/i.png", "image/png"),
    Text("n\u00f6\U0001f600n."),
]

SAME: list[Event] = [
    StepStart("m1"),
    *PARTS,
    StepFinish("stop", USAGE),
    Finish("stop", USAGE),
]

SAID: dict[str, tuple[bytes, list[Event]]] = {
    "data-stream": (DATA_STREAM, SAME),
    "assistant-transport": (TRANSPORT, SAME),
    "ui-message-stream": (
        UI_MESSAGES,
        [
            MessageStart("m1"),
            StepStart(),
            *PARTS,
            StepFinish(),
            Metadata({"usage": USAGE}),
            Finish("stop", USAGE),
        ],
    ),
}
"""By protocol: a reply, and its events."""

MESSAGE = {
    "id": "m1",
    "role": "assistant",
    "parts": [
        {"type": "reasoning", "text": "Let me look. "},
        {"type": "text", "text": "It is "},
        {
            "type": "tool-call",
            "toolCallId": "c1",
            "toolName": "clock",
            "args": {"tz": "UTC"},
            "argsText": '{"tz":"UTC"}',
            "result": {"now": "12:00"},
        },
        {"type": "source", "sourceType": "url", "id": "s1", "url": "https://h/", "title": "H"},
        {"type": "file", "data": "https://h/i.png", "mimeType": "image/png"},
        {"type": "text", "text": "n\u00f6\U0001f600n."},
    ],
}
"""What all three replies say, gathered."""

_SHOWN = [
    {"id": "u0", "role": "user", "parts": [{"type": "text", "text": "hi"}]},
    {"id": "a1", "role": "assistant", "parts": [{"type": "text", "text": "Hello"}]},
]
_SET = {"type": "set", "path": ["messages", "0"], "value": _SHOWN[0]}
_BEGIN = {
    "type": "set",
    "path": ["messages", "1"],
    "value": {"id": "a1", "role": "assistant", "parts": [{"type": "text", "text": "Hel"}]},
}
_GROW = {"type": "append-text", "path": ["messages", "1", "parts", "0", "text"], "value": "lo"}

STATE = (
    b'data: {"type":"update-state","path":[],"operations":[{"type":"set","path":["messages","0"],'
    b'"value":{"id":"u0","role":"user","parts":[{"type":"text","text":"hi"}]}},{"type":"set",'
    b'"path":["messages","1"],"value":{"id":"a1","role":"assistant","parts":[{"type":"text",'
    b'"text":"Hel"}]}}]}\n\n'
    b'data: {"type":"update-state","path":[],"operations":[{"type":"append-text","path":'
    b'["messages","1","parts","0","text"],"value":"lo"}]}\n\n'
    b"data: [DONE]\n\n"
)
"""An answer that is told as changes of the state `{"messages": []}`."""

STATE_SAID: list[Event] = [
    StateOps([_SET, _BEGIN], {"messages": [_SHOWN[0], _BEGIN["value"]]}),
    StateOps([_GROW], {"messages": _SHOWN}),
]
"""Its events."""

SHOWN = _SHOWN
"""The messages after it."""
