"""From the ONNX file of a trained network to its specification."""

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from neuroloom.flows.errors import UsageError
from neuroloom.flows.importing.binarized_graph import ImportedNetwork, read_network
from neuroloom.flows.importing.onnx_graph import read
from neuroloom.flows.training.folding import CYCLES_PER_IMAGE, network_spec
from neuroloom.golden.bnn.layer import LayerOutput
from neuroloom.golden.bnn.network import BnnNetworkSpec


class Imported(NamedTuple):
    """A network as it was read, and its specification."""

    network: ImportedNetwork
    spec: BnnNetworkSpec


def import_network(
    file: Path,
    cycles: int = CYCLES_PER_IMAGE,
    levels: tuple[float, float] = (-1, 1),
    result: LayerOutput | None = None,
) -> Imported:
    """The network of an ONNX file, each layer folded to at most ``cycles`` steps an image.

    ``levels`` and ``result`` are those of :func:`read_network`. ToolMissing without the package
    onnx; UsageError in one sentence when the file cannot be read or holds something else.
    """
    network = read_network(read(file), levels, result)
    try:
        spec = network_spec([each.layer for each in network.layers], cycles, network.result)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"{file} makes no {BnnNetworkSpec.macro}: {problem}") from None
    return Imported(network, spec)
