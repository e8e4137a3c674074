"""Traffic from the user's files, checked before anything is built."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from neuroloom.flows.catalogue import nearest
from neuroloom.flows.errors import UsageError
from neuroloom.flows.simulation.bulk.packing import check
from neuroloom.golden.ports import Stream, Traffic, concatenate
from neuroloom.golden.spec import Spec

Arrays = dict[str, np.ndarray[Any, Any]]


def read_traffic(spec: Spec, files: Sequence[Path]) -> Traffic:
    """Tokens of the macro's input streams, those of later files after those of earlier ones.

    A file is an .npz archive of arrays called ``stream.field``, or one such array called
    ``stream.field.npy`` or ``stream.field.csv`` (a line a token, lanes separated by commas).
    Arrays have the shape (tokens) or, for a field with lanes, (tokens, lanes).

    UsageError, naming the file, when it cannot be read or does not fit the macro.
    """
    parts: list[Traffic] = []
    for file in files:
        traffic: dict[str, dict[str, Any]] = {}
        for key, values in _arrays(file).items():
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


def _arrays(file: Path) -> Arrays:
    try:
        match file.suffix:
            case ".npz":
                with np.load(file) as archive:
                    return {key: archive[key] for key in archive.files}
            case ".npy":
                return {file.stem: np.load(file)}
            case ".csv":
                with file.open(encoding="utf-8") as text:
                    return {file.stem: np.loadtxt(text, np.int64, delimiter=",", ndmin=1)}
    except OSError as error:
        reason = error.strerror or "not a numpy file"
        raise UsageError(f"cannot read {file}: {reason}") from None
    except (ValueError, BadZipFile, EOFError) as error:
        first = (str(error).splitlines() or ["not a numpy file"])[0]
        raise UsageError(f"cannot read {file}: {first}") from None
    raise UsageError(f"{file} is of no known kind: traffic comes from .npz, .npy or .csv files")


def _place(spec: Spec, file: Path, key: str) -> tuple[str, str]:
    """Stream and field that a key names."""
    stream, _, field = key.partition(".")
    found = next((each for each in spec.input_streams if each.name == stream), None)
    if found is None:
        raise UsageError(f"{file}: {_no_input(spec, stream)}")
    fields = [each.name for each in found.fields]
    if field not in fields:
        raise UsageError(
            f"{file}: stream {stream!r} has no field {field!r}; {nearest(field, fields)}"
        )
    return stream, field


def _no_input(spec: Spec, name: str) -> str:
    inputs = [stream.name for stream in spec.input_streams]
    if name in [stream.name for stream in spec.output_streams]:
        return f"{name!r} is an output of {spec.macro}; its inputs are {', '.join(inputs)}"
    return f"{spec.macro} has no input stream {name!r}; {nearest(name, inputs)}"
