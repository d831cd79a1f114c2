"""Which model a tenant uses for what. Source: spec/lumnis.md, 2.9."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from jackfield_httpx.service import Call, D, endpoint
from jackfield_lumnis.arguments import check
from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.models.preference import ModelPreferenceList
from jackfield_lumnis.scoping import ScopedResource
from jackfield_lumnis.types import ModelType


class ModelPreferences(ScopedResource[D]):
    """The models that the tenant uses."""

    @endpoint
    def list(self, *, include_defaults: bool = True) -> Call[ModelPreferenceList]:
        """Return the models that the tenant uses.

        Args:
            include_defaults: Whether to fill in what the service uses where nothing was chosen.
        """
        query = {"include_defaults": include_defaults}
        return self.call(
            "GET", "/v1/model-preferences", query=query, read=ModelPreferenceList.parse
        )

    @endpoint
    def update_bulk(
        self, preferences: Mapping[ModelType | str, BaseModel | Mapping[str, Any]]
    ) -> Call[ModelPreferenceList]:
        """Choose models.

        Args:
            preferences: By purpose, the model: `{"FAST_MODEL": {"provider": "openai",
                "model_name": "gpt-4o-mini"}}`; a `ModelPreference` will do, too. They are not
                changed.

        Raises:
            ValidationError: A model lacks its provider or name.
        """
        check(isinstance(preferences, Mapping), "'preferences' must be a dictionary.")
        chosen = {str(kind): _choice(str(kind), each) for kind, each in preferences.items()}
        body = {"preferences": chosen}
        return self.call("PUT", "/v1/model-preferences", json=body, read=ModelPreferenceList.parse)


def _choice(kind: str, given: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(given, BaseModel):
        given = given.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if not isinstance(given, Mapping):
        raise ValidationError(
            f"The preference for {kind} must be a dictionary or a model, not "
            f"{type(given).__name__}."
        )
    for name in ("provider", "model_name"):
        check(given.get(name), f"The preference for {kind} has no '{name}'.")
    return {**given, "model_type": kind}
