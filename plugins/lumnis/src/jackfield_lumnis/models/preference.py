"""Which model a tenant uses for what. Source: spec/lumnis.md, 2.9."""

from pydantic import Field

from jackfield_lumnis.models.record import Id, Record, Timestamp
from jackfield_lumnis.types import ModelProvider, ModelType


class ModelPreference(Record):
    """The model that is used for one purpose.

    Attributes:
        tenant_id: The tenant.
        model_type: The purpose; a plain string where it is not known here.
        provider: Who serves the model; a plain string where that is not known here.
        model_name: The model.
        is_active: Whether it is used.
        created_at: When that was set.
        updated_at: When that was last changed.
    """

    tenant_id: Id | None = None
    model_type: ModelType | str = Field(union_mode="left_to_right")
    provider: ModelProvider | str = Field(default="", union_mode="left_to_right")
    model_name: str = ""
    is_active: bool = True
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class ModelPreferenceList(Record):
    """The models of a tenant.

    Attributes:
        tenant_id: The tenant.
        preferences: One for each purpose.
        defaults_applied: The purposes for which the service chose.
    """

    tenant_id: Id | None = None
    preferences: list[ModelPreference]
    defaults_applied: list[str] = Field(default_factory=list)
