"""The three runtimes of assistant-ui in a browser. Source: spec/assistant-ui.md, g 16-22."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect
from support.cited import Cited, citation
from support.page_server import PageServer, ServerMaker, ask

from jackfield.testing import Call, Error, ScriptedProvider, Text, Thinking, Wait

RUNTIMES = ["data-stream", "transport", "ai-sdk"]
IDLE = "[data-running=false]"
NO_MORE_MS = 10_000  # there is no event for requests that do not come
EDIT_THE_FIRST = """runtime.thread.append({
    role: "user",
    parentId: null,
    sourceId: runtime.thread.getState().messages[0].id,
    content: [{ type: "text", text: "again" }],
})"""


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> str:
    """Name each runtime in turn."""
    return str(request.param)


@pytest.fixture
def page(new_page: Callable[..., Page], server: PageServer, runtime: str) -> Page:
    """Open the bare page of the runtime."""
    return new_page(server, f"/pages/{runtime}.html")


def answer(page: Page) -> Any:
    return page.locator("article[data-role=assistant]").last


def chats(page: Page) -> list[Request]:
    """Collect what is posted from now on."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if request.method == "POST" else None)
    return found


def test_text_grows_and_is_complete(page: Page, scripted: ScriptedProvider) -> None:
    wait = Wait()
    scripted.add([Text("Grüße, "), wait, Text("Ωmega 🎉")])
    ask(page, "Hello")
    expect(answer(page)).to_have_text("Grüße,")
    expect(answer(page)).to_have_attribute("data-status", "running")
    wait.release()
    expect(answer(page)).to_have_text("Grüße, Ωmega 🎉")
    expect(answer(page)).to_have_attribute("data-status", "complete")


