"""What all models of replies share: they read whatever the service says today.

Source: spec/lumnis.md, 2.0 and 7.2 #25.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Self, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator


def _id_text(value: Any) -> Any:
    return str(value) if isinstance(value, UUID | int) else value


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


Id: TypeAlias = Annotated[str, BeforeValidator(_id_text)]
"""An id: any string; a `UUID` or a number becomes one."""

Timestamp: TypeAlias = Annotated[datetime, AfterValidator(_aware)]
"""A moment with a time zone: UTC where the service names none."""


class Record(BaseModel):
    """Base of the models of replies.

    * Fields that the model does not know are kept, as attributes.
    * null for a field that has another default gives the default: `progress: null` is `[]`.
    * A value that an enumeration does not know stays a plain string; annotate the field
      `SomeEnum | str` with `Field(union_mode="left_to_right")`.
    * `record["name"]` and `record.get("name")` read as a dictionary does, because some replies
      were plain dictionaries once.
    """

    model_config = ConfigDict(
        extra="allow",
        validate_by_name=True,
        validate_by_alias=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _defaults_for_null(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        unwanted = {name for name, value in data.items() if value is None and cls._refuses(name)}
        return {name: value for name, value in data.items() if name not in unwanted}

    @classmethod
    def _refuses(cls, name: str) -> bool:
        """Return whether null means no more than that the field has its default."""
        fields = cls.model_fields
        field = fields.get(name) or next((f for f in fields.values() if f.alias == name), None)
        if field is None or field.is_required():
            return False
        return field.default_factory is not None or field.default is not None

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Return the model of a JSON value; the reader of an endpoint.

        No body, which the service does not promise where a model is declared, is None.

        Raises:
            ValueError: The value has another form.
        """
        if data is None:
            return None  # type: ignore[return-value]  # spec/lumnis.md, 2.0: 204 is None
        return cls.model_validate(data)

    @classmethod
    def parse_list(cls, data: Any) -> list[Self]:
        """Return the models of a bare JSON array; no body is none.

        Raises:
            ValueError: It is no array, or an item has another form.
        """
        if data is None:
            return []
        if not isinstance(data, list):
            raise ValueError(f"an array was expected, not {type(data).__name__}")  # noqa: TRY004 - readers raise ValueError
        return [cls.model_validate(each) for each in data]

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError:
            raise KeyError(name) from None

    def get(self, name: str, default: Any = None) -> Any:
        """Return the field's value, or `default` when there is no such field."""
        return getattr(self, name, default)
