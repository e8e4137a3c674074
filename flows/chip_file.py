"""Files that describe a chip of crossbar cores: JSON, or NPZ with one array a field.

docs/chip-format.md describes both. Both hold a :class:`CrossbarChipSpec` and nothing else.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from neuroloom.flows.errors import UsageError
from neuroloom.flows.writing import written_aside
from neuroloom.golden.neurons.crossbar_chip import CrossbarChipSpec
from neuroloom.golden.neurons.crossbar_contents import FLOORS, MODES, CoreContents

FORMAT = "neuroloom-chip"
VERSION = 1
NAMES = {"reset_mode": MODES, "floor": FLOORS}
"""Fields that are words in JSON and their places in NPZ."""


def save(spec: CrossbarChipSpec, file: Path) -> None:
    """Write a chip; the name ends in .json or .npz. UsageError when it cannot be written."""
    head = {"format": FORMAT, "version": VERSION}
    fields = spec.model_dump(mode="json", exclude_none=True)
    try:
        with written_aside(file.parent) as aside:
            if _kind(file) == ".json":
                text = json.dumps({**head, **fields}, indent=1)
                (aside / file.name).write_text(text + "\n", encoding="utf-8")
            else:
                contents = fields.pop("contents")
                description = json.dumps({**head, **fields})
                with (aside / file.name).open("wb") as out:
                    arrays: dict[str, Any] = _arrays(spec, contents)
                    np.savez_compressed(out, description=description, **arrays)
    except OSError as error:
        raise UsageError(f"cannot write the chip {file}: {error.strerror}") from None


def load(file: Path) -> CrossbarChipSpec:
    """The chip of a file. UsageError says in one sentence what is wrong with it."""
    fields = read(file)
    try:
        return CrossbarChipSpec.model_validate(fields)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        raise UsageError(f"{file}: {place + ': ' if place else ''}{message}") from None


def read(file: Path) -> dict[str, Any]:
    """The fields of a chip's specification, not validated. UsageError when it is no chip file."""
    try:
        fields = _json(file) if _kind(file) == ".json" else _npz(file)
    except OSError as error:
        raise UsageError(f"cannot read the chip {file}: {error.strerror}") from None
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UsageError(f"{file} is not a chip file: {error}") from None
    found = fields.pop("format", None), fields.pop("version", None)
    if found != (FORMAT, VERSION):
        raise UsageError(
            f"{file} is not a chip file: format {found[0]!r}, version {found[1]!r}; "
            f"it takes format {FORMAT!r}, version {VERSION}"
        )
    return fields


def _kind(file: Path) -> str:
    if file.suffix not in (".json", ".npz"):
        raise UsageError(f"a chip file ends in .json or .npz, not {file.name}")
    return file.suffix


def _json(file: Path) -> dict[str, Any]:
    fields = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(fields, dict):
        raise ValueError("it does not hold an object")
    return fields


def _arrays(spec: CrossbarChipSpec, contents: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """An array a field, the first axis counts cores; the crossbar with a bit a synapse."""
    arrays = {}
    for name in contents[0]:
        column = [each[name] for each in contents]
        if name == "crossbar":
            column = [[_bits(row, spec.core.axons) for row in rows] for rows in column]
        elif name in NAMES:
            column = [[list(NAMES[name]).index(word) for word in words] for words in column]
        arrays[name] = np.array(column, np.uint8 if name == "crossbar" else np.int64)
    return arrays


def _npz(file: Path) -> dict[str, Any]:
    with np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if "description" not in arrays:
        raise ValueError("it has no array description")
    fields: dict[str, Any] = json.loads(str(arrays.pop("description")))
    unknown = set(arrays) - set(CoreContents.model_fields)
    if unknown:
        raise ValueError(f"there is no field {sorted(unknown)[0]}")
    cores = {len(values) for values in arrays.values() if values.ndim}
    if len(cores) != 1:
        raise ValueError("its arrays are of different numbers of cores")
    fields["contents"] = [
        {name: _entries(name, values[core]) for name, values in arrays.items()}
        for core in range(cores.pop())
    ]
    return fields


def _entries(name: str, values: np.ndarray) -> list[Any]:
    if not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"{name} does not hold integers")
    if name == "crossbar":
        if values.ndim != 2 or values.max(initial=0) > 1 or values.min(initial=0) < 0:
            raise ValueError("crossbar is not an array of cores, neurons and axons with 0 and 1")
        return [_hexadecimal(row) for row in values]
    if name in NAMES:
        words = NAMES[name]
        if values.size and not 0 <= values.min() <= values.max() < len(words):
            raise ValueError(f"{name} has a value that is not one of 0 to {len(words) - 1}")
        return [words[value].value for value in values]
    entries: list[Any] = values.tolist()
    return entries


def _bits(text: str, axons: int) -> list[int]:
    return [int(text, 16) >> axon & 1 for axon in range(axons)]


def _hexadecimal(row: np.ndarray) -> str:
    code = int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little")
    return f"{code:0{-(-len(row) // 4)}x}"
