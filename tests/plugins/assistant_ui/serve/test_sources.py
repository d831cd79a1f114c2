"""What an answer cites is shown as sources, in each protocol. Source: spec/assistant-ui.md, c."""

import json

import pytest
from support.assistant_asks import commands_request, model_request, said, ui_request
from support.cited import Cited, citation

TEA = citation("https://tea.example/", title="Tea")
POTS = citation("https://pots.example/")
ODD = [None, "x", {"url_citation": "x"}, citation(7), citation("javascript:alert(1)"), TEA]


@pytest.fixture
async def server(serve, scripted):
    scripted.add(Cited("Tea is old.", TEA, POTS, *ODD))
    return await serve()


async def test_data_stream_tells_each_cited_page_once(server):
    reply = await server.call("POST", "/api/chat", model_request("hi"))
    told = [json.loads(line[2:]) for line in reply.text.split("\n") if line.startswith("h:")]
    tea = {"sourceType": "url", "id": "https://tea.example/", "url": "https://tea.example/"}
    pots = {"sourceType": "url", "id": "https://pots.example/", "url": "https://pots.example/"}
    assert told == [tea | {"title": "Tea"}, pots]


async def test_ui_message_stream_tells_each_cited_page_once(server):
    reply = await server.call("POST", "/api/chat?protocol=ui-message-stream", ui_request("hi"))
    told = [frame for frame in reply.frames() if frame["type"] == "source-url"]
    assert [(frame["url"], frame.get("title")) for frame in told] == [
        ("https://tea.example/", "Tea"),
        ("https://pots.example/", None),
    ]


async def test_sources_stand_in_the_state_and_do_not_disturb_the_next_turn(server, scripted):
    first = await server.call("POST", "/assistant", commands_request("hi"))
    assert first.complete
    state = (await server.call("GET", "/api/threads/t1")).json()["state"]
    tea = {"type": "source", "sourceType": "url", "title": "Tea"}
    pots = {"type": "source", "sourceType": "url"}
    assert state["messages"][1]["parts"] == [
        said("Tea is old."),
        tea | dict.fromkeys(("id", "url"), "https://tea.example/"),
        pots | dict.fromkeys(("id", "url"), "https://pots.example/"),
    ]
    scripted.add("Yes.")
    again = await server.call("POST", "/assistant", commands_request("Is it?", state=state))
    assert again.status == 200
    state = (await server.call("GET", "/api/threads/t1")).json()["state"]
    assert state["messages"][3]["parts"] == [said("Yes.")]
