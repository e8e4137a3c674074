"""What flows through a binarized graph, as the values of every case that there is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import fsum, prod
from typing import Self

import numpy as np

from neuroloom.flows.importing.onnx_graph import Floats, OnnxNode
from neuroloom.flows.networks.binarized import Bits, Integers
from neuroloom.flows.networks.stages import Dense
from neuroloom.golden.wording import quoted

LARGEST = 65536
"""Inputs and neurons of a layer."""
MOST_INPUTS = 1 << 22
"""Values of a batch of the input."""
MOST_VALUES = 1 << 24
"""Most values of a tensor that is computed: weights of 4096 inputs and neurons, for every sum."""


@dataclass(frozen=True)
class Signal:
    """A tensor of the graph whose elements each depend on one number of few cases.

    ``values`` are what the graph gives, (cases, *shape): cases stand where the graph has its
    batch, so that every operator of the graph can be applied to all of them at once.
    ``order`` (*shape) says of which bit or neuron each element is.
    """

    values: Floats
    order: Integers

    @property
    def shape(self) -> tuple[int, ...]:
        return self.order.shape

    def mapped(self, node: OnnxNode, function: Callable[[Floats], Floats]) -> Self:
        """Signal behind an operator that computes every element by itself."""
        return replace(self, values=evaluated(node, function, self.values))

    def rearranged(
        self, node: OnnxNode, batch: int, function: Callable[[Integers], Integers]
    ) -> Self:
        """Signal behind an operator that only moves elements, of batches of that size."""
        size = self.order.size
        if isinstance(self, Matches) and self.positions != (1, 1):
            raise node.refused("moves sums of an image; put a BipolarQuant before it")
        places = function(np.arange(batch * size).reshape(batch, *self.shape))
        if places.shape[:1] != (batch,) or places.size != batch * size or places[0].max() >= size:
            raise node.refused(
                f"turns shape {[batch, *self.shape]} into {list(places.shape)}; the first axis, "
                "that of the batch, must stay as it is"
            )
        cases = len(self.values)
        return replace(
            self,
            values=self.values.reshape(cases, -1)[:, places[0]],
            order=self.order.ravel()[places[0]],
        )


@dataclass(frozen=True)
class TwoLevels(Signal):
    """Bits: case 0 is what a 0 stands for in the graph, case 1 what a 1 does.

    ``given`` while they are the graph's input, which no quantizer has made bits of.
    """

    given: bool = False


@dataclass(frozen=True)
class Matches(Signal):
    """Results of neurons: case p is that of p agreeing bits. ``weights`` are bits (M, N).

    Of a convolution, elements are its channels (M, 1, 1), each at all ``positions`` of an image.
    """

    weights: Bits
    stage: Dense
    positions: tuple[int, int] = (1, 1)
    pooled: Floats | None = None
    """``values`` where the maximum of a pool was taken of them."""

    @property
    def inputs(self) -> int:
        return int(self.weights.shape[1])

    @property
    def rising(self) -> Self:
        """The same with weights complemented, and so N - p for p, where values fall with p."""
        falling = self.values[0] > self.values[-1]
        return replace(
            self,
            values=np.where(falling, self.values[::-1], self.values),
            weights=complemented(self.weights, self.order[falling]),
        )

    @property
    def alike(self) -> bool:
        """Whether all neurons have the same least and the same greatest value."""
        ends = np.sort(self.values[[0, -1]].reshape(2, -1), axis=0)
        return bool((ends == ends[:, :1]).all() and ends[0, 0] < ends[1, 0])

    @property
    def comparable(self) -> bool:
        """Whether every neuron's value is the same function of its p, greater for greater p."""
        values = self.rising.values.reshape(self.inputs + 1, -1)
        return bool((np.diff(values[:, 0]) > 0).all() and (values == values[:, :1]).all())


