"""The page of `jackfield serve`: answers that stream, stop, fail, go on."""

from playwright.sync_api import Page, expect
from support.page_server import PageServer, ask, last_answer

from jackfield.testing import Call, Error, ScriptedProvider, Text, Thinking, Wait


def test_answer_grows_and_is_drawn_as_markdown(page: Page, scripted: ScriptedProvider) -> None:
    wait = Wait()
    scripted.add([Text("# Grüße 🎉\n\nThe first half, "), wait, Text("**the second**.\n\n- one")])
    ask(page, "Hello")
    answer = last_answer(page)
    expect(answer.get_by_role("heading", name="Grüße 🎉")).to_be_visible()
    expect(answer).to_contain_text("The first half,")
    expect(answer.get_by_text("The assistant is writing")).to_be_attached()
    wait.release()
    expect(answer.locator("strong")).to_have_text("the second")
    expect(answer.get_by_role("listitem")).to_have_text("one")
    expect(answer.get_by_text("The assistant is writing")).not_to_be_attached()


def test_thoughts_are_open_while_the_model_thinks(page: Page, scripted: ScriptedProvider) -> None:
    wait = Wait()
    scripted.add([Thinking("Let me see."), wait, Text("Noon.")])
    ask(page, "What time is it?")
    expect(page.get_by_text("Let me see.")).to_be_visible()
    wait.release()
    expect(last_answer(page)).to_contain_text("Noon.")
    expect(page.get_by_text("Let me see.")).to_be_hidden()
    page.get_by_text("Thoughts").click()
    expect(page.get_by_text("Let me see.")).to_be_visible()


