"""A scanner with canary keys: no secret in a repr, a log, an exception, a message, a cassette."""

import asyncio
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback

import pytest

from jackfield.testing import Reply, json_reply
from jackfield_httpx.record import RecordTransport
from jackfield_httpx.settings import RecordSettings
from jackfield_lumnis import AsyncClient, Client, LumnisAIError
from jackfield_lumnis.auth import given_key
from jackfield_lumnis.connection import Connection
from jackfield_lumnis.provider import LumnisProvider
from jackfield_lumnis.settings import LumnisProviderSettings
from jackfield_lumnis.testing import LumnisServer, Run, entry

KEY = "canary-4d1f7c-of-lumnis"
VENDOR_KEY = "sk-canaryvendor0123456789abcdef"
HEADER = "canary-header-of-mcp"
CANARIES = (KEY, VENDOR_KEY, HEADER)


@pytest.fixture
def server():
    with LumnisServer(api_keys={KEY}) as server:
        yield server


@pytest.fixture
def seen(caplog):
    """Collect texts; at the end none of them, and no log record, may have a canary."""
    texts = []
    caplog.set_level(logging.NOTSET)
    logging.getLogger("lumnisai").setLevel(logging.DEBUG)
    yield texts
    logging.getLogger("lumnisai").setLevel(logging.NOTSET)
    records = caplog.get_records("call")
    assert records, "nothing was logged: the scanner would find nothing"
    texts += [f"{record.getMessage()} {record.args!r}" for record in records]
    for text in texts:
        for canary in CANARIES:
            assert canary not in text, text.replace(canary, "<<CANARY>>")


def told_by(error):
    """Return everything that an exception shows, its causes included."""
    lines = ["".join(traceback.format_exception(error))]
    while error is not None:
        shown = {name: value for name, value in vars(error).items() if not name.startswith("__")}
        lines += [str(error), repr(error), repr(error.args), repr(shown)]
        error = error.__cause__ or error.__context__
    return lines


def echo(status, form):
    """Return what makes a reply that repeats the credentials of its request, and its body."""

    def reply(request):
        said = f"{request.headers['authorization']} {request.body.decode(errors='replace')}"
        headers = {"x-request-id": "q", "x-echo": request.headers["authorization"]}
        if form == "json":
            error = {"message": said, "details": {"sent": [[said]], "api_key": KEY}}
            return json_reply({"error": error}, status=status, headers=headers)
        return Reply(status=status, headers=headers, body=f"<html>{said}</html>")

    return reply