def evaluated(node: OnnxNode, function: Callable[[Floats], Floats], values: Floats) -> Floats:
    """``function`` of values (cases, *shape); it must not change the shape."""
    with np.errstate(all="ignore"):
        # one case alone tells an operand that differs over the batch from one that does not
        if (shape := function(values[:1]).shape) != values[:1].shape:
            raise node.refused(
                f"turns shape {list(values[:1].shape)} into {list(shape)}; its constants must be "
                "per tensor or per channel"
            )
        results = function(values)
    if not np.isfinite(results).all():
        raise node.refused("gives values that are not finite; look at its constants")
    return results


def check_size(node: OnnxNode, *shapes: tuple[int, ...]) -> None:
    """UsageError where tensors of these shapes make a larger one than is computed, together.

    ValueError where they do not go together.
    """
    shape = np.broadcast_shapes(*shapes)
    if prod(shape) > MOST_VALUES:
        raise node.refused(
            f"makes {quoted(list(shape))}, {prod(shape):,} values; {MOST_VALUES:,} are the most"
        )


def complemented(weights: Bits, rows: Integers) -> Bits:
    """A copy with the bits of these rows inverted."""
    inverted = weights.copy()
    inverted[rows] ^= 1
    return inverted


def connected(node: OnnxNode, signal: TwoLevels, weights: Floats) -> Matches:
    """Neurons with ``weights`` (N, M), each column of one size, that see all N of ``signal``.

    With levels centre ± half, sum(w·x) = sum(w·centre) + size·(2·p - N), where size is that of
    w·half. Both terms are rounded once, from float64.
    """
    if len(signal.shape) != 1:
        raise node.refused(
            f"sees a tensor of shape {[1, *signal.shape]}; it takes [batch, inputs]: "
            "put a Flatten before it"
        )
    if weights.ndim != 2 or len(weights) != len(signal.order):
        raise node.refused(
            f"has weights of shape {list(weights.shape)} for {len(signal.order)} inputs"
        )
    if not (1 <= len(weights) <= LARGEST and 1 <= weights.shape[1] <= LARGEST):
        raise node.refused(
            f"has {weights.shape[0]} inputs and {weights.shape[1]} neurons; a layer has 1 to "
            f"{LARGEST} of each"
        )
    values = sums(node, weights, *signal.values)
    bits = np.empty(weights.T.shape, np.uint8)
    bits[:, signal.order] = positive(weights, *signal.values)
    neurons = weights.shape[1]
    return Matches(values, np.arange(neurons), bits, Dense(neurons))


def sums(node: OnnxNode, weights: Floats, low: Floats, high: Floats) -> Floats:
    """Sums of bits that stand for ``low`` and ``high`` (N,): values (N + 1, M) of every p."""
    check_size(node, (len(weights) + 1, *weights.shape[1:]))
    slopes = weights * ((high - low) / 2)[:, np.newaxis]
    size = np.abs(slopes[0])
    if not size.all() or (np.abs(slopes) != size).any():
        raise node.refused(_unequal(weights))
    values: Floats = size * (2.0 * np.arange(len(weights) + 1)[:, np.newaxis] - len(weights))
    centre = (high + low) / 2
    if centre.any():
        values = values + np.array([fsum(column) for column in (weights.T * centre)])
    return values


def positive(weights: Floats, low: Floats, high: Floats) -> Bits:
    """Weights (N, M) as bits (M, N), for inputs whose 1 stands for ``high``."""
    return np.asarray((high > low) == (weights > 0).T, np.uint8)


def _unequal(weights: Floats) -> str:
    if (np.abs(weights) != np.abs(weights[0])).any() or not weights.all():
        return (
            "has weights that are not -a and +a with one a for each neuron: quantize them by a "
            "BipolarQuant whose scale is per tensor or per neuron"
        )
    return (
        "sees inputs of different scales, or of 0, which make no sum of bits: give the "
        "quantizer before it one scale"
    )


def channels(values: Floats, rank: int, axis: int) -> Floats:
    """A value a channel, (C,), in the shape in which it meets tensors of that rank."""
    shape = [1] * rank
    shape[axis] = -1
    return values.reshape(shape)