def test_tool_call_shows_arguments_and_result(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add([Call("shop_look", {"what": "tea"})], "There is tea.")
    ask(page, "Is there tea?")
    expect(last_answer(page)).to_contain_text("There is tea.")
    page.get_by_text("shop_look").click()
    expect(page.locator("pre").nth(0)).to_contain_text('"tea"')
    expect(page.locator("pre").nth(1)).to_contain_text("3 of tea")


def test_tool_runs_once_it_is_approved(
    page: Page, scripted: ScriptedProvider, server: PageServer
) -> None:
    scripted.add([Call("shop_buy", {"what": "tea"})], "Bought.")
    ask(page, "Buy tea")
    question = page.get_by_role("group", name="May shop_buy run?")
    expect(question).to_be_visible()
    assert server.bought == []
    question.get_by_role("button", name="Approve").click()
    expect(last_answer(page)).to_contain_text("Bought.")
    assert server.bought == ["tea"]
    expect(page.get_by_role("article", name="Assistant")).to_have_count(1)


def test_tool_that_is_refused_does_not_run(
    page: Page, scripted: ScriptedProvider, server: PageServer
) -> None:
    scripted.add([Call("shop_buy", {"what": "tea"})], "As you like.")
    ask(page, "Buy tea")
    page.get_by_role("button", name="Refuse").click()
    expect(last_answer(page)).to_contain_text("As you like.")
    expect(last_answer(page)).to_contain_text("refused")
    assert server.bought == []


def test_stop_keeps_what_was_written_and_ends_the_run(
    page: Page, scripted: ScriptedProvider, server: PageServer
) -> None:
    scripted.add([Text("Half of it"), Wait()])
    ask(page, "Tell me")
    expect(last_answer(page)).to_contain_text("Half of it")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(last_answer(page)).to_contain_text("Half of it")
    server.wait_until_idle()


def test_reload_in_mid_answer_takes_it_up_again(page: Page, scripted: ScriptedProvider) -> None:
    wait = Wait()
    scripted.add([Text("The beginning, "), wait, Text("the end.")])
    ask(page, "Tell me")
    expect(last_answer(page)).to_contain_text("The beginning,")
    page.reload()
    expect(last_answer(page)).to_contain_text("The beginning,")
    wait.release()
    expect(last_answer(page)).to_contain_text("The beginning, the end.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.reload()
    expect(last_answer(page)).to_contain_text("The beginning, the end.")
    assert len(scripted.requests) == 1


def test_error_is_told_and_another_try_answers(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add([Text("Well, "), Error("The model is overloaded.")], "Now it works.")
    ask(page, "Tell me")
    expect(page.get_by_role("alert")).to_contain_text("overloaded")
    page.get_by_role("button", name="Try again").click()
    expect(last_answer(page)).to_contain_text("Now it works.")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("article")).to_have_count(2)


def test_message_written_offline_goes_out_when_the_network_is_back(
    page: Page, scripted: ScriptedProvider
) -> None:
    scripted.add("Good to hear you.")
    page.context.set_offline(True)
    ask(page, "Are you there?")
    expect(page.get_by_role("alert")).to_contain_text("connection")
    expect(page.get_by_role("article", name="You")).to_contain_text("Are you there?")
    page.context.set_offline(False)
    expect(last_answer(page)).to_contain_text("Good to hear you.")
    expect(page.get_by_role("article")).to_have_count(2)
    assert len(scripted.requests) == 1


CUT_THE_ANSWER = """const whole = window.fetch
window.fetch = async (...asked) => {
    const reply = await whole(...asked)
    if (!String(asked[0]).endsWith("/assistant")) return reply
    window.fetch = whole
    const reader = reply.body.getReader()
    const cut = new Promise((_, fail) => {
        window.cut = () => fail(new TypeError("network error"))
    })
    const body = new ReadableStream({
        async pull(controller) {
            const { value } = await Promise.race([reader.read(), cut])
            controller.enqueue(value)
        },
    })
    return new Response(body, reply)
}"""


def test_answer_that_was_cut_is_taken_up_again(page: Page, scripted: ScriptedProvider) -> None:
    wait = Wait()
    scripted.add([Text("The beginning, "), wait, Text("the end.")])
    page.evaluate(CUT_THE_ANSWER)
    ask(page, "Tell me")
    expect(last_answer(page)).to_contain_text("The beginning,")
    page.evaluate("window.cut()")
    expect(page.get_by_role("alert")).to_contain_text("connection")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    wait.release()
    expect(last_answer(page)).to_contain_text("The beginning, the end.")
    expect(page.get_by_role("article")).to_have_count(2)
    assert len(scripted.requests) == 1


def test_regenerate_replaces_the_answer(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add("One.", "Two.", "Two, again.")
    ask(page, "first")
    expect(last_answer(page)).to_contain_text("One.")
    ask(page, "second")
    expect(last_answer(page)).to_contain_text("Two.")
    page.get_by_role("button", name="Regenerate").click()
    expect(last_answer(page)).to_contain_text("Two, again.")
    expect(page.get_by_role("article")).to_have_count(4)
    assert [message.role for message in scripted.requests[2].messages] == [
        "user",
        "assistant",
        "user",
    ]


def test_edited_message_is_answered_anew(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add("Tea it is.", "Coffee it is.")
    ask(page, "Tea")
    expect(last_answer(page)).to_contain_text("Tea it is.")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Edit the message").fill("Coffee")
    page.get_by_role("button", name="Send").first.click()
    expect(last_answer(page)).to_contain_text("Coffee it is.")
    expect(page.get_by_role("article")).to_have_count(2)


def test_html_of_a_model_is_inert(page: Page, scripted: ScriptedProvider) -> None:
    scripted.add(
        "<script>document.title='bad'</script><img src=x onerror=\"document.title='bad'\">\n\n"
        "[press](javascript:document.title='bad') ![spy](https://spy.example/a.png)"
    )
    ask(page, "<b>Hello</b><script>document.title='bad'</script>")
    answer = last_answer(page)
    expect(answer).to_contain_text("press")
    expect(page.locator(".viewport script, .viewport img, .viewport b")).to_have_count(0)
    assert not (answer.get_by_text("press").get_attribute("href") or "").startswith("javascript")
    assert page.title() == "Jackfield"
