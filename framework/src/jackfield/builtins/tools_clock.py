"""Tool set `clock`: what time it is, anywhere."""

from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from jackfield import AgentTool, ToolError, hookimpl, tool

jackfield_touches: dict[str, list[str]] = {}  # nothing


class ClockSettings(BaseModel):
    """Which time zone counts when the model names none."""

    model_config = ConfigDict(extra="forbid")

    timezone: str = Field(
        default="UTC",
        min_length=1,
        description="IANA name of the time zone when none is asked for, such as Europe/Vienna.",
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            zone(name)
        except ToolError as error:
            raise ValueError(error.message) from error
        return name


@hookimpl
def describe_settings() -> type[ClockSettings]:
    """Return the model of this tool set's settings."""
    return ClockSettings


@hookimpl
def open_tools(settings: ClockSettings) -> list[AgentTool]:
    """Offer the tools of this set."""

    @tool
    def now(timezone: str = settings.timezone) -> dict[str, str]:
        """Tell the present date and time.

        Args:
            timezone: IANA name of the time zone, for example Asia/Tokyo or UTC.
        """
        moment = datetime.now(zone(timezone)).replace(microsecond=0)
        return {"time": moment.isoformat(), "weekday": f"{moment:%A}", "timezone": timezone}

    return [now]


def zone(name: str) -> tzinfo:
    """Return the time zone of that name.

    Raises:
        ToolError: There is none; the nearest names are in the text.
    """
    if name.upper() in {"UTC", "Z"}:
        return UTC  # works without the zone database
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a missing name, a path, a folder of the database
        near = ", ".join(nearest_zones(name)) or "UTC, Europe/London, America/New_York"
        raise ToolError(
            f"There is no time zone {name[:80]!r}. Near names: {near}. Use an IANA name."
        ) from None


def nearest_zones(name: str) -> list[str]:
    """Return up to three zones whose whole name or city resembles `name`."""
    wanted = name.strip().lower().replace(" ", "_")[:80]
    zones = sorted(available_timezones())
    cities = {known.rpartition("/")[2].lower(): known for known in zones}
    found = {known.lower(): known for known in zones} | cities
    near = get_close_matches(wanted, found, n=3, cutoff=0.6)
    return list(dict.fromkeys(found[key] for key in near))
