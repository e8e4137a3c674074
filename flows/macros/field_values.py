"""Values of fields as they are typed on a command line and as they are shown: each other's inverse.

8                   a number, a word, true or false
1, 2, 8             a list, with or without (brackets); of one value that value
[[128, 0], [1, 1]]  JSON, for what is nested deeper
-                   nothing, of a field that may be left out
"""

import json
import re
from collections.abc import Iterator, Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from neuroloom.golden.documents import parse_json

NOTHING = "-"
ENTRY = re.compile(r"[^\s,()\[\]{}\"]+")
"""An entry of a list that needs no quotes."""


def shown(value: Any) -> str:
    """``value`` as it can be typed."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        plain = [shown(each) for each in value if not isinstance(each, tuple | list | BaseModel)]
        if plain and len(plain) == len(value) and all(map(ENTRY.fullmatch, plain)):
            return ", ".join(plain)
        return json.dumps([_jsonable(each) for each in value])
    return str(value)


def typed(text: str, kind: Any) -> Any:
    """What ``text`` stands for in a field of that type; a wrong one is left to its check."""
    text = text.strip()
    kinds = alternatives(kind)
    if text == NOTHING and NoneType in kinds:
        return None
    value = _json(text)
    if value is None or isinstance(value, list | dict):
        return value
    entry = next(filter(None, map(entry_of, kinds)), None)
    if entry is not None:
        if isinstance(value, str) and value != text:  # quoted
            return [value]
        inside = text[1:-1] if text.startswith("(") and text.endswith(")") else text
        return [typed(each, entry) for each in inside.split(",")]
    if isinstance(value, str) or not any(map(_is_text, kinds)):
        return value
    return text


def as_typed(model: BaseModel, standard: BaseModel | None, path: str = "") -> Iterator[str]:
    """``field=value`` for every field of ``model`` that is not as in ``standard``."""
    for name in type(model).model_fields:
        value, usual = getattr(model, name), getattr(standard, name, None)
        if standard is not None and value == usual:
            continue
        if isinstance(value, BaseModel) and isinstance(usual, BaseModel):
            yield from as_typed(value, usual, f"{path}{name}.")
        elif isinstance(value, BaseModel):
            yield f"{path}{name}={json.dumps(_jsonable(value))}"
        else:
            yield f"{path}{name}={shown(value)}"


def alternatives(kind: Any) -> tuple[Any, ...]:
    """The types that a field may have: the members of a union, else the type itself."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def entry_of(kind: Any) -> Any:
    """The type of an entry of a list; None of what is no list."""
    return get_args(kind)[0] if get_origin(kind) in (tuple, list) else None


def models_of(kind: Any) -> Iterator[type[BaseModel]]:
    """The models that a field of that type, or its entries, may be."""
    for alternative in alternatives(kind):
        inner = entry_of(alternative)
        if inner is not None:
            yield from models_of(inner)
        elif isinstance(alternative, type) and issubclass(alternative, BaseModel):
            yield alternative


def kind_of(model: type[BaseModel], path: Sequence[int | str]) -> Any:
    """The type of the field at a path; Any where there is none."""
    kind: Any = model
    for step in path:
        inner = [entry_of(alternative) for alternative in alternatives(kind)]
        models = [each for each in models_of(kind) if step in each.model_fields]
        if str(step).isdecimal() and any(inner):
            kind = next(filter(None, inner))
        elif models:
            kind = models[0].model_fields[str(step)].annotation
        else:
            return Any
    return kind


def paths(model: type[BaseModel], entry: str = "0") -> Iterator[str]:
    """Dotted names of all fields, those inside of others too; ``entry`` stands for a place."""
    for name, field in model.model_fields.items():
        yield name
        listed = any(map(entry_of, alternatives(field.annotation)))
        for inner in models_of(field.annotation):
            between = f"{entry}." if listed else ""
            yield from (f"{name}.{between}{path}" for path in paths(inner, entry))


def _jsonable(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    return [_jsonable(each) for each in value] if isinstance(value, tuple | list) else value


def _json(text: str) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return text


def _is_text(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, str)
