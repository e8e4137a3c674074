"""Specifications from the command line and from files."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from neuroloom.flows import chip_file
from neuroloom.flows.catalogue import Macro, nearest
from neuroloom.flows.errors import UsageError
from neuroloom.golden.neurons.crossbar_chip import CrossbarChipSpec
from neuroloom.golden.spec import Spec


def read_spec(macro: Macro, overrides: Sequence[str] = (), file: Path | None = None) -> Spec:
    """The macro's Spec from ``file`` (TOML or JSON) with ``key=value`` overrides on top.

    Keys may be dotted to reach into lists of layers (``layers.0.pe=4``). Values are read as JSON
    where they can be, as text where not. ``chip=FILE`` gives a ``crossbar_chip`` all that a chip
    file says. UsageError names the field and the nearest valid choice.
    """
    fields = _read_file(file) if file else {}
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise UsageError(f"{override!r} is not of the form field=value, such as width=64")
        if key.strip() == "chip" and macro.spec is CrossbarChipSpec:
            fields.update(chip_file.read(Path(text.strip())))
            continue
        _assign(macro, fields, key.strip().split("."), _value(text.strip()))
    return validate(macro, fields)


def validate(macro: Macro, fields: dict[str, Any]) -> Spec:
    """The Spec with these fields; UsageError in one sentence when they are wrong."""
    try:
        return macro.spec.model_validate(fields)
    except ValidationError as error:
        raise UsageError(_sentence(macro, error)) from None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise UsageError(f"cannot read the specification {file}: {reason}") from None
    try:
        fields = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        kind = "JSON" if file.suffix == ".json" else "TOML"
        raise UsageError(f"{file} is not valid {kind}: {error}") from None
    if not isinstance(fields, dict):
        raise UsageError(f"{file} does not hold a table of fields")
    # a manifest written by generate is a specification too
    spec = fields.get("spec")
    return dict(spec) if isinstance(spec, dict) else dict(fields)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _assign(macro: Macro, fields: dict[str, Any], path: list[str], value: Any) -> None:
    if path[0] not in fields and len(path) > 1:
        default = macro.spec().model_dump(mode="json", exclude_none=True)
        if path[0] not in default:
            known = list(macro.spec.model_fields)
            raise UsageError(f"{macro.name} has no field {path[0]!r}; {nearest(path[0], known)}")
        fields[path[0]] = default[path[0]]
    target: Any = fields
    for step, key in enumerate(path[:-1]):
        try:
            target = target[int(key)] if isinstance(target, list) else target[key]
        except (KeyError, ValueError, IndexError, TypeError):
            raise UsageError(f"there is no field {'.'.join(path[: step + 1])!r}") from None
    try:
        if isinstance(target, list):
            target[int(path[-1])] = value
        else:
            target[path[-1]] = value
    except (ValueError, IndexError, TypeError):
        raise UsageError(f"there is no field {'.'.join(path)!r}") from None


def _sentence(macro: Macro, error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in problem["loc"])
    given = problem["input"]
    if problem["type"] == "extra_forbidden":
        choices = list(_model_at(macro.spec, problem["loc"][:-1]).model_fields)
        return f"{macro.name} has no field {place!r}; {nearest(str(problem['loc'][-1]), choices)}"
    message = problem["msg"].removeprefix("Value error, ")
    if not place:
        return f"{macro.name}: {message}"
    hint = ""
    if problem["type"] == "enum":
        choices = [word.strip("'") for word in problem["ctx"]["expected"].split() if "'" in word]
        choices = [word.strip(",'") for word in choices]
        hint = f"; {nearest(str(given), choices)}"
    return f"{macro.name}: {place}={given} is wrong: {message[0].lower()}{message[1:]}{hint}"


def _model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The pydantic model that a location inside ``model`` leads to."""
    for step in location:
        if isinstance(step, int):
            continue
        annotation = model.model_fields[step].annotation
        nested = [
            each
            for each in (annotation, *getattr(annotation, "__args__", ()))
            if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if nested:
            model = nested[0]
    return model
