"""Auth `openrouter`: OpenRouter's key, in an environment variable."""

from pydantic import BaseModel, ConfigDict, Field

from jackfield import Auth, hookimpl

KEY_VARIABLE = "OPENROUTER_API_KEY"

jackfield_api = "0.1"
jackfield_touches = {"env": ["{variable}"]}  # in braces: what a setting says


class OpenRouterAuthSettings(BaseModel):
    """Where the key is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variable: str = Field(
        default=KEY_VARIABLE,
        min_length=1,
        pattern=r"^[^=\x00]+$",
        description="Name of the environment variable that holds the key.",
    )


@hookimpl
def describe_settings() -> type[OpenRouterAuthSettings]:
    """Return the settings of the auth."""
    return OpenRouterAuthSettings


@hookimpl
def open_auth(settings: OpenRouterAuthSettings) -> Auth:
    """Open an auth that reads the variable for each request, so that a new value counts at once."""
    from jackfield_openai.provider import env_auth  # noqa: PLC0415 - when it is used

    return env_auth(settings.variable)
