"""Files of integer networks: an npz archive of a JSON header and the arrays of every layer."""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from neuroloom.flows.errors import UsageError
from neuroloom.flows.imc_mapping.integer_network import IntegerNetwork
from neuroloom.flows.imc_mapping.network import Network
from neuroloom.flows.imc_mapping.parameters import LayerParameters
from neuroloom.flows.writing import written_aside

FORMAT = "neuroloom-integer-cnn"
VERSION = 1
ARRAYS = ("weights", "scale", "offset")
FIELDS = ("shift", "bits", "signed", "relu", "weight_bits", "scale_bits", "offset_bits")
BROKEN = (ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading an archive raises that is none, or a broken one."""


def save(network: IntegerNetwork, file: Path) -> None:
    """Write a network as one npz file. UsageError when it cannot be written."""
    header = {
        "format": FORMAT, "version": VERSION,
        "network": network.network.model_dump(mode="json", exclude_none=True),
        "layers": [
            {"name": name} | {field: getattr(found, field) for field in FIELDS}
            for name, found in network.parameters.items()
        ],
    }  # fmt: skip
    arrays: dict[str, NDArray[Any]] = {
        f"{array}{index}": getattr(found, array)
        for index, found in enumerate(network.parameters.values())
        for array in ARRAYS
    }
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    try:
        with written_aside(file.parent) as aside, (aside / file.name).open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
    except OSError as error:
        raise UsageError(f"cannot write the network {file}: {error.strerror}") from None


def load(file: Path) -> IntegerNetwork:
    """The network of a file. UsageError says in one sentence what is wrong with it."""
    try:
        header, arrays = _read(file)
    except OSError as error:
        raise UsageError(f"cannot read the network {file}: {error.strerror or error}") from None
    except BROKEN as error:
        raise UsageError(f"{file} is not the file of an integer network: {error}") from None
    found = header.get("format"), header.get("version")
    if found != (FORMAT, VERSION):
        raise UsageError(
            f"{file} is not the file of an integer network: format {found[0]!r}, version "
            f"{found[1]!r}; it takes format {FORMAT!r}, version {VERSION}"
        )
    try:
        network = Network.model_validate(header["network"])
        layers = enumerate(header["layers"])
        return IntegerNetwork(network, dict(_layer(at, fields, arrays) for at, fields in layers))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise UsageError(f"{file}: {problem['msg'].removeprefix('Value error, ')}") from None
    except KeyError as error:
        raise UsageError(f"{file} has no {error.args[0]!r}") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{file}: {error}") from None


def _read(file: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    with file.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            raise ValueError("it is no npz archive")
        stream.seek(0)
        with np.load(stream, allow_pickle=False) as archive:
            arrays = dict(archive)
    header = arrays.pop("header", None)
    if not isinstance(header, np.ndarray):
        raise ValueError("it has no header")
    fields = json.loads(header.tobytes())
    if not isinstance(fields, dict):
        raise ValueError("its header is no object")
    return fields, arrays


def _layer(
    index: int, fields: dict[str, Any], arrays: dict[str, NDArray[Any]]
) -> tuple[str, LayerParameters]:
    if not isinstance(fields, dict):
        raise ValueError("layers of the header are no objects")
    for missing in {"name", *FIELDS} - set(fields):
        raise ValueError(f"a layer of the header has no {missing!r}")
    for unknown in set(fields) - {"name", *FIELDS}:
        raise ValueError(f"a layer of the header has a {unknown!r}, which is none")
    found: dict[str, Any] = {array: arrays[f"{array}{index}"] for array in ARRAYS}
    found |= {field: fields[field] for field in FIELDS}
    return fields["name"], LayerParameters(**found)
