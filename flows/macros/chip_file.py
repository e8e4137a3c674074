"""Files that describe a chip of crossbar cores: JSON, or NPZ with one array a field.

docs/chip-format.md describes both. Both hold a :class:`CrossbarChipSpec` and nothing else.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from annotated_types import Le

from neuroloom.flows.tools.errors import UsageError, reason
from neuroloom.flows.tools.reading.arrays import Archive, open_npz
from neuroloom.flows.tools.reading.refusal import check_format, reading
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.flows.tools.writing import written_aside
from neuroloom.golden.documents import parse_json
from neuroloom.golden.neurons.crossbar_contents import FLOORS, MODES, CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from neuroloom.golden.wording import plain, quoted

FORMAT = "neuroloom-chip"
VERSION = 1
NAMES = {"reset_mode": MODES, "floor": FLOORS}
"""Fields that are words in JSON and their places in NPZ."""
MOST_CORES = 256
"""Most cores: 16 columns and rows of them."""
AXES = {
    "crossbar": ("neurons", "axons"),
    "types": ("axons",),
    "weights": ("neurons", "types"),
    "random_weights": ("neurons", "types"),
}
"""Shapes of the arrays in NPZ behind that of the cores; the others have one entry a neuron."""


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
        raise UsageError(f"cannot write the chip {file}: {reason(error)}") from None


def load(file: Path) -> CrossbarChipSpec:
    """The chip of a file. UsageError says in one sentence what is wrong with it."""
    fields = read(file)
    with reading(file, "the chip"):
        return CrossbarChipSpec.model_validate_json(json.dumps(fields), strict=True)


def read(file: Path) -> dict[str, Any]:
    """The fields of a chip's specification, not validated. UsageError when it is no chip file."""
    kind = _kind(file)
    with reading(file, "the chip", "is not a chip file"):
        fields = _json(file) if kind == ".json" else _npz(file)
        check_format(fields, FORMAT, VERSION)
    return fields


def _kind(file: Path) -> str:
    if file.suffix not in (".json", ".npz"):
        raise UsageError(f"a chip file ends in .json or .npz, not {plain(file.name) or 'nothing'}")
    return file.suffix


def _json(file: Path) -> dict[str, Any]:
    fields = parse_json(read_text(file))
    if not isinstance(fields, dict):
        raise ValueError("it does not hold an object")
    return fields


def _arrays(spec: CrossbarChipSpec, contents: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """An array a field, the first axis counts cores; the crossbar with a bit a synapse."""
    arrays = {}
    for name in contents[0]:
        column = [content[name] for content in contents]
        if name == "crossbar":
            column = [[_bits(row, spec.core.axons) for row in rows] for rows in column]
        elif name in NAMES:
            column = [[list(NAMES[name]).index(word) for word in words] for words in column]
        arrays[name] = np.array(column, np.uint8 if name == "crossbar" else np.int64)
    return arrays


def _npz(file: Path) -> dict[str, Any]:
    with open_npz(file) as archive:
        if "description" not in archive.headers:
            raise ValueError("it has no array description")
        fields = archive.read_json("description")
        if "contents" in fields:
            raise ValueError("its description has contents, which are arrays of their own")
        cores = _cores(archive)
        columns = {name: archive.read(name) for name in archive.headers if name != "description"}
    entries = {name: _entries(name, values) for name, values in columns.items()}
    fields["contents"] = [
        {name: every[core] for name, every in entries.items()} for core in range(cores)
    ]
    return fields


def _cores(archive: Archive) -> int:
    """How many there are. ValueError where the arrays are none of a chip, by their headers."""
    cores: set[int] = set()
    for name, header in archive.headers.items():
        if name == "description":
            continue
        if name not in CoreContents.model_fields:
            raise ValueError(f"there is no field {plain(name)}")
        if header.dtype.kind not in "biu":
            raise ValueError(f"{name} does not hold integers")
        axes = (MOST_CORES, *(_most(each) for each in AXES.get(name, ("neurons",))))
        fits = len(header.shape) == len(axes)
        if not fits or any(size > most for size, most in zip(header.shape, axes, strict=True)):
            words = ", ".join(("cores", *AXES.get(name, ("neurons",))))
            raise ValueError(
                f"{name} has the shape {quoted(header.shape)}; it takes ({words}), at most {axes}"
            )
        cores.add(header.shape[0])
    if len(cores) != 1:
        raise ValueError("its arrays are of different numbers of cores")
    return cores.pop()


def _most(field: str) -> int:
    """The greatest value of a field of a core."""
    bounds = CrossbarCoreSpec.model_fields[field].metadata
    return next(bound.le for bound in bounds if isinstance(bound, Le) and type(bound.le) is int)


def _entries(name: str, values: np.ndarray) -> list[Any]:
    """What JSON holds in place of the array: a list a core."""
    if name == "crossbar":
        if values.max(initial=0) > 1 or values.min(initial=0) < 0:
            raise ValueError("crossbar is not an array of cores, neurons and axons with 0 and 1")
        return [[_hexadecimal(row) for row in core] for core in values]
    if name in NAMES:
        words = NAMES[name]
        if values.size and not 0 <= values.min() <= values.max() < len(words):
            raise ValueError(f"{name} has a value that is not one of 0 to {len(words) - 1}")
        return [[words[int(value)].value for value in core] for core in values]
    entries: list[Any] = values.astype(np.uint8 if values.dtype == bool else values.dtype).tolist()
    return entries


def _bits(text: str, axons: int) -> list[int]:
    return [int(text, 16) >> axon & 1 for axon in range(axons)]


def _hexadecimal(row: np.ndarray) -> str:
    code = int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little")
    return f"{code:0{-(-len(row) // 4)}x}"
