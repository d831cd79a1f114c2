"""The page of `jackfield serve`: threads, agents, images, who may use it, how it looks."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.page_server import AXE, PageServer, ServerMaker, ask, last_answer

from jackfield import ImageContent
from jackfield.testing import ScriptedProvider, Text, Wait

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_two_threads_keep_apart_and_a_hidden_one_goes_on(
    page: Page, scripted: ScriptedProvider
) -> None:
    wait = Wait()
    scripted.add([Text("Slowly "), wait, Text("done.")], "Quick.")
    ask(page, "A long story")
    expect(last_answer(page)).to_contain_text("Slowly")
    page.get_by_role("button", name="New thread").click()
    ask(page, "A short one")
    expect(last_answer(page)).to_contain_text("Quick.")
    wait.release()
    threads = page.get_by_role("navigation", name="Threads")
    threads.get_by_role("button", name="A long story", exact=True).click()
    expect(last_answer(page)).to_contain_text("Slowly done.")
    page.go_back()
    expect(last_answer(page)).to_contain_text("Quick.")


def test_thread_is_renamed_and_deleted(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add("Hello.")
    ask(page, "My question")
    threads = page.get_by_role("navigation", name="Threads")
    threads.get_by_role("button", name="Rename My question").click()
    page.get_by_label("Title of the thread").fill("Another title")
    page.keyboard.press("Enter")
    expect(threads.get_by_role("button", name="Another title", exact=True)).to_be_visible()
    page.reload()
    expect(last_answer(page)).to_contain_text("Hello.")
    page.on("dialog", lambda dialog: dialog.accept())
    threads.get_by_role("button", name="Delete Another title").click()
    expect(threads.get_by_role("listitem")).to_have_count(0)
    expect(page.get_by_text("What can I do for you?")).to_be_visible()


def test_agent_that_was_chosen_answers(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add("From one.", "From the other.")
    ask(page, "Hello")
    expect(last_answer(page)).to_contain_text("From one.")
    page.get_by_label("Agent").select_option("clerk")
    ask(page, "And you?")
    expect(last_answer(page)).to_contain_text("From the other.")
    assert [request.system_prompt for request in scripted.requests] == ["", "You are the clerk."]
    assert len(scripted.requests[1].messages) == 3


def test_image_reaches_the_model(page: Page, scripted: ScriptedProvider, tmp_path: Path) -> None:
    scripted.add("A red dot.")
    (tmp_path / "dot.png").write_bytes(PIXEL)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach images").click()
    chooser.value.set_files(tmp_path / "dot.png")
    expect(page.get_by_text("dot.png")).to_be_visible()
    ask(page, "What is this?")
    expect(last_answer(page)).to_contain_text("A red dot.")
    expect(page.get_by_role("article", name="You").get_by_role("img")).to_be_visible()
    (image,) = [
        part for part in scripted.requests[0].messages[0].content if isinstance(part, ImageContent)
    ]
    assert base64.b64decode(image.url.partition(",")[2]) == PIXEL


def test_server_with_a_token_asks_for_it(
    serve: ServerMaker, new_page: Callable[..., Page], scripted: ScriptedProvider
) -> None:
    scripted.add("Come in.")
    page = new_page(serve(token="open sesame"))
    page.get_by_label("Access token").fill("wrong")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("refuses")
    page.get_by_label("Access token").fill("open sesame")
    page.keyboard.press("Enter")
    ask(page, "Hello")
    expect(last_answer(page)).to_contain_text("Come in.")


def test_everything_works_with_the_keyboard(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add("Hello.")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(last_answer(page)).to_contain_text("Hello.")
    (text,) = scripted.requests[0].messages[0].content
    assert text.text == "one\ntwo"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(":focus")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_page_breaks_no_rule_of_accessibility(
    new_page: Callable[..., Page],
    server: PageServer,
    scripted: ScriptedProvider,
    scheme: str,
    width: int,
) -> None:
    scripted.add("# Title\n\nText with `code`.\n\n| a |\n|---|\n| 1 |\n\n```\nlong line\n```")
    page = new_page(server, color_scheme=scheme, viewport={"width": width, "height": 800})
    ask(page, "Hello")
    expect(page.get_by_role("button", name="Regenerate")).to_be_visible()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    broken = page.evaluate(
        "axe.run().then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))"
    )
    assert broken == []


def test_phone_shows_one_thing_at_a_time(
    new_page: Callable[..., Page], server: PageServer, scripted: ScriptedProvider
) -> None:
    scripted.add("word " * 300 + "`" + "x" * 300 + "`")
    page = new_page(server, viewport={"width": 360, "height": 720}, has_touch=True)
    ask(page, "Tell me a lot")
    expect(page.get_by_role("button", name="Regenerate")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    threads = page.get_by_role("navigation", name="Threads")
    expect(threads).to_be_hidden()
    page.get_by_role("button", name="Threads").click()
    threads.get_by_role("button", name="New thread").click()
    expect(threads).to_be_hidden()
    expect(page.get_by_text("What can I do for you?")).to_be_visible()


def test_colours_follow_the_system_until_one_is_chosen(
    new_page: Callable[..., Page], server: PageServer
) -> None:
    page = new_page(server, color_scheme="dark")
    back = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(back)
    button = page.get_by_role("button", name="Colours")
    button.click()
    expect(button).to_have_text("Colours: light")
    assert page.evaluate(back) != dark
    page.reload()
    expect(button).to_have_text("Colours: light")
    button.click()
    assert page.evaluate(back) == dark


def test_page_is_sent_with_a_strict_policy(page: Page, server: PageServer) -> None:
    response = page.request.get(server.url)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in response.text()
    assert "<style>" not in response.text()
