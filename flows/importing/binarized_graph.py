"""A trained binarized network, read from a graph node by node along its one path.

Behind a layer's weights the graph is computed in float64 for every number p of agreeing bits,
operator by operator. Values rise or fall with p throughout, so a quantizer's bit is p >= threshold,
with the layer's weights complemented where values fall. Whatever scales and shifts values is in
the thresholds then, or in what the next layer sees.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import prod
from typing import NamedTuple

import numpy as np

from neuroloom.flows.importing.constants import applied, constant, function_of
from neuroloom.flows.importing.convolutions import (
    convolved,
    only_rises,
    pixel_order,
    pooled_bits,
    pooled_sums,
)
from neuroloom.flows.importing.graph_walk import GraphWalk
from neuroloom.flows.importing.last_layer import bit_layer, bit_notes, score_layer, score_note
from neuroloom.flows.importing.onnx_graph import OnnxGraph, OnnxNode
from neuroloom.flows.importing.operators import (
    CHOOSERS,
    CONNECTIONS,
    ELEMENTWISE,
    QUANTIZERS,
    REARRANGERS,
    Quantized,
    gemm_sum,
)
from neuroloom.flows.importing.signals import (
    MOST_INPUTS,
    Matches,
    Signal,
    TwoLevels,
    complemented,
    connected,
    evaluated,
)
from neuroloom.flows.networks.binarized import BinarizedLayer
from neuroloom.flows.networks.stages import PooledConvolution
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.wording import plain, quoted

BEHIND_THE_CLASS = ("Identity", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze")
"""What may follow the index of the class without changing it."""


class ImportedLayer(NamedTuple):
    """A layer and the names of the graph's nodes that are in it."""

    layer: BinarizedLayer
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class ImportedNetwork:
    """Layers that give ``result`` for every input what the graph gives.

    ``image`` is the input's height, width and channels, of one pixel where no convolution takes
    it. ``notes`` say how the bits of input and result stand for the graph's values.
    """

    layers: tuple[ImportedLayer, ...]
    image: tuple[int, int, int]
    result: LayerOutput
    notes: tuple[str, ...]

    @property
    def convolutional(self) -> bool:
        return any(isinstance(layer.layer.stage, PooledConvolution) for layer in self.layers)


def read_network(
    graph: OnnxGraph, levels: tuple[float, float] = (-1, 1), result: LayerOutput | None = None
) -> ImportedNetwork:
    """The network of a graph.

    ``levels`` are what a 0 and a 1 of the input stand for where the graph does not quantize its
    input; ``result`` is what the last layer gives, by default what the graph does. UsageError names
    the node that cannot be imported.
    """
    return _BinarizedReader(graph, levels).network(result)


