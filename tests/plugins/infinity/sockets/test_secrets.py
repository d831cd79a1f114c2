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
from support.infinity_key import given_key

from jackfield import ToolError
from jackfield.contracts import Context, StreamOptions
from jackfield.messages import TextContent, UserMessage
from jackfield.models import Model
from jackfield.testing import Hold, Reply, json_reply
from jackfield_httpx.record import RecordTransport
from jackfield_httpx.settings import RecordSettings
from jackfield_infinity import (
    AsyncInfinityAssistantClient,
    InfinityAssistantClient,
    InfinityAssistantError,
    WebhookReceiver,
    parse_webhook,
)
from jackfield_infinity.auth import InfinityAuthSettings, open_auth
from jackfield_infinity.connection import Connection
from jackfield_infinity.provider import InfinityProvider
from jackfield_infinity.settings import InfinityProviderSettings, InfinityToolSettings
from jackfield_infinity.testing import InfinityServer, Turn, delivery
from jackfield_infinity.tools import InfinityTools, open_tools

KEY = "ia_canary4d1f7cCANARYcanary4d1f7cCANARYcanary4d"
COOKIE = "canary-cookie-of-somebody"
SECRET = "canary-secret-of-the-webhook"
CANARIES = (KEY, COOKIE, SECRET)


@pytest.fixture(params=["published", "deployed"])
def server(request):
    with InfinityServer(routes=request.param, api_keys={KEY: "pro"}) as server:
        yield server


@pytest.fixture
def seen(caplog):
    """Collect texts; at the end none of them, and no log record, may have a canary."""
    texts = []
    caplog.set_level(logging.NOTSET)
    for name in ("jackfield_httpx", "jackfield_infinity"):
        caplog.set_level(logging.DEBUG, name)
    yield texts
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
        said = f"{request.headers.get('x-api-key')} {request.body.decode(errors='replace')}"
        headers = {
            "x-request-id": "q",
            "x-echo": said.split(" ")[0],
            "set-cookie": f"infinity_anon_user={COOKIE}; Path=/; HttpOnly",
        }
        if form == "json":
            error = {"code": "ECHO", "message": said, "details": {"sent": [[said]]}}
            return json_reply({"success": False, "error": error}, status=status, headers=headers)
        return Reply(status=status, headers=headers, body=f"<html>{said}</html>")

    return reply


