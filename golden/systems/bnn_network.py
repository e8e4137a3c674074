"""A binarized network: layers chained by streams, each running as soon as it has input."""

from functools import cached_property
from typing import ClassVar

from pydantic import Field as Parameter

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.composition import Composition
from neuroloom.golden.systems.bnn_chain import BnnChain
from neuroloom.golden.systems.bnn_chain import parameter_stream as parameter_stream
from neuroloom.golden.systems.conv_stage import ConvStage


def _default_layers() -> tuple[BnnLayerSpec, ...]:
    return (
        BnnLayerSpec(inputs=64, neurons=32, pe=8, simd=16),
        BnnLayerSpec(inputs=32, neurons=10, pe=2, simd=16, output=LayerOutput.CLASS),
    )


class BnnNetworkSpec(BnnChain, Composition):
    """Parameters of ``bnn_network``: its layers from input to output."""

    macro: ClassVar[str] = "bnn_network"
    summary: ClassVar[str] = "binarized layers chained by streams, with full back-pressure"
    """binarized layers chained by streams with queues; the slowest layer alone sets the rate"""
    source: ClassVar[str] = "multilayer binarized network, Querlioz et al. 2019"
    unit: ClassVar[str] = "layer"
    operation: ClassVar[str] = "vector"

    layers: tuple[BnnLayerSpec, ...] = Parameter(
        default_factory=_default_layers, min_length=1, max_length=16, description="the layers"
    )

    @cached_property
    def chained(self) -> tuple[ConvStage, ...]:
        return tuple(ConvStage(layer=layer) for layer in self.layers)
