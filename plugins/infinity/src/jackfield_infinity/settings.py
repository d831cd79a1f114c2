"""The settings of `[providers.infinity]` and `[tools.infinity]`."""

from typing import Any

from pydantic import Field, field_validator

from jackfield_httpx.settings import HttpProviderSettings, TimeoutSettings
from jackfield_infinity.service import BASE_URL, Profile

_OURS = {
    *("message", "stream", "mode", "preferences", "essence"),
    *("conversationId", "conversation_id", "userContext", "user_context"),
    *("userId", "user_id", "userTier", "user_tier"),
}
"""Fields of a chat for which there is another place."""


class InfinitySettings(HttpProviderSettings):
    """Which service, and how it is called."""

    base_url: str = Field(
        default=BASE_URL,
        pattern=r"^https?://[^\s/]",
        description="Where the service is, with the path that all its routes begin with.",
    )
    profile: Profile = Field(
        default="auto",
        description="Which requests are sent: `published` as they are documented, `deployed` as "
        "the service takes them, `auto` whichever works.",
    )
    timeouts: TimeoutSettings = Field(
        default_factory=TimeoutSettings,
        description="Seconds for each step: `connect_s`, `read_s`, `write_s`, `pool_s` (60), and "
        "`total_s` for the whole call (no limit).",
    )
    max_retries: int | None = Field(
        default=None,
        ge=0,
        le=100,
        description="How often a failed request is sent again, as long as the service cannot "
        "have processed it; by default 3.",
    )
    max_retry_delay: float | None = Field(
        default=None,
        ge=0,
        description="Longest wait in seconds before a retry: a service that asks for more ends "
        "the call at once; by default 60.",
    )
    retry_timeouts: bool = Field(
        default=False,
        description="Send a message again after a timeout, though it may have been processed.",
    )


class InfinityProviderSettings(InfinitySettings):
    """What only the provider needs."""

    stream: bool = Field(
        default=True,
        description="Show answers as they are written. The service may not look at the key then.",
    )
    user_id: str | None = Field(
        default=None,
        min_length=1,
        description="For whom: any name; by default the user of the key, or one of a cookie.",
    )
    user_tier: str | None = Field(
        default=None, min_length=1, description="`free`, `pro`, `enterprise` ..."
    )
    preferences: dict[str, Any] = Field(
        default_factory=dict,
        description="How the user likes answers: `communicationStyle`, `assistantMode` ...",
    )
    essence: dict[str, Any] = Field(
        default_factory=dict,
        description="Whom the assistant is to be: `voiceTone`, `responseStyle` ...",
    )
    extra_fields: dict[str, Any] = Field(
        default_factory=dict,
        description="Further fields of each chat, as the service calls them: `drivingMode` ...",
    )
    anonymous_quota: int = Field(
        default=50,
        ge=0,
        description="The quota of calls without a key: one as small tells that the service has "
        "not known the key. 0 where a key has no more than that.",
    )

    @field_validator("extra_fields")
    @classmethod
    def _check_extra_fields(cls, given: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(_OURS & set(given)):
            raise ValueError(f"{', '.join(taken)}: set by other settings, or by the agent")
        return given


class InfinityToolSettings(InfinitySettings):
    """What only the tools need."""

    key_prefix: str = Field(
        default="",
        description="Put before the keys of memories, so that agents do not read one another's.",
    )
    max_results: int = Field(
        default=10, ge=1, le=50, description="Most results of a search or of research."
    )