def test_parts_stand_in_the_order_sent(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add(
        [Thinking("Let me look."), Text("I look."), Call("shop_look", {"what": "tea"})],
        Cited("Yes.", citation("https://tea.example/", title="Tea")),
    )
    ask(page, "Is there tea?")
    expect(answer(page)).to_have_attribute("data-status", "complete")
    parts = answer(page).locator("[data-part]")
    kinds = parts.evaluate_all("found => found.map(part => part.dataset.part)")
    assert kinds == ["reasoning", "text", "tool-call", "text", "source"]
    expect(parts.nth(2)).to_contain_text("shop_look")
    expect(parts.nth(2)).to_contain_text('"tea"')
    expect(parts.nth(2)).to_contain_text("3 of tea")
    expect(parts.nth(3)).to_have_text("Yes.")
    expect(parts.nth(4)).to_have_text("https://tea.example/")


def test_failure_half_way_is_told_in_our_words(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add([Text("Well, "), Error("The model is overloaded.")])
    ask(page, "Hello")
    expect(page.get_by_role("alert").first).to_contain_text("overloaded")
    expect(page.get_by_role("alert").first).not_to_contain_text("network error")


def test_refusal_before_the_stream_is_told(
    serve: ServerMaker, new_page: Callable[..., Page], scripted: ScriptedProvider, runtime: str
) -> None:
    scripted.add("One.")
    page = new_page(serve(requests_per_minute=1), f"/pages/{runtime}.html")
    ask(page, "Hello")
    expect(answer(page)).to_have_text("One.")
    ask(page, "And now?")
    expect(page.get_by_role("alert").first).to_contain_text("Too many requests")


def test_stop_leaves_what_was_written(
    page: Page, scripted: ScriptedProvider, server: PageServer
) -> None:
    scripted.add([Text("Half of it"), Wait()])
    ask(page, "Hello")
    expect(answer(page)).to_have_text("Half of it")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(IDLE)).to_be_attached(timeout=1000)
    expect(answer(page)).to_contain_text("Half of it")
    server.wait_until_idle()


def test_tool_of_the_page_makes_one_more_request(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add([Call("page_title", {})], "That is its title.")
    posted = chats(page)
    ask(page, "What is the title?")
    expect(answer(page)).to_contain_text("That is its title.")
    expect(page.locator(IDLE)).to_be_attached()
    page.wait_for_timeout(NO_MORE_MS)
    assert len(posted) == 2
    assert page.evaluate("window.toolRuns") == 1
    results = [part for part in scripted.requests[1].messages if part.role == "tool_result"]
    assert page.title() in results[-1].content[0].text


@pytest.mark.parametrize(("button", "bought"), [("Approve", ["tea"]), ("Refuse", [])])
def test_ai_sdk_asks_the_user(
    new_page: Callable[..., Page],
    server: PageServer,
    scripted: ScriptedProvider,
    button: str,
    bought: list[str],
) -> None:
    scripted.add([Call("shop_buy", {"what": "tea"})], "So be it.")
    page = new_page(server, "/pages/ai-sdk.html")
    posted = chats(page)
    ask(page, "Buy tea")
    page.get_by_role("button", name=button).click()
    expect(answer(page)).to_contain_text("So be it.")
    expect(page.locator(IDLE)).to_be_attached()
    assert server.bought == bought
    assert len(posted) == 2


def test_ai_sdk_does_not_send_the_result_of_our_tool_again(
    new_page: Callable[..., Page], server: PageServer, scripted: ScriptedProvider
) -> None:
    scripted.add([Call("shop_look", {"what": "tea"})], "Yes.")
    page = new_page(server, "/pages/ai-sdk.html")
    posted = chats(page)
    ask(page, "Is there tea?")
    expect(answer(page)).to_contain_text("Yes.")
    page.wait_for_timeout(NO_MORE_MS)
    assert len(posted) == 1


def test_second_turn_carries_the_first(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add("One.", "Two.")
    ask(page, "first")
    expect(answer(page)).to_have_text("One.")
    expect(page.locator(IDLE)).to_be_attached()
    ask(page, "second")
    expect(answer(page)).to_have_text("Two.")
    expect(page.locator("article")).to_have_count(4)
    assert [message.role for message in scripted.requests[1].messages] == [
        "user",
        "assistant",
        "user",
    ]


def test_answer_is_replaced(page: Page, scripted: ScriptedProvider, runtime: str) -> None:
    scripted.add("One.", "Another one.")
    ask(page, "first")
    expect(answer(page)).to_have_text("One.")
    expect(page.locator(IDLE)).to_be_attached()
    if runtime == "transport":
        page.evaluate(EDIT_THE_FIRST)
    else:
        page.evaluate("runtime.thread.getMessageByIndex(1).reload()")
    expect(answer(page)).to_have_text("Another one.")
    expect(page.locator("article")).to_have_count(2)
    assert len(scripted.requests[1].messages) == 1


def test_reload_in_mid_answer_resumes(
    new_page: Callable[..., Page], server: PageServer, scripted: ScriptedProvider
) -> None:
    page = new_page(server, "/pages/ai-sdk.html?resumable=1")
    wait = Wait()
    scripted.add([Text("The beginning, "), wait, Text("the end.")])
    ask(page, "Hello")
    expect(answer(page)).to_have_text("The beginning,")
    page.reload()
    expect(answer(page)).to_have_text("The beginning,")
    wait.release()
    expect(answer(page)).to_have_text("The beginning, the end.")
    expect(page.locator(IDLE)).to_be_attached()
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    asked = chats(page)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert asked == []
    assert len(scripted.requests) == 1


def test_page_of_another_origin_needs_the_exposed_headers(
    serve: ServerMaker, new_page: Callable[..., Page], scripted: ScriptedProvider
) -> None:
    scripted.add("Across.", "Across.")
    server = serve(cors_origins=["{other}"])
    page = new_page(server, f"{server.other}/pages/data-stream.html?server={server.url}")
    ask(page, "Hello")
    expect(answer(page)).to_have_text("Across.")

    def hide(route: Any) -> None:
        if route.request.method == "OPTIONS":
            route.continue_()
            return
        reply = route.fetch()
        headers = {k: v for k, v in reply.headers.items() if "expose" not in k}
        route.fulfill(response=reply, headers=headers)

    page.route("**/api/chat", hide)
    ask(page, "Again")
    expect(page.get_by_role("alert").first).to_be_visible()


def test_requests_are_those_of_the_specification(
    page: Page, scripted: ScriptedProvider, runtime: str
) -> None:
    scripted.add("One.")
    posted = chats(page)
    ask(page, "first")
    expect(answer(page)).to_have_text("One.")
    body = json.loads(posted[0].post_data or "")
    wanted = {
        "data-stream": {"messages", "tools", "unstable_assistantMessageId", "threadId"},
        "transport": {"commands", "state", "tools"},
        "ai-sdk": {"messages", "trigger", "id", "tools"},
    }[runtime]
    assert wanted <= set(body)
