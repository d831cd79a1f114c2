"""The settings of `[providers.assistant-ui]` and `[sinks.assistant-ui]`."""

import string
from typing import Any, Literal

from pydantic import Field, field_validator

from jackfield_assistant_ui.wire.choosing import ProtocolName
from jackfield_httpx.settings import HttpProviderSettings

THREAD_FIELDS = ("session_id", "run_id")


class RemoteSettings(HttpProviderSettings):
    """Which server, and as whom."""

    base_url: str = Field(
        pattern=r"^https?://[^\s/]",
        description="Where the server is, with the path before `/api/chat`.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="Further headers; no secrets, those belong to an auth."
    )


class AssistantProviderSettings(RemoteSettings):
    """How a server is asked for answers."""

    request: Literal["messages", "commands"] = Field(
        default="messages",
        description="What is sent: the whole history each time (`messages`), or what is new in "
        "a thread that the server keeps (`commands`).",
    )
    protocol: ProtocolName | None = Field(
        default=None, description="What the server speaks; by default that is seen."
    )
    path: str = Field(default="/api/chat", pattern=r"^/[^{}]*$", description="Of the endpoint.")
    body: dict[str, Any] = Field(
        default_factory=dict, description="Further fields of each request, for this server."
    )
    models: list[str] = Field(
        default_factory=list, description="Agents to list, where the server does not tell."
    )


class AssistantSinkSettings(RemoteSettings):
    """Where runs are mirrored to."""

    thread: str = Field(
        default="{session_id}",
        min_length=1,
        description="The thread: `{session_id}` (of a run without a session: its id) and "
        "`{run_id}` are filled in when a run starts.",
    )
    max_backoff_s: float = Field(
        default=60.0, gt=0, description="Longest wait before a server that failed is asked again."
    )
    close_timeout_s: float = Field(
        default=4.0,
        ge=0,
        lt=5,
        description="Most seconds in which the rest is sent when the agent is closed; what is "
        "left then is sent next time.",
    )

    @field_validator("thread")
    @classmethod
    def _known_fields(cls, thread: str) -> str:
        for _, name, spec, conversion in string.Formatter().parse(thread):
            if name is not None and (name not in THREAD_FIELDS or spec or conversion):
                raise ValueError(f"unknown field {{{name}}}; known are {', '.join(THREAD_FIELDS)}")
        return thread
