"""Settings that the auths of this folder share."""

from pydantic import BaseModel, ConfigDict, Field


class HeaderSettings(BaseModel):
    """In which header a secret is sent."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    header: str = Field(
        default="Authorization",
        pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
        description="Name of the header that carries the secret.",
    )
    scheme: str = Field(
        default="Bearer",
        pattern=r"^[!-~]*$",
        description="Word before the secret in the header; empty for none.",
    )
