"""Traffic from the user's files, checked before anything is built."""

import re
import warnings
from collections.abc import Sequence
from io import StringIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from neuroloom.flows.simulation.bulk.packing import check
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.reading.arrays import Archive, open_npz, read_npy
from neuroloom.flows.tools.reading.refusal import reading
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.golden.ports import Stream, Traffic, concatenate
from neuroloom.golden.spec import Spec
from neuroloom.golden.wording import nearest, quoted

INTEGER = re.compile(r"[+-]?[0-9]+")
Arrays = dict[str, np.ndarray[Any, Any]]
MOST_VALUES = 1 << 26
"""Most values of all arrays of an archive; the pixels of MNIST's training images are 47 million."""


def read_traffic(spec: Spec, files: Sequence[Path]) -> Traffic:
    """Tokens of the macro's input streams, those of later files after those of earlier ones.

    A file is an .npz archive of arrays called ``stream.field``, or one such array called
    ``stream.field.npy`` or ``stream.field.csv`` (a line a token, lanes separated by commas).
    Arrays hold integers or truth values, in the shape (tokens) or, for a field with lanes,
    (tokens, lanes). No array is read before names, types and sizes of all in its file are right.

    UsageError, naming the file, when it cannot be read or does not fit the macro.
    """
    parts: list[Traffic] = []
    for file in files:
        traffic: dict[str, dict[str, Any]] = {}
        for key, values in _arrays(spec, file).items():
            stream, field = _place(spec, file, key)
            traffic.setdefault(stream, {})[field] = values
        parts.append(traffic)
    return check_traffic(spec, _joined(spec, parts, files), ", ".join(map(str, files)))


def check_traffic(spec: Spec, traffic: Traffic, source: str) -> Traffic:
    """``traffic`` if it fits the macro's input streams; UsageError naming ``source`` if not."""
    streams = {stream.name: stream for stream in spec.input_streams}
    for name, tokens in traffic.items():
        if name not in streams:
            raise UsageError(f"{source}: {_no_input(spec, name)}")
        try:
            check(streams[name], tokens)
        except ValueError as error:
            raise UsageError(f"{source}: {error}") from None
    return traffic


def describe(stream: Stream) -> str:
    """The keys and shapes of a stream's arrays, for messages."""
    return ", ".join(
        f"{stream.name}.{field.name} (tokens{'' if field.lanes is None else f', {field.lanes}'})"
        for field in stream.fields
    )


def _joined(spec: Spec, parts: list[Traffic], files: Sequence[Path]) -> Traffic:
    """Parts that share no field are fields of the same tokens; others follow each other."""
    places = [{(stream, field) for stream in part for field in part[stream]} for part in parts]
    if sum(map(len, places)) > len(set().union(*places)):
        for part, file in zip(parts, files, strict=True):
            check_traffic(spec, part, str(file))
        return concatenate(parts)
    together: dict[str, dict[str, Any]] = {}
    for part in parts:
        for stream, tokens in part.items():
            together.setdefault(stream, {}).update(tokens)
    return together


def _arrays(spec: Spec, file: Path) -> Arrays:
    match file.suffix:
        case ".npz":
            with reading(file, ""), open_npz(file) as archive:
                return _members(spec, file, archive)
        case ".npy":
            _place(spec, file, file.stem)
            with reading(file, ""):
                return {file.stem: _numbers(read_npy(file))}
        case ".csv":
            stream, name = _place(spec, file, file.stem)
            fields = next(
                input_stream.fields
                for input_stream in spec.input_streams
                if input_stream.name == stream
            )
            lanes = next(field.lanes for field in fields if field.name == name)
            with reading(file, ""):
                return {file.stem: _lines(read_text(file), lanes)}
    raise UsageError(f"{file} is of no known kind: traffic comes from .npz, .npy or .csv files")


def _members(spec: Spec, file: Path, archive: Archive) -> Arrays:
    for key, header in archive.headers.items():
        _place(spec, file, key)
        if header.dtype.kind not in "biu":
            raise UsageError(f"{file}: field {key} takes integers, not {header.dtype.name}")
    values = sum(prod(header.shape) for header in archive.headers.values())
    if values > MOST_VALUES:
        raise UsageError(f"{file} holds {values:,} values; {MOST_VALUES:,} are the most in a file")
    return {key: _numbers(archive.read(key)) for key in archive.headers}


def _numbers(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Truth values as 0 and 1."""
    return values.astype(np.uint8) if values.dtype == bool else values


def _lines(text: str, lanes: int | None) -> np.ndarray[Any, Any]:
    """A token a line; ``#`` begins a remark."""
    columns = lanes or 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of files without a number, and of fractions cut off
        try:
            values = np.loadtxt(StringIO(text), np.int64, delimiter=",", ndmin=2)
        except UserWarning:
            raise ValueError("it holds no numbers") from None
        except (Warning, ValueError) as error:
            raise ValueError(_wrong_line(text, columns) or str(error)) from None
    if values.shape[1] != columns:
        raise ValueError(_wrong_line(text, columns))
    return values[:, 0] if lanes is None else values


def _wrong_line(text: str, columns: int) -> str:
    """What is wrong with the first line that is; empty where none is found."""
    for number, line in enumerate(text.split("\n"), 1):
        row = line.partition("#")[0].strip()
        cells = row.split(",")
        if row and len(cells) != columns:
            found = "1 number" if len(cells) == 1 else f"{len(cells)} numbers"
            return f"line {number} has {found} where a token takes {columns}"
        for cell in cells if row else ():
            if not INTEGER.fullmatch(cell.strip()):
                return f"line {number}: {quoted(cell.strip())} is no integer"
    return ""


def _place(spec: Spec, file: Path, key: str) -> tuple[str, str]:
    """Stream and field that a key names."""
    stream, _, field = key.partition(".")
    found = next(
        (input_stream for input_stream in spec.input_streams if input_stream.name == stream), None
    )
    if found is None:
        raise UsageError(f"{file}: {_no_input(spec, stream)}")
    fields = [field.name for field in found.fields]
    if field not in fields:
        raise UsageError(
            f"{file}: stream {stream!r} has no field {quoted(field)}; {nearest(field, fields)}"
        )
    return stream, field


def _no_input(spec: Spec, name: str) -> str:
    inputs = [stream.name for stream in spec.input_streams]
    if name in [stream.name for stream in spec.output_streams]:
        return f"{quoted(name)} is an output of {spec.macro}; its inputs are {', '.join(inputs)}"
    return f"{spec.macro} has no input stream {quoted(name)}; {nearest(name, inputs)}"