CALLS = {
    "invoke": lambda client: client.invoke("x", user_id="u"),
    "external_api_keys.create": lambda client: client.external_api_keys.create(
        provider="openai", api_key=VENDOR_KEY
    ),
    "create_mcp_server": lambda client: client.create_mcp_server(
        name="m",
        transport="sse",
        scope="tenant",
        url="https://m.example.com",
        headers={"x-key": HEADER},
        env={"TOKEN": HEADER},
    ),
    "tenant.get": lambda client: client.tenant.get(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", ["json", "html"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 500])
def test_service_that_echoes_everything_finds_no_loud_client(server, seen, status, form, call):
    server.fail("* *", echo(status, form))
    with Client(api_key=KEY, base_url=server.url, max_retries=0) as client:
        seen += [repr(client), str(client), repr(client.service), repr(vars(client))]
        try:
            CALLS[call](client)
        except LumnisAIError as error:
            seen += told_by(error)
            seen.append(repr(pickle.dumps(error)))
        else:
            assert status == 200
            assert form == "json"


def test_stored_secrets_are_in_no_reply(server, seen):
    with Client(api_key=KEY, base_url=server.url) as client:
        stored = CALLS["external_api_keys.create"](client)
        made = CALLS["create_mcp_server"](client)
        listed = client.external_api_keys.list()
        seen += [repr(each) for each in (stored, made, listed)]
        seen += [stored.model_dump_json(), made.model_dump_json()]


def test_wrong_arguments_are_not_repeated(server, seen):
    with Client(api_key=KEY, base_url=server.url) as client:
        for wrong in (
            {"provider": "openai", "api_key": VENDOR_KEY * 100},
            {"provider": "openai", "api_key": VENDOR_KEY, "mode": "nonsense"},
        ):
            with pytest.raises(LumnisAIError) as caught:
                client.external_api_keys.create(**wrong)
            seen += told_by(caught.value)
        client.tenant.get()  # something to log


async def test_async_client_is_as_silent(server, seen):
    server.fail("* *", echo(400, "json"))
    async with AsyncClient(api_key=KEY, base_url=server.url) as client:
        seen += [repr(client), repr(client.service), repr(client.for_user("u"))]
        with pytest.raises(LumnisAIError) as caught:
            await client.invoke("x", user_id="u")
        seen += told_by(caught.value)


@pytest.mark.parametrize("end", ["stop", "refused", "broken", "aborted"])
async def test_provider_tells_no_key_and_records_none(server, transport, seen, tmp_path, end):
    server.plan(
        Run.endless(entry("planning", "x")) if end == "aborted" else Run.of(output_text="7")
    )
    if end in ("refused", "broken"):
        server.fail("* *", echo(400 if end == "refused" else 200, "json"))
    path = tmp_path / "cassette.jsonl"
    recording = RecordTransport(RecordSettings(path=path), transport)
    settings = LumnisProviderSettings(base_url=server.url, user_id="u", poll_interval_s=0)
    connection = Connection("providers.lumnis", settings, recording, given_key(KEY))
    provider = LumnisProvider("lumnis", settings, connection)
    message = await answered(provider, leaving=end == "aborted")
    assert message.stop_reason == {"refused": "error", "broken": "error"}.get(end, end)
    cassette = path.read_text(encoding="utf-8")
    assert "/v1/responses" in cassette
    seen += [cassette, repr(message), json.dumps(message.to_dict())]
    seen += [repr(each) for each in (provider, connection, settings, connection.client().service)]


async def answered(provider, *, leaving):
    from jackfield.contracts import Context, StreamOptions
    from jackfield.messages import TextContent, UserMessage
    from jackfield.models import Model

    context = Context(messages=[UserMessage(content=[TextContent(text="x")], timestamp=1)])
    stream = provider.stream(Model(provider="lumnis", id="default"), context, StreamOptions())
    async for event in stream:
        if leaving and event.type == "thinking_delta":
            break
    await stream.aclose()
    return await stream.result()


@pytest.mark.parametrize("status", [200, 401])
def test_debug_output_of_a_whole_run_has_no_key(server, tmp_path, status):
    if status != 200:
        server.fail("* *", *[echo(status, "json")] * 2)
    (tmp_path / "jackfield.toml").write_text(
        '[agents.default]\nmodel = "lumnis:default"\n\n'
        f'[providers.lumnis]\nbase_url = "{server.url}"\nuser_id = "u"\n'
        'poll_interval_s = 0.01\nauth = "work"\n\n[auth.work]\nuse = "lumnis"\n',
        encoding="utf-8",
    )
    for arguments in (["run", "default", "x", "--debug", "--json"], ["config", "show"]):
        done = subprocess.run(
            [sys.executable, "-m", "jackfield", *arguments],
            cwd=tmp_path,
            env=os.environ | {"LUMNISAI_API_KEY": KEY},
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
        assert done.returncode == (0 if status == 200 or arguments[0] == "config" else 1)
        assert KEY not in done.stdout + done.stderr


async def test_tool_tells_no_key(server, transport, seen):
    from jackfield import ToolError
    from jackfield_lumnis.settings import LumnisSettings
    from jackfield_lumnis.tools import Delegate

    settings = LumnisSettings(base_url=server.url, user_id="u", poll_interval_s=0)
    connection = Connection("tools.lumnis", settings, transport, given_key(KEY))
    tool = Delegate(settings, connection)
    server.fail("* *", echo(400, "json"))
    with pytest.raises(ToolError) as caught:
        await tool.run("c", {"task": "x"}, asyncio.Event(), lambda update: None)
    seen += [*told_by(caught.value), repr(tool), repr(vars(tool))]
    result = await tool.run("c", {"task": "x"}, asyncio.Event(), lambda update: None)
    seen.append(repr(result))
