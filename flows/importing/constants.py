"""Tensors of a graph that do not depend on its input, and functions of the one that does."""

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from neuroloom.flows.importing.onnx_graph import Floats, OnnxGraph, OnnxNode
from neuroloom.flows.importing.operators import (
    CHOOSERS,
    CONNECTIONS,
    CONVOLUTIONS,
    ELEMENTWISE,
    QUANTIZERS,
    REARRANGERS,
    Quantized,
    Values,
)
from neuroloom.flows.importing.signals import channels, check_size
from neuroloom.golden.wording import quoted

FUNCTIONS: dict[str, Callable[..., Any]] = {**QUANTIZERS, **ELEMENTWISE, **REARRANGERS}
SUPPORTED = frozenset({*FUNCTIONS, *CONNECTIONS, *CONVOLUTIONS, *CHOOSERS})


def constant(graph: OnnxGraph, node: OnnxNode, name: str) -> Floats:
    """The value of a tensor that ``node`` takes; UsageError where it depends on the input."""
    if name in graph.constants:
        return graph.constants[name]
    maker = graph.constant_maker(name)
    if maker is None:
        raise node.refused(
            f"takes {quoted(name or 'nothing')} where it needs a constant; a chain of nodes is "
            "imported, without branches"
        )
    if maker.operator not in FUNCTIONS:
        raise maker.unsupported(SUPPORTED, "imported")
    inputs = [constant(graph, maker, operand) for operand in maker.inputs]
    with np.errstate(all="ignore"):
        result = applied(maker, FUNCTIONS[maker.operator], inputs)
    value: Floats = result.values if isinstance(result, Quantized) else result
    if not np.isfinite(value).all():
        raise maker.refused("gives values that are not finite; look at its constants")
    return value


def function_of(graph: OnnxGraph, node: OnnxNode, place: int) -> Callable[[Any], Any]:
    """What ``node`` gives for its input at ``place``; the others are constants."""
    constants = {
        index: constant(graph, node, name)
        for index, name in enumerate(node.inputs)
        if index != place
    }

    def function(x: Values) -> Any:
        inputs = [constants.get(index, x) for index in range(len(node.inputs))]
        return applied(node, FUNCTIONS[node.operator], inputs)

    return function


def applied(node: OnnxNode, function: Callable[..., Any], inputs: list[Values]) -> Any:
    """``function`` of a node and its inputs; UsageError where they do not fit."""
    wanted = len(signature(function).parameters) - 1
    if len(inputs) != wanted:
        raise node.refused(f"has {len(inputs)} inputs; it takes {wanted}")
    try:
        if node.operator not in REARRANGERS:
            check_size(node, *_met(node, inputs))
        return function(node, *inputs)
    except (ValueError, IndexError, OverflowError):
        shapes = ", ".join(quoted(list(operand.shape)) for operand in inputs[:4])
        raise node.refused(f"has inputs whose shapes do not go together: {shapes}") from None


def _met(node: OnnxNode, inputs: list[Values]) -> list[tuple[int, ...]]:
    """The shapes in which the inputs of a node meet, element by element."""
    first, *others = inputs
    if node.operator == "MultiThreshold":  # it looks at the shape of its thresholds itself
        return [first.shape]
    if node.operator != "BatchNormalization":
        return [operand.shape for operand in inputs]
    return [first.shape, *(channels(other, first.ndim, 1).shape for other in others)]
