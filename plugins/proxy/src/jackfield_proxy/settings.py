"""The settings of `[providers.proxy]`."""

from typing import Any, Literal

from pydantic import Field

from jackfield_httpx.settings import HttpProviderSettings

PATH = "/api/stream"


class ProxySettings(HttpProviderSettings):
    """Which server, and how it is spoken to."""

    proxy_url: str = Field(
        pattern=r"^https?://[^\s/]",
        description=f"Root of the proxy server; {PATH} is added.",
    )
    dialect: Literal["tinyagent", "pi"] = Field(
        default="tinyagent",
        description="Names in the request: those of TinyAgent (`system_prompt`, `tool_result`) "
        "or those of pi (`systemPrompt`, `toolResult`).",
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="Further headers. Tokens belong into an auth."
    )
    model: dict[str, Any] = Field(
        default_factory=dict,
        description="Fields of the request's `model` that are to be replaced or added; mostly "
        "`provider` and `api`, as the server knows them.",
    )
    models: list[str] = Field(
        default_factory=list,
        description="Model ids to list: the protocol has no way to ask the server.",
    )

    def url(self) -> str:
        """Return the URL that answers are requested from."""
        return self.proxy_url.rstrip("/") + PATH
