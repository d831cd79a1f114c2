"""The threads that the server keeps."""

from support.assistant_asks import commands_request, model_request, said, ui_request

from jackfield.testing.script import Call, Wait


async def test_threads_of_all_protocols_are_listed_the_latest_first(serve, scripted):
    scripted.add("a", "b", "c", "d")
    server = await serve()
    await server.call("POST", "/api/chat", model_request("one " * 30, thread="t1"))
    await server.call("POST", "/api/chat", ui_request("two", thread="t2"))
    await server.call("POST", "/assistant", commands_request("three", thread="t3"))
    await server.call("POST", "/assistant", commands_request("first", thread="t1"))
    threads = (await server.call("GET", "/api/threads")).json()["threads"]
    assert sorted(thread["id"] for thread in threads) == ["t1", "t2", "t3"]
    assert threads == sorted(threads, key=lambda thread: -thread["updatedAt"])
    titles = {thread["id"]: thread["title"] for thread in threads}
    assert titles["t2"] == "two"
    assert titles["t1"].startswith("one one")
    assert len(titles["t1"]) <= 60


async def test_thread_has_tools_and_answers_whatever_the_protocol(serve, scripted):
    scripted.add([Call("clock", {"tz": "UTC"})], "Noon")
    server = await serve()
    await server.call("POST", "/api/chat", ui_request("hi"))
    thread = (await server.call("GET", "/api/threads/t1")).json()
    user, assistant = thread["state"]["messages"]
    assert user["parts"] == [said("hi")]
    call, text = assistant["parts"]
    assert call["result"] == {"now": "12:00", "tz": "UTC"}
    assert call["args"] == {"tz": "UTC"}
    assert text == said("Noon")


async def test_thread_without_an_id_gets_one(serve, scripted):
    scripted.add("a")
    server = await serve()
    accept = {"accept": "application/json"}
    body = commands_request("hi", thread=None)
    reply = (await server.call("POST", "/assistant", body, headers=accept)).json()
    assert (await server.call("GET", f"/api/threads/{reply['threadId']}")).status == 200


async def test_thread_is_renamed_and_keeps_its_name(serve, scripted):
    scripted.add("a", "b")
    server = await serve()
    await server.call("POST", "/assistant", commands_request("hi"))
    assert (await server.call("PATCH", "/api/threads/t1", {"title": " New "})).status == 200
    await server.call("POST", "/assistant", commands_request("hi"))
    assert (await server.call("GET", "/api/threads/t1")).json()["title"] == "New"
    assert (await server.call("PATCH", "/api/threads/t1", {"title": 1})).status == 422
    assert (await server.call("PATCH", "/api/threads/t9", {"title": "x"})).status == 404


async def test_thread_that_is_removed_ends_its_answer_and_stays_removed(serve, scripted):
    wait = Wait()
    scripted.add(["Half", wait])
    server = await serve()
    reply = await server.call.open("POST", "/assistant", commands_request("hi"))
    await wait.reached.wait()
    assert (await server.call("DELETE", "/api/threads/t1")).status == 204
    assert (await reply.rest()).complete
    await reply.aclose()
    assert (await server.call("GET", "/api/threads/t1")).status == 404


async def test_threads_are_still_there_after_a_restart(serve, scripted, tmp_path):
    scripted.add("a")
    path = tmp_path / "deep" / "threads.sqlite3"
    first = await serve(path=path)
    await first.call("POST", "/assistant", commands_request("hi"))
    await first.application.aclose()
    second = await serve(path=path)
    assert (await second.call("GET", "/api/threads/t1")).json()["title"] == "hi"
    assert path.stat().st_mode & 0o077 == 0


async def test_strange_thread_ids_are_only_names(serve, scripted, tmp_path):
    server = await serve(path=tmp_path / "kept" / "threads.sqlite3")
    for thread in (
        "../../etc/passwd",
        "a/b/stream",
        "'; drop table threads; --",
        "\u00e4 \U0001f600",
        "%2e%2e",
    ):
        scripted.add("a")
        reply = await server.call("POST", "/assistant", commands_request("hi", thread=thread))
        assert reply.status == 200
    listed = (await server.call("GET", "/api/threads")).json()["threads"]
    assert len(listed) == 5
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept <= {"threads.sqlite3", "threads.sqlite3-wal", "threads.sqlite3-shm"}
    assert (await server.call("GET", "/api/threads/..%2F..%2Fetc%2Fpasswd")).json()["title"] == "hi"


async def test_user_sees_own_threads_only(serve, scripted):
    scripted.add("a", "b")
    server = await serve(tokens={"ann": "secret-a", "bob": "secret-b"})
    ann, bob = ({"authorization": f"Bearer secret-{letter}"} for letter in "ab")
    await server.call("POST", "/assistant", commands_request("of ann"), headers=ann)
    assert (await server.call("GET", "/api/threads", headers=bob)).json() == {"threads": []}
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"title": "x"})):
        reply = await server.call(method, "/api/threads/t1", body, headers=bob)
        assert (reply.status, reply.text) == (404, "There is nothing here.")
    # The same id is another thread for another user.
    await server.call("POST", "/assistant", commands_request("of bob"), headers=bob)
    mine = await server.call("GET", "/api/threads/t1", headers=ann)
    assert mine.json()["title"] == "of ann"


async def test_agents_are_listed_and_chosen_by_the_request(serve, scripted):
    scripted.add("a", "b")
    model = "scripted:test"
    agents = {
        "clerk": {"model": model, "system_prompt": "You are the clerk."},
        "default": {"model": model},
    }
    server = await serve(config={"agents": agents})
    found = (await server.call("GET", "/api/agents")).json()
    assert found["default"] == "default"
    assert found["agents"] == [
        {"name": "default", "model": model},
        {"name": "clerk", "model": model},
    ]
    body = commands_request("hi", config={"agent": "clerk"}, system="Be brief.")
    await server.call("POST", "/assistant", body)
    assert scripted.requests[0].system_prompt == "You are the clerk.\n\nBe brief."
