"""Specification of a trained network from its ONNX file."""

from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from neuroloom.flows.importing.binarized_graph import ImportedNetwork, read_network
from neuroloom.flows.importing.onnx_graph import read
from neuroloom.flows.networks.conv_folding import conv_network_spec
from neuroloom.flows.networks.folding import CYCLES_PER_IMAGE, network_spec
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec

FIRST_OPERATORS = 10
"""The set of operators from which on those that are imported have the inputs they have today."""


class Imported(NamedTuple):
    """A network as it was read, and its specification."""

    network: ImportedNetwork
    spec: BnnNetworkSpec | BnnConvNetworkSpec


def import_network(
    file: Path,
    cycles: int | None = None,
    levels: tuple[float, float] = (-1, 1),
    result: LayerOutput | None = None,
) -> Imported:
    """The network of an ONNX file, each layer folded to at most ``cycles`` steps an image, by
    default 96, times the positions of the largest convolution.

    ``levels`` and ``result`` are those of :func:`read_network`. ToolMissing without the package
    onnx; UsageError in one sentence when the file cannot be read or holds something else.
    """
    network = read_network(read(file, FIRST_OPERATORS), levels, result)
    layers = [layer.layer for layer in network.layers]
    spec: BnnNetworkSpec | BnnConvNetworkSpec
    try:
        if network.convolutional:
            spec = conv_network_spec(layers, network.image, cycles, network.result)
        else:
            spec = network_spec(layers, cycles or CYCLES_PER_IMAGE, network.result)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"{file} makes no network: {problem}") from None
    return Imported(network, spec)


def layers_of(spec: BnnNetworkSpec | BnnConvNetworkSpec) -> list[tuple[BnnLayerSpec, int]]:
    """The layers of a network, and how many positions of an image each of them computes."""
    if isinstance(spec, BnnNetworkSpec):
        return [(layer, 1) for layer in spec.layers]
    return [
        (stage.layer, stage.window.rows * stage.window.columns if stage.window else 1)
        for stage in spec.stages
        if stage.layer is not None
    ]
