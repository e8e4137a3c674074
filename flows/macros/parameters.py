"""The fields of a specification as rows: name, value, range and meaning."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from neuroloom.flows.macros.field_values import alternatives, entry_of, models_of, shown
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import is_unused, unused_fields

UNIT = re.compile(r"\[([^\]]+)\]$")
LONGEST = 400
"""Characters of a value; longer ones, which only files hold, are cut."""
LONGEST_RANGE, LONGEST_WORD = 80, 14
"""Characters of a range and of its words; a longer one stands behind the meaning."""
ENTRIES = 4
"""Entries of a list of models that are shown one by one."""


class Parameter(NamedTuple):
    """A field of a specification; ``value`` is empty where the fields inside have one each."""

    name: str
    value: str
    range: str
    meaning: str
    used: bool


def parameters(spec: Spec) -> list[Parameter]:
    """Every field, those inside of others by their dotted name.

    The meaning says the default where the value is another one, and that a field does nothing
    where it does not, whatever its value.
    """
    try:
        standard = type(spec)()
    except ValidationError:  # a system that has to be told everything
        standard = None
    return list(_fields("", spec, standard, unused_fields(spec)))


def unit_of(spec: type[Spec], path: str) -> str:
    """The unit that the description of a field ends in; empty for what is counted or chosen."""
    model: type[BaseModel] = spec
    *way, name = [step for step in path.split(".") if not step.isdecimal()]
    for step in way:
        model = next(models_of(model.model_fields[step].annotation))
    match = UNIT.search(model.model_fields[name].description or "")
    return match[1] if match else ""


def _fields(
    path: str, model: BaseModel, standard: object, unused: frozenset[str]
) -> Iterator[Parameter]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        default = getattr(standard, name, value)
        yield from _field(f"{path}{name}", field, value, default, unused)


def _field(
    path: str, field: FieldInfo, value: Any, default: Any, unused: frozenset[str]
) -> Iterator[Parameter]:
    used, meaning = not is_unused(path, unused), field.description or ""
    if isinstance(value, BaseModel):
        yield Parameter(path, "", "", meaning, used)
        yield from _fields(f"{path}.", value, default, unused)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        yield Parameter(path, "", _range(field), f"{meaning}: {_entries(len(value))}", used)
        for place, entry in enumerate(value[:ENTRIES]):
            standard = default[place] if place < len(default or ()) else None
            before = value[place - 1] if place else None
            for row in _fields(f"{path}.{place}.", entry, standard, unused):
                inside = row.name.removeprefix(f"{path}.{place}.")
                if before is None or _at(entry, inside) != _at(before, inside):
                    yield row
    else:
        if not used:
            meaning += "; does nothing here"
        elif value != default:
            meaning += f"; default {_cut(shown(default))}"
        between = _range(field)
        if len(between) > LONGEST_RANGE or max(map(len, between.split()), default=0) > LONGEST_WORD:
            between, meaning = "", f"{meaning}: {between}"
        yield Parameter(path, _cut(shown(value)), between, meaning, used)


def _entries(number: int) -> str:
    if number == 1:
        return "1 entry"
    shown_ones = f", the first {ENTRIES} shown" if number > ENTRIES else ""
    return f"{number} entries{shown_ones}, each like the one before but for what is named"


def _at(model: object, path: str) -> Any:
    """What lies at a dotted path; None where something on the way is left out."""
    value: Any = model
    for step in path.split("."):
        if isinstance(value, tuple):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = getattr(value, step, None)
    return value


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return text[: text.rfind(",", 0, LONGEST) + 1] + f" … ({text.count(',') + 1:,} values)"


def _range(field: FieldInfo) -> str:
    kinds = [each for kind in alternatives(field.annotation) for each in (kind, entry_of(kind))]
    for kind in kinds:
        members = getattr(kind, "__members__", None)
        if members:
            return ", ".join(str(member.value) for member in members.values())
    low = high = few = many = ""
    for bound in field.metadata:
        if isinstance(bound, Ge):
            low = str(bound.ge)
        elif isinstance(bound, Gt):
            low = f"over {bound.gt}"
        elif isinstance(bound, Le):
            high = str(bound.le)
        elif isinstance(bound, Lt):
            high = f"below {bound.lt}"
        elif isinstance(bound, MinLen):
            few = str(bound.min_length)
        elif isinstance(bound, MaxLen):
            many = str(bound.max_length)
    if few or many:
        return f"{few or '0'} … {many} entries" if many else f"from {few} entries"
    if low or high:
        return f"{low} … {high}"
    return "true, false" if bool in kinds else ""
