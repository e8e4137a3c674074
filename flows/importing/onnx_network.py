"""The layers of a convolutional network from an ONNX file: shapes, sources, residual paths.

Values of weights are left out: those of a float model would have to be quantized first.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from neuroloom.flows.importing.graph_walk import GraphWalk
from neuroloom.flows.importing.kernels import check_axes, check_dense, window
from neuroloom.flows.importing.onnx_attributes import (
    averages_pixels,
    flattens,
    matrix,
    weight_shape,
)
from neuroloom.flows.importing.onnx_graph import OnnxGraph, OnnxNode, read
from neuroloom.flows.importing.onnx_layers import Layers, LayerState, Value
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Pooling,
    Shape,
)
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.pixel_pool import Operation
from neuroloom.golden.wording import quoted

LAYERS = ("AveragePool", "Conv", "Gemm", "MatMul", "MaxPool")
"""Operators that make one."""
FIRST_OPERATORS = 7
"""The set of operators from which on those that are mapped mean what they mean today."""


def network_of(file: Path) -> ConvolutionalNetwork:
    """The network of an ONNX file, called as the file.

    ToolMissing without the package onnx; UsageError in one sentence that names the node which
    cannot be mapped, or says what else is wrong with the file.
    """
    graph = read(file, FIRST_OPERATORS)
    if len(graph.shape) != 3:
        _refuse_sequences(graph)
        axes = "1 axis" if len(graph.shape) == 1 else f"{len(graph.shape)} axes"
        raise UsageError(
            f"{file}: input {quoted(graph.input)} has {axes} behind that of the batch; an image "
            "has three: channels, height, width"
        )
    return _LayerReader(graph).network()


def _refuse_sequences(graph: OnnxGraph) -> None:
    """UsageError for the first kernel that moves over other axes than those of an image."""
    for node in graph.nodes:
        if node.operator == "Conv" and len(node.inputs) > 1:
            check_axes(node, len(weight_shape(graph, node, node.inputs[1])) - 2)


class _LayerReader:
    """A rule for each kind of node: the layer that it makes, or what it does to the last one's."""

    def __init__(self, graph: OnnxGraph) -> None:
        channels, height, width = graph.shape
        self.graph = graph
        image = Value(None, Shape(height, width, channels))
        self.walk = GraphWalk(graph, image, "mapped")
        self.layers = Layers(graph)

    def network(self) -> ConvolutionalNetwork:
        for node in self.walk.nodes():
            self.walk.known[node.outputs[0]] = self.walk.rule(RULES, node)(self, node)
        file, outputs = self.graph.file, self.graph.outputs
        if len(outputs) != 1:
            raise UsageError(f"{file} has {len(outputs)} outputs; one is supported")
        last = self.walk.known.get(outputs[0])
        if last is not None and last.averaged is not None:
            self.layers.pooled(last, last.averaged)
        if not self.layers:
            raise UsageError(f"{file} has no layer: no Conv, Gemm, MatMul or pool on its input")
        return self.layers.network()

    def convolve(self, node: OnnxNode) -> Value:
        value = self._map(node)
        shape = weight_shape(self.graph, node, node.inputs[1]) if len(node.inputs) > 1 else ()
        check_dense(node, shape, value.shape.channels)
        kernel = window(node, shape[2:], value.shape[:2])
        return self.layers.make(node, value, Convolution, channels=shape[0], **kernel._asdict())

    def multiply(self, node: OnnxNode) -> Value:
        value = self._value(node)
        if not value.flat:
            raise node.refused("takes a feature map; put a Flatten before it")
        inputs, outputs = matrix(self.graph, node)
        pixels = 1 if value.averaged else value.shape.height * value.shape.width
        if inputs != pixels * value.shape.channels:
            raise node.refused(
                f"has weights for {inputs} inputs, not {pixels * value.shape.channels}"
            )
        if value.averaged is not None and self.walk.meets(node, LAYERS):
            value = self.layers.pooled(value, value.averaged)
        if value.averaged is not None:
            sums = self.layers.make(node, value, FullyConnected, channels=outputs)
        elif value.shape.height == value.shape.width:
            sums = self.layers.make(
                node, value, Convolution, channels=outputs, kernel=value.shape.height
            )
        else:
            raise node.refused(
                f"takes all pixels of {value.shape}; it is mapped as a convolution, whose kernel "
                "is square"
            )
        return replace(sums, flat=True)

    def pool(self, node: OnnxNode) -> Value:
        value = self._map(node)
        sides = node.numbers("kernel_shape", ())
        check_axes(node, len(sides))
        average = node.operator == "AveragePool"
        kernel = window(node, sides, value.shape[:2])
        if kernel.padding and average and not node.number("count_include_pad", 0):
            raise node.refused(
                f"pads by {kernel.padding} and leaves that out of its averages; "
                "count_include_pad=1 is mapped"
            )
        if kernel.padding and not average and not value.rectified:
            raise node.refused(
                f"pads by {kernel.padding} what may be negative; its input must be that of a Relu, "
                "of which zeros are never the maximum"
            )
        if average and sides == value.shape[:2] and not kernel.padding:
            return replace(value, stage=LayerState.DONE, averaged=node)
        operation = Operation.AVERAGE if average else Operation.MAX
        pooled = self.layers.make(node, value, Pooling, operation=operation, **kernel._asdict())
        # ReLU may come behind a maximum: it is the same before it
        stage = LayerState.DONE if average else LayerState.ADDED
        return replace(pooled, stage=stage, rectified=value.rectified)

    def average(self, node: OnnxNode) -> Value:
        value = self._map(node)
        if node.operator == "ReduceMean" and not averages_pixels(self.graph, node):
            raise node.refused("is not over height and width, the axes 2 and 3; only that is")
        flat = node.operator == "ReduceMean" and not node.number("keepdims", 1)
        return replace(value, stage=LayerState.DONE, averaged=node, flat=flat)

    def flatten(self, node: OnnxNode) -> Value:
        value = self.passed(node)
        shape = Shape(1, 1, value.shape.channels) if value.averaged else value.shape
        if not flattens(self.graph, node, shape):
            raise node.refused("does more than flatten all axes behind that of the batch")
        return replace(value, flat=True)

    def passed(self, node: OnnxNode) -> Value:
        """The same values; those that other nodes take as well may not be changed behind it."""
        value = self._value(node)
        shared = self.walk.uses(node.inputs[0]) > 1
        return replace(value, stage=LayerState.DONE) if shared else value

    def ended(self, node: OnnxNode) -> Value:
        """Scores that are made probabilities where the graph ends; the host does that."""
        if node.outputs[0] not in self.graph.outputs or self.walk.uses(node.outputs[0]):
            raise node.refused("is mapped where the graph ends, and only there")
        return replace(self._value(node), stage=LayerState.DONE)

    def normalize(self, node: OnnxNode) -> Value:
        if not node.number("spatial", 1):
            raise node.refused("has spatial=0; it is mapped with one scale a channel")
        return self._changed(node, 0, "normalizes", (LayerState.SUMS,))

    def rectify(self, node: OnnxNode) -> Value:
        value = self._value(node)
        if value.rectified:
            return value
        changed = self._changed(node, 0, "rectifies", (LayerState.SUMS, LayerState.ADDED))
        return replace(changed, stage=LayerState.DONE, rectified=True)

    def add(self, node: OnnxNode) -> Value:
        """A constant, or a residual to the sums of the branch with more layers."""
        if len(node.inputs) != 2:
            raise node.refused(f"has {len(node.inputs)} inputs; it takes 2")
        places = [at for at, name in enumerate(node.inputs) if name in self.graph.dependent]
        if len(places) == 1:
            return self._changed(node, places[0], "adds a constant to", (LayerState.SUMS,))
        operands = [self._value(node, at) for at in places]
        open_ones = [
            value
            for at, value in enumerate(operands)
            if value.stage is LayerState.SUMS
            and self.walk.uses(node.inputs[at]) == 1
            and self.layers.is_convolution(value.layer)
        ]
        if not open_ones:
            raise node.refused(
                "adds feature maps that are both complete; a residual is added to the sums of a "
                "convolution that nothing else takes, before its Relu"
            )
        sums = self.layers.deepest(open_ones)
        residual = operands[1 - next(at for at, value in enumerate(operands) if value is sums)]
        if residual.layer is None or residual.averaged:
            raise node.refused("adds what is no layer's output; a residual is the output of one")
        if residual.shape != sums.shape or residual.flat != sums.flat:
            raise node.refused(f"adds maps of {sums.shape} and {residual.shape}; equal ones are")
        return self.layers.add(sums, residual)

    def _value(self, node: OnnxNode, place: int = 0) -> Value:
        name = node.inputs[place] if place < len(node.inputs) else ""
        if name not in self.walk.known:
            raise node.refused(f"takes {quoted(name)}, which is no feature map")
        return self.walk.known[name]

    def _map(self, node: OnnxNode) -> Value:
        """The first input as an image; an average of all pixels becomes a pool."""
        value = self._value(node)
        if value.flat:
            raise node.refused("takes what is flattened; it needs a feature map")
        if value.averaged is not None:
            value = self.walk.known[node.inputs[0]] = self.layers.pooled(value, value.averaged)
        return value

    def _changed(
        self, node: OnnxNode, place: int, what: str, stages: tuple[LayerState, ...]
    ) -> Value:
        """The values of a layer with something done to them that belongs to the layer."""
        value = self._value(node, place)
        if value.stage not in stages or value.averaged is not None:
            raise node.refused(
                f"{what} what is no longer the sums of a convolution; after a convolution come "
                "BatchNormalization, a residual and Relu, in that order"
            )
        if self.walk.uses(node.inputs[place]) > 1:
            raise node.refused(
                f"{what} the output of layer {quoted(value.layer)}, which other nodes take as it is"
            )
        return value


RULES: dict[str, Callable[[_LayerReader, OnnxNode], Value]] = {
    "Add": _LayerReader.add,
    "AveragePool": _LayerReader.pool,
    "BatchNormalization": _LayerReader.normalize,
    "Conv": _LayerReader.convolve,
    "Dropout": _LayerReader.passed,
    "Flatten": _LayerReader.flatten,
    "Gemm": _LayerReader.multiply,
    "GlobalAveragePool": _LayerReader.average,
    "Identity": _LayerReader.passed,
    "LogSoftmax": _LayerReader.ended,
    "MatMul": _LayerReader.multiply,
    "MaxPool": _LayerReader.pool,
    "ReduceMean": _LayerReader.average,
    "Relu": _LayerReader.rectify,
    "Reshape": _LayerReader.flatten,
    "Softmax": _LayerReader.ended,
    "Sum": _LayerReader.add,
}
