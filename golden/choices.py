"""The choices of a specification, enumerated and boolean fields, and the values of all fields."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel


def choices(model: BaseModel) -> frozenset[str]:
    """Its enumerated and boolean values, as ``field=value``."""
    return frozenset(
        f"{name}={str(getattr(value, 'value', value)).lower()}"
        for name, values in field_values(model)
        for value in values
        if isinstance(value, bool | Enum)
    )


def field_values(model: BaseModel, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every field by its dotted name, those of entries of lists without their number."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        entries = value if isinstance(value, tuple) else (value,)
        for entry in entries:
            if isinstance(entry, BaseModel):
                yield from field_values(entry, f"{path}{name}.")
        yield f"{path}{name}", [entry for entry in entries if not isinstance(entry, BaseModel)]


def take_over_choices(fields: dict[str, Any], model: BaseModel) -> None:
    """The enumerated and boolean values of ``model``, in fields that both have."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, bool | Enum):
            fields[name] = value.value if isinstance(value, Enum) else value
        elif isinstance(value, BaseModel) and isinstance(fields.get(name), dict):
            take_over_choices(fields[name], value)
