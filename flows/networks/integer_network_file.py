"""Files of integer networks: an npz archive of a JSON header and the arrays of every layer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.flows.tools.errors import UsageError, reason
from neuroloom.flows.tools.reading.arrays import Archive, open_npz
from neuroloom.flows.tools.reading.refusal import check_format, reading
from neuroloom.flows.tools.writing import written_aside
from neuroloom.golden.wording import quoted

FORMAT = "neuroloom-integer-cnn"
VERSION = 1
ARRAYS = ("weights", "scale", "offset")
FIELDS = ("shift", "bits", "signed", "relu", "weight_bits", "scale_bits", "offset_bits")
TRUTHS = ("signed", "relu")
"""Fields that are true or false; the others are integers."""


def save(network: IntegerNetwork, file: Path) -> None:
    """Write a network as one npz file. UsageError when it cannot be written."""
    header = {
        "format": FORMAT,
        "version": VERSION,
        "network": network.network.model_dump(mode="json", exclude_none=True),
        "layers": [
            {"name": name} | {field: getattr(parameter, field) for field in FIELDS}
            for name, parameter in network.parameters.items()
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        f"{array}{index}": getattr(parameter, array)
        for index, parameter in enumerate(network.parameters.values())
        for array in ARRAYS
    }
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    try:
        with written_aside(file.parent) as aside, (aside / file.name).open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
    except OSError as error:
        raise UsageError(f"cannot write the network {file}: {reason(error)}") from None


def load(file: Path) -> IntegerNetwork:
    """The network of a file. UsageError says in one sentence what is wrong with it."""
    with (
        reading(file, "the network", "is not the file of an integer network"),
        open_npz(file) as archive,
    ):
        if "header" not in archive.headers:
            raise ValueError("it has no header")
        header = archive.read_json("header")
        check_format(header, FORMAT, VERSION)
        with reading(file, "the network", "is wrong"):
            return _network(header, archive)


def _network(header: dict[str, Any], archive: Archive) -> IntegerNetwork:
    _check_names("the header", set(header), {"network", "layers"})
    layers = header["layers"]
    if not isinstance(layers, list):
        raise ValueError("layers are no list")
    network = ConvolutionalNetwork.model_validate_json(json.dumps(header["network"]), strict=True)
    named = {f"{array}{index}" for index in range(len(layers)) for array in ARRAYS}
    _check_names("the file", set(archive.headers) - {"header"}, named)
    found: dict[str, LayerParameters] = {}
    for index, fields in enumerate(layers):
        name, parameters = _layer(index, fields, archive)
        if name in found:
            raise ValueError(f"layer {quoted(name)} is given twice")
        found[name] = parameters
    return IntegerNetwork(network, found)


def _layer(index: int, fields: Any, archive: Archive) -> tuple[str, LayerParameters]:
    if not isinstance(fields, dict):
        raise ValueError("layers are no objects")
    _check_names(f"layer {index}", set(fields), {"name", *FIELDS})
    for field, value in fields.items():
        kind = str if field == "name" else bool if field in TRUTHS else int
        if type(value) is not kind:
            raise ValueError(f"layer {index}: {field} is {quoted(value)}, not {WORDS[kind]}")
    arrays: dict[str, Any] = {array: archive.read(f"{array}{index}") for array in ARRAYS}
    return fields["name"], LayerParameters(**arrays, **{field: fields[field] for field in FIELDS})


WORDS = {str: "text", bool: "true or false", int: "an integer"}


def _check_names(what: str, names: set[str], wanted: set[str]) -> None:
    for name in sorted(wanted - names):
        raise ValueError(f"{what} has no {name!r}")
    for name in sorted(names - wanted):
        raise ValueError(f"{what} has {quoted(name)}, which is no name in it")
