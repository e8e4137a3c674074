"""A binarized network: layers chained by streams, each running as soon as it has input."""

from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Parameter

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Contract
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.golden.wires import End, Wire

STEP_TO_RESULT = 3
"""Cycles from a layer's last step on a group to the delivery of the group's token."""
CLASS_STAGE = 1
"""Further cycles of the stage that finds the winning class."""
QUEUE_LATENCY = 1
"""Cycles that a token spends in an empty queue between two layers."""


def _default_layers() -> tuple[BnnLayerSpec, ...]:
    return (
        BnnLayerSpec(inputs=64, neurons=32, pe=8, simd=16),
        BnnLayerSpec(inputs=32, neurons=10, pe=2, simd=16, output=LayerOutput.CLASS),
    )


class BnnNetworkSpec(Composition):
    """Parameters of ``bnn_network``: its layers from input to output."""

    macro: ClassVar[str] = "bnn_network"
    summary: ClassVar[str] = "binarized layers chained by streams, with full back-pressure"
    """binarized layers chained by streams with queues; the slowest layer alone sets the rate"""
    source: ClassVar[str] = "multilayer binarized network, Querlioz et al. 2019"

    layers: tuple[BnnLayerSpec, ...] = Parameter(
        default_factory=_default_layers, min_length=1, max_length=16, description="the layers"
    )

    def check(self) -> None:
        for index, (layer, following) in enumerate(self._pairs()):
            if layer.output is not LayerOutput.BITS:
                raise ValueError(
                    f"layer {index} gives {layer.output}: only the last layer may, "
                    "the others need output=bits"
                )
            if following.input_bits > 1:
                raise ValueError(
                    f"layer {index + 1} takes inputs of {following.input_bits} bits: only the "
                    "first layer may, the others need input_bits=1"
                )
            if layer.neurons != following.inputs:
                raise ValueError(
                    f"layer {index} has {layer.neurons} neurons but layer {index + 1} has "
                    f"{following.inputs} inputs"
                )
            if max(layer.pe, following.simd) % min(layer.pe, following.simd):
                raise ValueError(
                    f"layer {index} gives {layer.pe} bits at once (pe) and layer {index + 1} takes "
                    f"{following.simd} (simd): one must be a multiple of the other"
                )

    def _pairs(self) -> list[tuple[BnnLayerSpec, BnnLayerSpec]]:
        return list(zip(self.layers[:-1], self.layers[1:], strict=True))

    @property
    def adapters(self) -> tuple[WidthAdapterSpec, ...]:
        """Adapters between each layer and the next: from its ``pe`` to the next one's ``simd``."""
        return tuple(
            WidthAdapterSpec(
                length=layer.neurons, input_lanes=layer.pe, output_lanes=following.simd
            )
            for layer, following in self._pairs()
        )

    @property
    def queued(self) -> tuple[int, ...]:
        """Tokens of the queue between each layer and the next: a vector in the wider of both."""
        return tuple(min(each.input_tokens, each.output_tokens) for each in self.adapters)

    @cached_property
    def parts(self) -> dict[str, Spec]:
        layers = {f"layer{index}": layer for index, layer in enumerate(self.layers)}
        adapters = {f"adapter{index}": each for index, each in enumerate(self.adapters)}
        return {**layers, **adapters}

    @property
    def wires(self) -> tuple[Wire, ...]:
        links = enumerate(zip(self.adapters, self.queued, strict=True))
        return tuple(
            wire
            for index, (adapter, places) in links
            for wire in adapted(
                f"layer{index}.result",
                f"adapter{index}",
                adapter,
                f"layer{index + 1}.activations",
                places,
            )
        )

    @property
    def outer(self) -> dict[str, End]:
        return {
            "activations": "layer0.activations",
            **{
                parameter_stream(index, stream.name): f"layer{index}.{stream.name}"
                for index, layer in enumerate(self.layers)
                for stream in layer.streams[1:-1]
            },
            "result": f"layer{len(self.layers) - 1}.result",
        }

    @property
    def contract(self) -> Contract:
        consumes = {"activations": self.layers[0].folds}
        for index, layer in enumerate(self.layers):
            for name, tokens in layer.contract.consumes.items():
                if name != "activations":
                    consumes[parameter_stream(index, name)] = tokens
        return Contract(
            "vector",
            consumes,
            self.layers[-1].contract.produces,
            latency=self._latency(),
            interval=max(layer.contract.interval for layer in self.layers),
        )

    def _latency(self) -> int:
        """Cycles of the first vector: a layer's first group is paced by the layer before it."""
        arrivals = np.arange(self.layers[0].folds, dtype=np.int64)
        for index, layer in enumerate(self.layers):
            results = _result_cycles(layer, arrivals)
            if index < len(self.adapters):
                arrivals = _adapted_cycles(self.adapters[index], results) + QUEUE_LATENCY
        by_class = self.layers[-1].output is LayerOutput.CLASS
        return int(results[-1]) + (CLASS_STAGE if by_class else 0)


def adapted(
    source: End, name: str, adapter: WidthAdapterSpec, sink: End, places: int
) -> tuple[Wire, Wire]:
    """Wires through the adapter ``name`` and a queue on the side of its wider tokens, where it
    keeps neither end from a token a cycle.
    """
    queue_first = adapter.output_lanes <= adapter.input_lanes
    before, behind = (places, 0) if queue_first else (0, places)
    return Wire(source, f"{name}.packed", before), Wire(f"{name}.repacked", sink, behind)


def parameter_stream(layer: int, name: str) -> str:
    """Name at the network of a layer's ``weights`` or ``thresholds`` stream."""
    return f"layer{layer}_{name}"


def _result_cycles(layer: BnnLayerSpec, arrivals: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each group's token leaves, the vector's tokens coming at ``arrivals``."""
    # one step a cycle: step k of the first group waits for its token and for the step before
    offsets = np.arange(layer.folds)
    steps = np.maximum.accumulate(arrivals - offsets) + offsets
    last_steps = steps[-1] + layer.folds * np.arange(layer.groups)
    results: NDArray[np.int64] = last_steps + STEP_TO_RESULT
    return results


def _adapted_cycles(adapter: WidthAdapterSpec, arrivals: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each repacked token leaves, the packed ones coming at ``arrivals``."""
    if adapter.output_lanes >= adapter.input_lanes:
        ratio = adapter.output_lanes // adapter.input_lanes
        last = np.minimum(np.arange(1, adapter.output_tokens + 1) * ratio, adapter.input_tokens)
        gathered: NDArray[np.int64] = arrivals[last - 1] + 1
        return gathered
    ratio = adapter.input_lanes // adapter.output_lanes
    leaves = np.zeros(adapter.output_tokens, np.int64)
    for index in range(adapter.output_tokens):
        ready = arrivals[index // ratio] + 1 if index % ratio == 0 else 0
        leaves[index] = max(ready, leaves[index - 1] + 1 if index else 0)
    return leaves
