"""Fields that do nothing in a specification: those of another style, policy or rounding.

A model of fields declares them as its ``unused``; a reader of specifications asks
:func:`unused_fields`, which looks into the models inside as well.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel


def unless(**used: bool) -> frozenset[str]:
    """The names whose condition does not hold: ``unless(arity=policy is Policy.TREE)``."""
    return frozenset(name for name, holds in used.items() if not holds)


def unused_fields(model: BaseModel) -> frozenset[str]:
    """Dotted names of the fields that do nothing, whatever value they have.

    Of a field with fields of its own that does nothing, all of them do nothing.
    """
    return frozenset(_unused("", model))


def is_unused(path: str, unused: frozenset[str]) -> bool:
    """Whether a field, or one that it lies in, is among those that do nothing."""
    steps = path.split(".")
    return any(".".join(steps[:length]) in unused for length in range(1, len(steps) + 1))


def used_values(model: BaseModel) -> dict[str, Any]:
    """The fields that do something, as JSON values by name."""
    fields: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    for path in unused_fields(model):
        inside: Any = fields
        *way, name = path.split(".")
        for step in way:
            inside = inside[int(step)] if isinstance(inside, list) else inside.get(step, {})
        inside.pop(name, None)
    return fields


def _unused(path: str, model: BaseModel) -> Iterator[str]:
    yield from (path + name for name in getattr(model, "unused", ()))
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _unused(f"{path}{name}.", value)
        elif isinstance(value, tuple):
            for place, entry in enumerate(value):
                if isinstance(entry, BaseModel):
                    yield from _unused(f"{path}{name}.{place}.", entry)
