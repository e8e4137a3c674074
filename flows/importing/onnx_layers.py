"""Layers as they are found in an ONNX graph, and the network that they make."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from graphlib import TopologicalSorter
from typing import Any

from pydantic import ValidationError

from neuroloom.flows.importing.onnx_graph import OnnxGraph, OnnxNode
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    Image,
    Layer,
    Pooling,
    Shape,
    wire,
)
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.pixel_pool import Operation

LONGEST_NAME = 40
"""Longest name of a layer [character]."""


class LayerState(Enum):
    """What may still become of the values that a layer makes."""

    SUMS = auto()
    """Normalization, a residual, ReLU."""
    ADDED = auto()
    """ReLU."""
    DONE = auto()


@dataclass(frozen=True)
class Value:
    """A tensor: what ``layer`` makes, the image where that is None."""

    layer: str | None
    shape: Shape
    stage: LayerState = LayerState.DONE
    rectified: bool = False
    flat: bool = False
    averaged: OnnxNode | None = None
    """The node that takes the average of all pixels of ``shape``."""


class Layers:
    """Layers in the order of their nodes; the first one takes the image."""

    def __init__(self, graph: OnnxGraph) -> None:
        self._graph = graph
        self._layers: dict[str, Layer] = {}
        self._depths: dict[str | None, int] = {None: 0}
        """Layers from the image to each, on the longest way."""

    def __len__(self) -> int:
        return len(self._layers)

    def is_convolution(self, name: str | None) -> bool:
        """Whether a residual can be added to what a layer makes."""
        return isinstance(self._layers.get(name or ""), Convolution)

    def deepest(self, values: list[Value]) -> Value:
        """That of the layer with most layers before it, of the last one among equals."""
        order: list[str | None] = list(self._layers)
        return max(values, key=lambda value: (self._depths[value.layer], order.index(value.layer)))

    def make(
        self, node: OnnxNode, value: Value, kind: Callable[..., Layer], **fields: Any
    ) -> Value:
        """A layer of a node, and what it makes of a value."""
        if value.layer is None and self._layers:
            raise node.refused("takes the image, as another layer does; one layer takes it")
        name = self._unique(node)
        try:
            layer = kind(name=name, source=value.layer, **fields)
            made = wire(layer, value.layer, value.shape).made
        except ValidationError as error:
            raise node.refused(f"makes no layer: {_first(error)}") from None
        except ValueError as error:
            raise UsageError(f"{self._graph.file}: {error}") from None
        self._layers[name] = layer
        self._depths[name] = self._depths[value.layer] + 1
        return Value(name, made, LayerState.SUMS)

    def pooled(self, value: Value, node: OnnxNode) -> Value:
        """The average of all pixels, taken by a pooling layer of the node that asks for it."""
        if value.shape.height != value.shape.width:
            raise node.refused(
                f"takes the average of {value.shape}; a Gemm behind it or a square map is mapped"
            )
        side = value.shape.height
        average = self.make(
            node, value, Pooling, operation=Operation.AVERAGE, kernel=side, stride=1
        )
        return replace(average, stage=LayerState.DONE, rectified=value.rectified)

    def add(self, sums: Value, residual: Value) -> Value:
        """A residual to the sums of a convolution, which has none yet."""
        assert sums.layer is not None
        changed = self._layers[sums.layer].model_copy(update={"residual": residual.layer})
        self._layers[sums.layer] = changed
        depth = max(self._depths[sums.layer], self._depths[residual.layer] + 1)
        self._depths[sums.layer] = depth
        return replace(sums, stage=LayerState.ADDED)

    def network(self) -> ConvolutionalNetwork:
        """All layers, each behind its source and residual."""
        channels, height, width = self._graph.shape
        before = {
            name: [
                before_it
                for before_it in (layer.source, getattr(layer, "residual", None))
                if before_it
            ]
            for name, layer in self._layers.items()
        }
        order = TopologicalSorter(before).static_order()
        file = self._graph.file
        try:
            return ConvolutionalNetwork(
                name=file.stem[:80] or "network",
                image=Image(height=height, width=width, channels=channels),
                layers=tuple(self._layers[name] for name in order),
            )
        except ValidationError as error:
            raise UsageError(f"{file} makes no network: {_first(error)}") from None

    def _unique(self, node: OnnxNode) -> str:
        """The node's name, that of its output where it has none, without the operator."""
        name = node.name
        if name == f"of {node.outputs[0]!r}":
            name = node.outputs[0]
        name = name.strip("/").removesuffix(f"/{node.operator}")[-LONGEST_NAME:] or node.operator
        unique, number = name, 1
        while unique in self._layers:
            number += 1
            unique = f"{name[: LONGEST_NAME - 5]}_{number}"
        return unique


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    if problem["loc"] == ("kernel",) and problem["type"] == "less_than_equal":
        most = problem["ctx"]["le"]
        return (
            f"its window is {problem['input']} pixels wide (that of a connected layer is its whole "
            f"input), and a core takes {most} at most"
        )
    place = ".".join(map(str, problem["loc"]))
    return f"{place + ': ' if place else ''}{problem['msg'].removeprefix('Value error, ')}"