CALLS = {
    "chat": lambda client: client.chat(message="x"),
    "chat_stream": lambda client: list(client.chat_stream(message="x")),
    "search_knowledge": lambda client: client.search_knowledge("x"),
    "store_memory": lambda client: client.store_memory("k", 1),
    "retrieve_memory": lambda client: client.retrieve_memory("k"),
    "list_api_keys": lambda client: client.list_api_keys(),
    "health": lambda client: client.health(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", ["json", "html"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
def test_service_that_echoes_everything_finds_no_loud_client(server, seen, status, form, call):
    server.fail("* *", *[echo(status, form)] * 3)
    with InfinityAssistantClient(KEY, server.url, max_retries=0) as client:
        seen += [repr(client), str(client), repr(client.service), repr(vars(client))]
        try:
            found = CALLS[call](client)
        except InfinityAssistantError as error:
            seen += told_by(error)
            seen.append(repr(pickle.dumps(error)))
        else:
            assert (call, status, form) == ("retrieve_memory", 404, "json")
            seen.append(repr(found))
        seen.append(repr(client.service))


async def test_async_client_is_as_silent(server, seen):
    server.fail("* *", echo(400, "json"))
    async with AsyncInfinityAssistantClient(KEY, server.url) as client:
        seen += [repr(client), repr(client.service)]
        with pytest.raises(InfinityAssistantError) as caught:
            await client.chat(message="x")
        seen += told_by(caught.value)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("end", ["stop", "refused", "broken", "aborted"])
async def test_provider_tells_no_key_and_records_none(
    server, transport, seen, tmp_path, end, stream
):
    hold = Hold()
    if end == "aborted":
        server.plan(Turn(pieces=["One", hold]) if stream else "One")
    if end in ("refused", "broken"):
        server.fail("* *", *[echo(400 if end == "refused" else 200, "json")] * 2)
    path = tmp_path / "cassette.jsonl"
    recording = RecordTransport(RecordSettings(path=path), transport)
    settings = InfinityProviderSettings(base_url=server.url, stream=stream)
    connection = Connection(settings, recording, given_key(KEY))
    provider = InfinityProvider("infinity", settings, connection)
    message = await answered(provider, leaving=end == "aborted")
    again = await answered(provider, leaving=False)  # with the cookie of the first answer
    cassette = path.read_text(encoding="utf-8")
    assert "/chat" in cassette
    for each in (message, again):
        seen += [repr(each), json.dumps(each.to_dict())]
    seen.append(cassette)
    seen += [repr(each) for each in (provider, connection, settings, connection.client().service)]


async def answered(provider, *, leaving):
    context = Context(messages=[UserMessage(content=[TextContent(text="x")], timestamp=1)])
    stream = provider.stream(Model(provider="infinity", id="default"), context, StreamOptions())
    async for event in stream:
        if leaving and event.type == "text_delta":
            break
    await stream.aclose()
    return await stream.result()


@pytest.mark.parametrize("status", [200, 401])
def test_debug_output_of_a_whole_run_has_no_key(server, tmp_path, status):
    if status != 200:
        server.fail("* *", *[echo(status, "json")] * 3)
    (tmp_path / "jackfield.toml").write_text(
        '[agents.default]\nmodel = "infinity:default"\n\n'
        f'[providers.infinity]\nbase_url = "{server.url}"\nauth = "work"\n\n'
        '[auth.work]\nuse = "infinity"\n',
        encoding="utf-8",
    )
    for arguments in (["run", "default", "x", "--debug", "--json"], ["config", "show"]):
        done = subprocess.run(
            [sys.executable, "-m", "jackfield", *arguments],
            cwd=tmp_path,
            env=os.environ | {"INFINITY_ASSISTANT_API_KEY": KEY},
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
        assert done.returncode == (0 if status == 200 or arguments[0] == "config" else 1)
        assert KEY not in done.stdout + done.stderr
        assert COOKIE not in done.stdout + done.stderr


async def test_tools_tell_no_key(server, transport, seen):
    class Host:
        def transport(self, name=None):
            return transport

        def auth(self, name):
            return given_key(KEY)

    settings = InfinityToolSettings(base_url=server.url, auth="a")
    for tool in open_tools("infinity", settings, Host()):
        server.fail("* *", echo(400, "json"))
        args = {"query": "x", "key": "k", "value": 1}
        with pytest.raises(ToolError) as caught:
            await tool.execute("c", args, asyncio.Event(), lambda update: None)
        seen += [*told_by(caught.value), repr(tool)]
    tools = InfinityTools(settings, Connection.open(settings, Host()))
    seen += [repr(tools), repr(vars(tools)), repr(await tools.research({"query": "x"}))]


async def test_moved_key_is_in_no_repr(seen, server):
    class Host:
        def auth(self, name):
            return given_key(KEY)

    auth = open_auth(InfinityAuthSettings(key="vault"), Host())
    seen += [repr(auth), repr(vars(auth)), str(auth)]
    async with AsyncInfinityAssistantClient(KEY, server.url) as client:
        await client.health()  # something to log


async def test_webhooks_tell_no_secret(seen):
    receiver = WebhookReceiver(SECRET, print)
    several = WebhookReceiver({"h": SECRET}, print)
    seen += [repr(receiver), str(receiver), repr(several)]
    sent = delivery("x", 1, "another")
    headers = {name.lower(): value for name, value in sent.headers.items()}
    for each in (receiver, several):
        seen.append(repr(await each.take(sent.body, headers)))
    with pytest.raises(InfinityAssistantError) as caught:
        parse_webhook(sent.body, sent.signature, SECRET)
    seen += told_by(caught.value)
