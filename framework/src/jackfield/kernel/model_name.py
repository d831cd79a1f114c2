"""Names of models: `"<provider>:<model id>"`."""

from typing import NamedTuple

from jackfield.errors import OptionError


class ModelName(NamedTuple):
    """A model's name in its two parts."""

    provider: str
    id: str


class DefaultModel(NamedTuple):
    """The model that is used when none is configured, and why it is that one."""

    name: str
    reason: str


def parse_model_name(name: str) -> ModelName:
    """Divide a name at its first colon; the model id may hold further colons and slashes.

    Raises:
        OptionError: There is no colon, or nothing before or behind it.
    """
    if not isinstance(name, str):
        raise OptionError(f"A model's name must be a string, not {type(name).__name__}.")
    provider, colon, model_id = (part.strip() for part in name.partition(":"))
    if not colon:
        raise OptionError(
            f"{name!r} has no colon.",
            hint='A model is named "provider:model id", for example "local:smollm2-135m".',
        )
    if not provider or not model_id:
        missing = "model id behind" if provider else "provider before"
        raise OptionError(
            f"{name!r} has no {missing} the colon.",
            hint='A model is named "provider:model id", for example "local:smollm2-135m".',
        )
    return ModelName(provider, model_id)