@dataclass
class _BinarizedReader:
    """The layers behind the walk along the one path, whose tensor is ``signal``.

    A rule for each kind of node, with the place at which it takes that tensor.
    """

    graph: OnnxGraph
    levels: tuple[float, float]
    """What 0 and 1 of the input stand for where the graph does not quantize it."""
    walk: GraphWalk[Signal] = field(init=False)
    image: tuple[int, int, int] = field(init=False)
    layers: list[ImportedLayer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Nodes that are in no layer yet."""
    last: OnnxNode | None = None
    unequal: OnnxNode | None = None
    """The first node behind which results of neurons are no longer comparable."""
    meaning: str = ""
    """Elements of the input that are 1, in words."""
    arrangement: str = "row by row"
    """Arrangement of the input's elements."""
    chosen: bool = False
    """Whether the tensor is the index of the greatest score."""

    def __post_init__(self) -> None:
        size = prod(self.graph.shape)
        if size > MOST_INPUTS // self.graph.batch:
            raise UsageError(
                f"{self.graph.file}: input {quoted(self.graph.input)} of shape "
                f"{quoted([self.graph.batch, *self.graph.shape])} has more than {MOST_INPUTS:,} "
                "values; export the model for a smaller batch"
            )
        self.image = 1, 1, size
        order = np.arange(size).reshape(self.graph.shape)
        values = np.stack([np.full(self.graph.shape, float(level)) for level in self.levels])
        self.walk = GraphWalk(self.graph, TwoLevels(values, order, given=True), "imported")
        self.meaning = f"is {self.levels[1]:g}, and 0 where it is {self.levels[0]:g}"

    @property
    def signal(self) -> Signal:
        (signal,) = self.walk.known.values()
        return signal

    def network(self, result: LayerOutput | None) -> ImportedNetwork:
        for node, place in self.walk.chain():
            self.last = node
            self.names.append(node.name)
            signal = self._given(node, place)
            # the values of a TopK may be an output beside the index
            self.walk.known = {node.outputs[1 if node.operator == "TopK" else 0]: signal}
            if self.unequal is None and isinstance(signal, Matches) and not signal.alike:
                self.unequal = node
        return self._end(result)

    def _given(self, node: OnnxNode, place: int) -> Signal:
        """What ``node`` gives."""
        if not self.chosen:
            return self.walk.rule(RULES, node)(self, node, place)
        if node.operator not in BEHIND_THE_CLASS:
            raise node.refused("follows the class; the index of the class must end the graph")
        return self.signal

    def connect(self, node: OnnxNode, place: int) -> Signal:
        if not isinstance(self.signal, TwoLevels):
            raise node.refused("takes sums of neurons; put a BipolarQuant before it")
        if place != 0:
            raise node.refused("takes the network's tensor as its second operand; put it first")
        weights = constant(self.graph, node, node.inputs[1])
        if node.number("transA", 0):
            raise node.refused("transposes the network's tensor (transA=1); export it with 0")
        matches = connected(node, self.signal, weights.T if node.number("transB", 0) else weights)
        if node.operator == "Gemm":
            named = [name for name in node.inputs[2:] if name]
            bias = constant(self.graph, node, named[0]) if named else np.zeros(1)
            matches = matches.mapped(node, lambda x: applied(node, gemm_sum, [x, bias]))
        return matches

    def convolve(self, node: OnnxNode, place: int) -> Signal:
        image = self.signal
        if not isinstance(image, TwoLevels) or place != 0:
            raise node.refused("takes an image of bits; put a BipolarQuant before it")
        if not self.layers:
            self.arrangement = (
                f"pixel by pixel, channel by channel, as node {plain(node.name)} takes it"
            )
            if len(image.shape) == 3:
                channels, *extents = image.shape
                self.image = extents[0], extents[1], channels
                image = replace(image, order=pixel_order(channels, *extents))
        weights, *bias = [constant(self.graph, node, name) for name in node.inputs[1:] if name]
        return convolved(node, image, weights, bias[0] if bias else None)

    def pool(self, node: OnnxNode, place: int) -> Signal:
        if isinstance(self.signal, Matches):
            return pooled_sums(node, self.signal)
        assert isinstance(self.signal, TwoLevels)
        last = self.layers[-1] if self.layers else None
        bits, pooled = pooled_bits(node, self.signal, last.layer.stage if last else None)
        assert last is not None
        layer = last.layer._replace(stage=pooled)
        self.layers[-1] = ImportedLayer(layer, (*last.nodes, *self.names))
        self.names = []
        return bits

    def map(self, node: OnnxNode, place: int) -> Signal:
        if place != 0 and node.operator not in ("Add", "Sub", "Mul"):
            raise node.refused("has the network's tensor where it takes constants")
        return self.signal.mapped(node, function_of(self.graph, node, place))

    def rearrange(self, node: OnnxNode, place: int) -> Signal:
        function = function_of(self.graph, node, place)
        return self.signal.rearranged(node, self.graph.batch, function)

    def quantize(self, node: OnnxNode, place: int) -> Signal:
        if place != 0:
            raise node.refused("has the network's tensor where it takes constants")
        function = function_of(self.graph, node, place)
        signal = self.signal
        unquantized = isinstance(signal, TwoLevels) and signal.given
        # any value that is not 0: its bits are the input, whatever they come from
        before = np.ones_like(signal.values) if unquantized else signal.values
        values = evaluated(node, lambda x: function(x).values, before)
        if isinstance(signal, TwoLevels) and not unquantized:
            return replace(signal, values=values)
        bits = function(before)
        if unquantized:
            self.meaning = f"gives the upper value of node {plain(node.name)} ({node.operator})"
        levels = [np.broadcast_to(level, (1, *signal.shape)) for level in (bits.low, bits.high)]
        order = signal.order
        if isinstance(signal, Matches):
            self._fold(node, signal, bits)
            if isinstance(signal.stage, PooledConvolution):
                order = pixel_order(signal.stage.channels, *signal.positions)
        values = np.broadcast_to(np.concatenate(levels), (2, *order.shape))
        self.unequal = None
        return TwoLevels(values, order)

    def _fold(self, node: OnnxNode, signal: Matches, bits: Quantized) -> None:
        """End a layer whose neurons give these bits for every p."""
        fires = np.empty((signal.inputs + 1, signal.order.size), np.bool_)
        fires[:, signal.order.ravel()] = bits.fires.reshape(len(fires), -1)
        if not only_rises(signal, fires):
            raise node.refused(
                "falls with sums that a MaxPool took the maximum of, by a negative factor between "
                "the two: put the MaxPool behind the quantizer, or that factor before the MaxPool"
            )
        # the highest p fire, or with complemented weights, which turn p into N - p, they do then
        weights = complemented(signal.weights, np.flatnonzero(fires[0] & ~fires[-1]))
        thresholds = len(fires) - fires.sum(axis=0)
        self._end_layer(BinarizedLayer(signal.stage, weights, thresholds))

    def _end_layer(self, layer: BinarizedLayer) -> None:
        self.layers.append(ImportedLayer(layer, tuple(self.names)))
        self.names = []

    def choose(self, node: OnnxNode, place: int) -> Signal:
        """The index of the greatest score; the lowest wins a tie."""
        attributes = node.attributes
        if not isinstance(self.signal, Matches) or len(self.signal.shape) != 1:
            raise node.refused("must take the scores of the last layer, [batch, classes]")
        default = 0 if node.operator == "ArgMax" else -1
        if attributes.get("axis", default) not in (1, -1):
            raise node.refused("must choose among the classes: axis=1 or -1")
        if attributes.get("select_last_index", 0):
            raise node.refused("lets the highest index win a tie; here the lowest does")
        if node.operator == "TopK":
            count = constant(self.graph, node, node.inputs[1])
            if count.size != 1 or count.item() != 1 or not attributes.get("largest", 1):
                raise node.refused("must give the one greatest score: k=1 and largest=1")
        self.chosen = True
        return self.signal

    def _end(self, result: LayerOutput | None) -> ImportedNetwork:
        """The network; the walk is at the graph's output."""
        beside = set(self.graph.outputs) - {
            *self.walk.known,
            *(self.last.outputs if self.last else ()),
        }
        if beside:
            raise UsageError(
                f"{self.graph.file} has a further output {quoted(min(beside))}; one is supported"
            )
        if isinstance(self.signal, TwoLevels):
            default, possible = LayerOutput.BITS, {LayerOutput.BITS}
        else:
            default = LayerOutput.CLASS if self.chosen else LayerOutput.SCORES
            possible = {LayerOutput.CLASS, LayerOutput.SCORES}
        result = result or default
        if result not in possible:
            raise UsageError(
                f"{self.graph.file} ends in {default}, not {result}; "
                f"possible results: {', '.join(sorted(possible))}"
            )
        if isinstance(self.signal, Matches):
            assert self.last is not None
            self._end_layer(score_layer(self.graph.file, self.signal, self.unequal or self.last))
            self.notes.append(score_note(self.signal, result))
        elif isinstance(self.signal, TwoLevels):
            if not self.layers:
                raise UsageError(f"{self.graph.file} has no layer, such as MatMul with weights")
            last = self.layers[-1]
            layer = bit_layer(self.graph.file, self.signal, last.layer)
            self.layers[-1] = ImportedLayer(layer, (*last.nodes, *self.names))
            self.notes += bit_notes(self.signal)
        source = f"bit i is 1 where element i of {quoted(self.graph.input)}, {self.arrangement}"
        notes = (f"input: {source}, {self.meaning}", *self.notes)
        return ImportedNetwork(tuple(self.layers), self.image, result, notes)


RULES: dict[str, Callable[[_BinarizedReader, OnnxNode, int], Signal]] = {
    **dict.fromkeys(ELEMENTWISE, _BinarizedReader.map),
    **dict.fromkeys(REARRANGERS, _BinarizedReader.rearrange),
    **dict.fromkeys(QUANTIZERS, _BinarizedReader.quantize),
    **dict.fromkeys(CONNECTIONS, _BinarizedReader.connect),
    "Conv": _BinarizedReader.convolve,
    "MaxPool": _BinarizedReader.pool,
    **dict.fromkeys(CHOOSERS, _BinarizedReader.choose),
}
