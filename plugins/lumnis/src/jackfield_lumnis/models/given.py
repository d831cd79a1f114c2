"""What all models of arguments share: they refuse wrong values with our own exception.

Source: spec/lumnis.md, 7.1 R17.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict

from jackfield_lumnis.exceptions import ValidationError

GivenT = TypeVar("GivenT", bound="Given")


class Given(BaseModel):
    """Base of the models of arguments; fields that the model does not know are sent along.

    Raises:
        ValidationError: A value is missing or wrong.
    """

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True, protected_namespaces=())

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except pydantic.ValidationError as exc:
            problem = _problem(type(self).__name__, exc)
        else:
            return
        raise problem

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that were given and are not None, ready for JSON."""
        return self.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def as_given(kind: type[GivenT], value: GivenT | Mapping[str, Any], name: str) -> GivenT:
    """Return an argument as the model that it is an instance or a dictionary of.

    Args:
        kind: The model.
        value: The argument.
        name: Of the argument, for messages.

    Raises:
        ValidationError: It is neither, or a value in it is wrong.
    """
    if isinstance(value, kind):
        return value
    if isinstance(value, Mapping):
        return kind(**{str(key): each for key, each in value.items()})
    raise ValidationError(
        f"'{name}' must be a {kind.__name__} or a dictionary, not {type(value).__name__}."
    )


def _problem(kind: str, exc: pydantic.ValidationError) -> ValidationError:
    """Return our exception, which does not repeat the values: there may be secrets in them."""
    said = "; ".join(
        f"{'.'.join(str(step) for step in each['loc']) or kind}: {each['msg']}"
        for each in exc.errors(include_input=False, include_url=False, include_context=False)
    )
    return ValidationError(f"{kind}: {said}.")
