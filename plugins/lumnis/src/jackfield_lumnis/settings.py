"""The settings of `[providers.lumnis]` and `[tools.lumnis]`."""

from typing import Any

from pydantic import Field

from jackfield.http import Timeouts
from jackfield_httpx.settings import HttpProviderSettings
from jackfield_lumnis.identity import IdentitySettings

LONGEST_CANCEL_S = 1.9
"""A run gives whatever it aborts two seconds."""


class LumnisSettings(IdentitySettings, HttpProviderSettings):
    """Which service, as whom, and how a run of it is made and watched."""

    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]",
        description="Where the service is; by default LUMNISAI_BASE_URL, else "
        "https://api.lumnis.ai.",
    )
    poll_interval_s: float = Field(
        default=1.0, ge=0, description="Seconds from one look at a run to the next."
    )
    wait_s: int | None = Field(
        default=10,
        ge=1,
        le=30,
        description="Seconds for which the service may hold each look, so that news come at once.",
    )
    cancel_timeout_s: float = Field(
        default=1.5,
        gt=0,
        le=LONGEST_CANCEL_S,
        description="Most seconds that an abort spends on cancelling the run at the service.",
    )
    model_overrides: dict[str, str] = Field(
        default_factory=dict,
        description="`provider:model` for `cheap_model`, `fast_model`, `smart_model`, "
        "`reasoning_model`, `vision_model`.",
    )
    agent_config: dict[str, Any] = Field(
        default_factory=dict,
        description="How the agents of the service work: `agent_mode`, `use_cognitive_tools`, "
        "`skill_ids` ...",
    )

    @property
    def max_wait_s(self) -> float | None:
        """Most seconds for a whole run; None for no limit."""
        return self.timeouts.total_s

    def step_timeouts(self, given: Timeouts) -> Timeouts:
        """Return timeouts of single steps: those that were set, else the given ones."""
        own = self.timeouts.steps()
        names = ("connect_s", "read_s", "write_s", "pool_s")
        said = {name: getattr(own, name) for name in names}
        rest = {name: getattr(given, name) for name in names}
        return Timeouts(**(rest | {name: value for name, value in said.items() if value}))


class LumnisProviderSettings(LumnisSettings):
    """What only the provider needs."""

    models: list[str] = Field(
        default_factory=list,
        description="Further names to list, of the form `provider:model`.",
    )
