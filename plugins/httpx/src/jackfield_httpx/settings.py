"""The settings of the transports, and those that all HTTP providers share."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from jackfield.http import Timeouts


class TimeoutSettings(BaseModel):
    """How long the steps of one request may take, in seconds; `inf` for ever."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect_s: float | None = Field(
        default=None, gt=0, description="Until the connection stands, TLS included (10)."
    )
    read_s: float | None = Field(
        default=None, gt=0, description="Without any byte from the server (120)."
    )
    write_s: float | None = Field(
        default=None, gt=0, description="Without the server taking a byte of the request (60)."
    )
    pool_s: float | None = Field(
        default=None, gt=0, description="Until a connection of the pool is free (60)."
    )
    stall_s: float | None = Field(
        default=None,
        gt=0,
        description="Without an event, in a stream that is kept alive by comments (600).",
    )
    total_s: float | None = Field(
        default=None, gt=0, description="For the whole call, retries included (no limit)."
    )

    def steps(self) -> Timeouts:
        """Return the timeouts of the single steps, in the form that a request carries."""
        return Timeouts(
            connect_s=self.connect_s,
            read_s=self.read_s,
            write_s=self.write_s,
            pool_s=self.pool_s,
            stall_s=self.stall_s,
        )


class HttpProviderSettings(BaseModel):
    """What every HTTP provider can be set to; derive the provider's settings from it.

    Source: spec/rulings.md; spec/openrouter.md, 1.2, 13.4 and 14.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    transport: str | None = Field(
        default=None, description="Name of the transport; by default `httpx`."
    )
    auth: str | None = Field(default=None, description="Name of the auth that adds the key.")
    timeouts: TimeoutSettings = Field(
        default_factory=TimeoutSettings,
        description="Seconds for each step: `connect_s`, `read_s`, `write_s`, `pool_s`, "
        "`stall_s`, `total_s`. What is not set is the transport's.",
    )
    max_retries: int | None = Field(
        default=None,
        ge=0,
        le=100,
        description="How often a failed request is sent again, as long as nothing of the answer "
        "was shown; by default the transport's number (2).",
    )
    max_retry_delay: float | None = Field(
        default=None,
        ge=0,
        description="Longest wait in seconds before a retry: a server that asks for more ends "
        "the call at once; by default the transport's (60).",
    )


class HttpxSettings(BaseModel):
    """The settings of the transport `httpx`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeouts: TimeoutSettings = Field(
        default_factory=TimeoutSettings,
        description="Seconds for each step: `connect_s` (10), `read_s` (120), `write_s` (60), "
        "`pool_s` (60), `stall_s` (600), `total_s` (no limit).",
    )
    max_retries: int = Field(
        default=2, ge=0, le=100, description="How often a request that may be repeated is."
    )
    max_retry_delay: float = Field(
        default=60.0,
        ge=0,
        description="Longest wait in seconds before a retry: a server that asks for more ends "
        "the call at once.",
    )
    max_connections: int = Field(
        default=1000, ge=1, description="Most connections at once; further requests wait."
    )
    max_idle_connections: int = Field(
        default=20, ge=0, description="Most connections that are kept open for later requests."
    )
    idle_s: float = Field(
        default=60.0, gt=0, description="Seconds after which an unused connection is closed."
    )
    http2: bool = Field(
        default=False,
        description="Offer HTTP/2 to TLS servers; needs the extra `h2`. An abort then reaches "
        "the server only when no other request uses the same connection.",
    )
    proxy: str | None = Field(
        default=None,
        description="URL of a proxy (`http://`, `https://`, or `socks5://` with the extra "
        "`socks`); an empty string for none. By default the environment decides: HTTP_PROXY, "
        "HTTPS_PROXY, ALL_PROXY, NO_PROXY.",
    )
    proxy_password: SecretStr | None = Field(
        default=None, description="Password for the proxy, where its URL names a user only."
    )
    verify: bool = Field(
        default=True, description="Check certificates. Never turn it off outside of a test."
    )
    ca_file: Path | None = Field(
        default=None,
        description="PEM file with the only certificate authorities to trust; by default those "
        "of the system, or of SSL_CERT_FILE and SSL_CERT_DIR.",
    )
    client_cert: Path | None = Field(
        default=None, description="PEM file with the certificate that this client shows."
    )
    client_key: Path | None = Field(
        default=None, description="PEM file with its key, where `client_cert` has not got it."
    )
    max_body_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024,
        description="Largest answer that is read as a whole, in bytes, decompressed.",
    )
    max_decoded_bytes: int = Field(
        default=256 * 1024 * 1024,
        ge=1024,
        description="Most bytes that a compressed answer may become, also when it is streamed.",
    )


class RecordSettings(BaseModel):
    """The settings of the transport `record`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The cassette file; what it held is replaced at the first use.")
    transport: str = Field(default="httpx", description="Name of the transport that does the work.")
    secrets: list[SecretStr] = Field(
        default_factory=list,
        description="Further values that must not be written, wherever they stand.",
    )
    secret_names: list[str] = Field(
        default_factory=list,
        description="Further names of headers, query parameters and body fields whose values "
        "must not be written.",
    )


class ReplaySettings(BaseModel):
    """The settings of the transport `replay`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The cassette file.")
    match: tuple[Literal["method", "url", "body"], ...] = Field(
        default=("method", "url", "body"),
        description="What of a request must be as recorded.",
    )
    any_host: bool = Field(default=False, description="Compare URLs without scheme, host and port.")
    resplit_seed: int | None = Field(
        default=None, description="Cut the recorded bodies anew, at places drawn from this seed."
    )
    timing: bool = Field(
        default=False, description="Wait between the pieces as long as the server did."
    )
    repeat: bool = Field(
        default=False,
        description="Give the last matching answer again to requests beyond the recorded ones.",
    )
