"""From a function's signature to the JSON Schema of its arguments, and their validation.

pydantic does the work; it is imported when the first schema is built.
"""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from jackfield.errors import OptionError
from jackfield.schema.docstring import read_docstring
from jackfield.schema.problems import Problem, from_pydantic

_MAPS = frozenset({"properties", "$defs", "patternProperties"})  # of names to schemas


@dataclass(slots=True, kw_only=True)
class FunctionSchema:
    """What is known about the arguments of a tool function.

    Attributes:
        parameters: Their JSON Schema.
        injected: Names among `tool_call_id`, `signal` and `on_update` that the function takes;
            the run fills them, the model does not know them.
    """

    parameters: dict[str, Any]
    injected: frozenset[str]
    _model: Any = field(repr=False)
    _names: dict[str, str] = field(repr=False)  # parameter by the model's field
    _always: frozenset[str] = field(repr=False)  # fields whose default is pydantic's, not Python's

    def validate(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the arguments as Python values, and all that is wrong with them."""
        from pydantic import ValidationError  # noqa: PLC0415 - only who calls a tool pays

        try:
            values = self._model.model_validate(arguments)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False)
            return {}, from_pydantic(errors, arguments, list(self.parameters["properties"]))
        given = values.model_fields_set | self._always
        return {
            name: getattr(values, item) for item, name in self._names.items() if item in given
        }, []


def check_signature(function: Callable[..., Any], name: str) -> None:
    """Check what can be seen without resolving annotations.

    Raises:
        OptionError: The function cannot be called with a model's arguments.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise OptionError(f"Tool {name}: its parameters cannot be read ({error}).") from error
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise OptionError(
                f"Tool {name}: {stars}{parameter.name} cannot be described to a model.",
                hint="Name every parameter.",
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise OptionError(
                f"Tool {name}: {parameter.name} is positional-only; arguments come by name.",
                hint="Remove the `/` from the signature.",
            )
    if parameters and parameters[0].name in ("self", "cls"):
        raise OptionError(
            f"Tool {name}: a method has no object yet where its class is written.",
            hint="Make the tool of the bound method: `tool(thing.method)`.",
        )


def function_schema(function: Callable[..., Any], name: str) -> FunctionSchema:
    """Return the schema of a function's arguments.

    Annotations, defaults, `Annotated[..., Field(...)]` and the docstring's `Args:` all count.

    Raises:
        OptionError: An annotation cannot be resolved or has no JSON Schema.
    """
    hints = _hints(function, name)
    parameters = inspect.signature(function).parameters.values()
    injected = frozenset(each.name for each in parameters if _is_injected(each.name, hints))
    shown = [each for each in parameters if each.name not in injected]
    texts = read_docstring(inspect.getdoc(function))[1]
    model, always = _arguments_model(name, shown, hints, texts)
    return FunctionSchema(
        parameters=_json_schema(model, name),
        injected=injected,
        _model=model,
        _names={f"p{at}": each.name for at, each in enumerate(shown)},
        _always=always,
    )


def _hints(function: Callable[..., Any], name: str) -> dict[str, Any]:
    target = function
    while hasattr(target, "func"):  # functools.partial
        target = target.func
    try:
        return get_type_hints(inspect.unwrap(target), include_extras=True)
    except Exception as error:
        raise OptionError(
            f"Tool {name}: its annotations cannot be resolved ({error}).",
            hint="Define or import the types at the top of the module, not inside a function.",
        ) from error


def _is_injected(name: str, hints: dict[str, Any]) -> bool:
    if name == "signal":
        hint = hints.get(name)
        options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        return asyncio.Event in options
    return name in ("on_update", "tool_call_id")


def _arguments_model(
    name: str, parameters: list[inspect.Parameter], hints: dict[str, Any], texts: dict[str, str]
) -> tuple[Any, frozenset[str]]:
    from pydantic import ConfigDict, Field, create_model  # noqa: PLC0415 - first schema
    from pydantic.errors import PydanticUserError  # noqa: PLC0415
    from pydantic.fields import FieldInfo  # noqa: PLC0415

    fields: dict[str, Any] = {}
    always = set()
    for at, parameter in enumerate(parameters):
        # Numbered fields with aliases: a parameter may have any name, `copy` or `_x` too.
        basis, *metadata = _unfold(hints.get(parameter.name, Any))
        own = Field(alias=parameter.name, description=texts.get(parameter.name))
        empty = parameter.default is parameter.empty
        fields[f"p{at}"] = (
            Annotated[basis, own, *metadata],  # ours first: theirs wins
            ... if empty else parameter.default,
        )
        if isinstance(parameter.default, FieldInfo):
            always.add(f"p{at}")
    config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    try:
        return create_model(name, __config__=config, **fields), frozenset(always)
    except PydanticUserError as error:
        raise OptionError(f"Tool {name}: {_first_line(error)}") from error


def _unfold(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Annotated else (hint,)


def _json_schema(model: Any, name: str) -> dict[str, Any]:
    from pydantic.errors import PydanticUserError  # noqa: PLC0415 - see above
    from pydantic.json_schema import GenerateJsonSchema  # noqa: PLC0415

    class Silent(GenerateJsonSchema):
        """A default that JSON cannot hold is left out without a warning."""

        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    try:
        schema: dict[str, Any] = model.model_json_schema(schema_generator=Silent)
    except PydanticUserError as error:
        raise OptionError(f"Tool {name}: {_first_line(error)}") from error
    schema.pop("title", None)
    plain: dict[str, Any] = _without_titles(schema)
    return {"type": "object", "properties": {}} | plain


def _without_titles(schema: Any) -> Any:
    """Return the schema without the titles that pydantic derives: they are paid as tokens."""
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _without_titles(item) for name, item in value.items()}
        if key in _MAPS and isinstance(value, dict)
        else _without_titles(value)
        for key, value in schema.items()
        if key != "title"
    }


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
