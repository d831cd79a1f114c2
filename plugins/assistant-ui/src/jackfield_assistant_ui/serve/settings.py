"""The settings of `[commands.serve]`."""

import ipaddress

from pydantic import BaseModel, Field

MIB = 1024 * 1024


class ServeSettings(BaseModel):
    """Where the server listens, who may use it, and how much."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port; 0 takes a free one.")
    agents: list[str] = Field(
        default_factory=list,
        description="Agents to offer, the first is the default; none named means all.",
    )
    auth: str | None = Field(
        default=None,
        description="Name of the auth whose secret is the token of the only user, `owner`.",
    )
    users: dict[str, str] = Field(
        default_factory=dict,
        description="User -> name of the auth whose secret is that user's token.",
    )
    approve: list[str] = Field(
        default_factory=list,
        description="Tools whose calls the user has to allow: `toolset.*`, `toolset.tool`.",
    )
    hosts: list[str] = Field(
        default_factory=list,
        description="Names under which a browser may call the server without tokens, beside "
        "those of this machine.",
    )
    cors_origins: list[str] = Field(
        default_factory=list,
        description="Origins of pages of other servers that may call, `https://app.example`.",
    )
    database: str | None = Field(
        default=None,
        description="File of the threads; by default in the user's data folder. Empty keeps "
        "them in memory.",
    )
    max_body_bytes: int = Field(default=20 * MIB, ge=1024, description="Largest request, in bytes.")
    requests_per_minute: int = Field(
        default=300, ge=1, description="Most requests of one user in a minute."
    )
    max_runs: int = Field(default=500, ge=1, description="Most answers at the same time.")
    max_runs_per_user: int = Field(
        default=250, ge=1, description="Most answers for one user at the same time."
    )
    max_connections: int = Field(default=2000, ge=1, description="Most open connections.")
    request_timeout_s: float = Field(
        default=20.0, gt=0, description="Most seconds in which a request must have arrived."
    )
    stall_timeout_s: float = Field(
        default=60.0,
        gt=0,
        description="Seconds after which a reader that takes nothing is given up.",
    )
    heartbeat_s: float = Field(
        default=15.0, gt=0, description="Seconds of silence before a sign of life is sent."
    )
    resume_grace_s: float = Field(
        default=30.0,
        ge=0,
        description="Seconds that a resumable answer goes on when nobody reads it.",
    )
    resume_kept_s: float = Field(
        default=60.0, ge=0, description="Seconds that a complete answer can be read again."
    )
    resume_max_bytes: int = Field(
        default=8 * MIB, ge=0, description="Longest answer that can be read again, in bytes."
    )
    shutdown_s: float = Field(
        default=30.0, ge=0, description="Seconds that answers have to end when the server stops."
    )
    error_details: bool | None = Field(
        default=None,
        description="Whether pages are told what a provider says of a failure; by default only "
        "when no token is needed.",
    )

    @property
    def needs_token(self) -> bool:
        """Whether requests must name a user by a token."""
        return bool(self.auth or self.users)

    @property
    def tells_details(self) -> bool:
        """Whether pages are told what a provider says of a failure."""
        return not self.needs_token if self.error_details is None else self.error_details


def is_loopback(host: str) -> bool:
    """Tell whether only programs of this machine can reach an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
