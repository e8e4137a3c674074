"""Specifications from the command line and from files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from neuroloom.flows.macros.catalogue import Macro
from neuroloom.flows.macros.field_values import kind_of, models_of, paths, typed
from neuroloom.flows.macros.sizes import refuse_oversize
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.reading.refusal import place, problem_words, reading
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.golden.documents import parse_json, parse_toml
from neuroloom.golden.wording import is_surrogate, nearest, plain, quoted

if TYPE_CHECKING:
    from neuroloom.golden.spec import Spec


CHIP = "crossbar_chip"
"""The macro whose specification a chip file gives."""


def read_spec(macro: Macro, overrides: Sequence[str] = (), file: Path | None = None) -> "Spec":
    """The macro's Spec from ``file`` (TOML or JSON) with ``key=value`` overrides on top.

    Keys may be dotted to reach into lists of layers (``layers.0.pe=4``). Values are typed as
    :mod:`neuroloom.flows.macros.field_values` says. ``chip=FILE`` gives a ``crossbar_chip`` all
    that a chip file says. UsageError names the field and the nearest valid choice.
    """
    fields = _read_file(macro, file) if file else {}
    sources: dict[str, Path | None] = dict.fromkeys(fields, file)
    given: dict[str, str] = {}
    for override in overrides:
        key, equals, text = override.partition("=")
        if not override.isprintable() and any(map(is_surrogate, override)):
            raise UsageError(f"{quoted(override)} holds bytes that are no UTF-8 text")
        if not equals:
            raise UsageError(f"{quoted(override)} is not of the form field=value, such as width=64")
        if key.strip() in given:
            raise UsageError(f"{plain(key.strip())} is given twice")
        given[key.strip()] = text.strip()
        if key.strip() == "chip" and macro.name == CHIP:
            from neuroloom.flows.macros import chip_file

            chip = Path(text.strip())
            read = chip_file.read(chip)
            fields.update(read)
            sources |= dict.fromkeys(read, chip)
            continue
        path = key.strip().split(".")
        _assign(macro, fields, path, typed(text, kind_of(macro.spec, path)))
        sources[path[0]] = None
    return validate(macro, fields, sources, given)


Sources = Mapping[str, Path | None]
"""The files that fields were read from."""


def validate(
    macro: Macro,
    fields: dict[str, Any],
    sources: Sources | None = None,
    words: Mapping[str, str] | None = None,
) -> "Spec":
    """The Spec with these fields; UsageError in one sentence when they are wrong, which begins
    with the file that ``sources`` names for the wrong one; ``words`` are values as they were typed.

    Types are strict: text is no number and no truth value.
    """
    try:
        spec = macro.spec.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        location = error.errors(include_url=False)[0]["loc"]
        known = sources or {}
        files = {known.get(str(location[0]))} if location else set(known.values())
        file = files.pop() if len(files) == 1 else None
        raise UsageError(
            f"{file}: {_sentence(macro, error, words)}" if file else _sentence(macro, error, words)
        ) from None
    refuse_oversize(spec)
    return spec


def _read_file(macro: Macro, file: Path) -> dict[str, Any]:
    kind = "JSON" if file.suffix == ".json" else "TOML"
    with reading(file, "the specification"):
        text = read_text(file)
    with reading(file, "the specification", f"is not valid {kind}"):
        fields = parse_json(text) if kind == "JSON" else parse_toml(text)
    if not isinstance(fields, dict):
        raise UsageError(f"{file} does not hold a table of fields")
    # a manifest written by generate is a specification too
    spec, of = fields.get("spec"), fields.get("macro")
    if not isinstance(spec, dict) or not isinstance(of, str):
        return fields
    if of != macro.name:
        raise UsageError(f"{file} is a specification of {plain(of)}, not of {macro.name}")
    return spec


def _assign(macro: Macro, fields: dict[str, Any], path: list[str], value: Any) -> None:
    if path[0] not in fields and len(path) > 1:
        default = macro.spec().model_dump(mode="json", exclude_none=True)
        if path[0] not in macro.spec.model_fields:
            hint = nearest_field(macro.spec, path[0])
            raise UsageError(f"{macro.name} has no field {quoted(path[0])}; {hint}")
        fields[path[0]] = default.get(path[0], {})
    target: Any = fields
    for step, key in enumerate(path[:-1]):
        try:
            target = target[int(key)] if isinstance(target, list) else target[key]
        except (KeyError, ValueError, IndexError, TypeError):
            raise UsageError(f"there is no field {quoted('.'.join(path[: step + 1]))}") from None
    try:
        if isinstance(target, list):
            target[int(path[-1])] = value
        else:
            target[path[-1]] = value
    except (ValueError, IndexError, TypeError):
        raise UsageError(f"there is no field {quoted('.'.join(path))}") from None


def _sentence(macro: Macro, error: ValidationError, words: Mapping[str, str] | None) -> str:
    problems = error.errors(include_url=False)
    # a misspelt field is missing under its own name, too
    misspelt = (problem for problem in problems if problem["type"] == "extra_forbidden")
    problem = next(misspelt, problems[0])
    where = place(problem["loc"])
    given = problem["input"]
    if problem["type"] == "extra_forbidden":
        model = _model_at(macro.spec, problem["loc"][:-1])
        return f"{macro.name} has no field {where!r}; {nearest_field(model, problem['loc'][-1])}"
    if problem["type"] == "missing":
        model = _model_at(macro.spec, problem["loc"][:-1])
        field = model.model_fields.get(str(problem["loc"][-1]))
        told = f" ({field.description})" if field is not None and field.description else ""
        return f"{macro.name} needs {where}{told}: a value or a specification file gives it"
    message = problem_words(problem)
    if not where:
        return f"{macro.name}: {message}"
    if problem["type"] == "value_error" and isinstance(given, dict):
        return f"{macro.name}: {where}: {message}"  # of fields that do not go together
    hint = ""
    if problem["type"] == "enum":
        choices = [word.strip("'") for word in problem["ctx"]["expected"].split() if "'" in word]
        choices = [word.strip(",'") for word in choices]
        hint = f"; {nearest(str(given), choices)}"
    value = plain((words or {}).get(where, given))
    return f"{macro.name}: {where}={value} is wrong: {message[0].lower()}{message[1:]}{hint}"


def nearest_field(model: type[BaseModel], word: int | str) -> str:
    """A hint for a name that is no field: one that is called so inside, or the nearest one."""
    word = str(word)
    inside = [path for path in paths(model) if "." in path]
    for path in inside:
        if path.rpartition(".")[2] == word:
            return f"did you mean {path!r}?"
    return nearest(word, list(model.model_fields))


def _model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The pydantic model that a location inside ``model`` leads to."""
    for step in location:
        if step in model.model_fields:
            model = next(models_of(model.model_fields[step].annotation), model)
    return model
