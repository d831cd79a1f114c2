"""What the type checker knows of the clients of Lumnis; mypy judges this file.

A line that must be refused carries the error's code: an unused one is an error itself.
"""

from typing import assert_type
from uuid import UUID

from pydantic import BaseModel

import jackfield_lumnis as lumnisai
from jackfield_httpx.service import AsyncItems, SyncItems
from jackfield_lumnis import (
    AgentConfig,
    AsyncClient,
    Client,
    Message,
    ProgressUpdate,
    ResponseListResponse,
    ResponseObject,
    Scope,
    ThreadObject,
)
from jackfield_lumnis.models import (
    Cancellation,
    CreatedResponse,
    ExternalApiKey,
    TenantInfo,
    User,
    UserList,
)


class Prime(BaseModel):
    value: int


def blocking(client: Client, *, chosen: bool) -> None:
    assert_type(client.invoke("x", user_id="u"), ResponseObject)
    assert_type(client.invoke(prompt="x", scope=Scope.TENANT), ResponseObject)
    assert_type(client.invoke("x", stream=True), SyncItems[ProgressUpdate])
    assert_type(client.invoke("x", stream=chosen), ResponseObject | SyncItems[ProgressUpdate])
    client.invoke([{"role": "user", "content": "x"}, Message(role="user", content="x")])
    client.invoke("x", response_format=Prime, agent_config=AgentConfig(), files=["artifact_1"])
    client.invoke("x", temperature=1)  # type: ignore[call-overload]
    client.invoke("x", user_id=7)  # type: ignore[call-overload]
    client.invoke(7)  # type: ignore[call-overload]
    for update in client.invoke_stream("x", poll_interval=1):
        assert_type(update, ProgressUpdate)
        assert_type(update.status, str)
        assert_type(update.output_text, str | None)

    assert_type(client.responses.create(messages="x", user_id="u"), CreatedResponse)
    assert_type(client.get_response(UUID(int=1), wait=30.0), ResponseObject)
    assert_type(client.cancel_response("r"), Cancellation)
    assert_type(client.list_responses(limit=1), ResponseListResponse)
    assert_type(client.create_thread(title="T"), ThreadObject)
    client.delete_thread("t")
    assert_type(client.create_user(email="a@b.co"), User)
    client.create_user("a@b.co")  # type: ignore[call-arg]
    assert_type(client.list_users(page=2), UserList)
    assert_type(client.external_api_keys.list(), list[ExternalApiKey])
    assert_type(client.tenant.get(), TenantInfo)

    assert_type(client.for_user("u"), Client)
    with client.as_user("u") as one, client as other:
        assert_type(one, Client)
        assert_type(other, Client)


async def awaited(client: AsyncClient) -> None:
    assert_type(await client.invoke("x", user_id="u"), ResponseObject)
    found = await client.invoke("x", stream=True)
    assert_type(found, AsyncItems[ProgressUpdate])
    async for update in found:
        assert_type(update, ProgressUpdate)
    async for update in client.invoke_stream("x"):
        assert_type(update, ProgressUpdate)
    assert_type(await client.responses.create(messages="x", user_id="u"), CreatedResponse)
    assert_type(await client.get_response("r"), ResponseObject)
    assert_type(await client.create_user(email="a@b.co"), User)
    assert_type(await client.external_api_keys.list(user_id="u"), list[ExternalApiKey])
    await client.delete_thread("t")
    client.get_response("r")  # type: ignore[unused-coroutine]

    assert_type(client.for_user("u"), AsyncClient)
    async with client.as_user("u") as one, client as other:
        assert_type(one, AsyncClient)
        assert_type(other, AsyncClient)
    await client.init()
    await client.close()


try:
    blocking(lumnisai.Client(api_key="k"), chosen=True)
except lumnisai.exceptions.RateLimitError as exc:
    assert_type(exc.retry_after, float | None)
except lumnisai.LumnisAIError as exc:
    assert_type(exc.response_id, str | None)
