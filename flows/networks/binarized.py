"""Binarized networks: as they are trained, and folded into integer layers.

A network maps bits to classes: bits 0/1 become -1/+1, every hidden layer computes
sign(batch_norm(w @ sign(W).T)) of what it sees of its input, fully connected or by windows, and
passes on the maximum of every pool; the last layer computes scores x @ sign(W).T, whose largest
(the lowest index on a tie) names the class. sign(0) is +1 throughout; around an image is -1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.networks.stages import Dense

Floats = NDArray[np.floating[Any]]
Bits = NDArray[np.uint8]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class BatchNorm:
    """Normalization of M neurons; every field has shape (M,)."""

    gamma: Floats
    beta: Floats
    mean: Floats
    deviation: Floats

    def __call__(self, products: Floats) -> Floats:
        """Normalize products (..., M)."""
        # Subtraction, division, product and sum each round monotonically, so the result is
        # monotonic in every product: the property that lets fold() use one threshold.
        return np.asarray((products - self.mean) / self.deviation * self.gamma + self.beta)


@dataclass(frozen=True)
class BinarizedNetwork:
    """Latent weights (M, N) in -1..1 of each stage; a batch-norm for each but the last.

    Where `binary` is false, weights and activations are real: hardtanh takes sign's place.
    """

    stages: tuple[Dense, ...]
    weights: tuple[Floats, ...]
    norms: tuple[BatchNorm, ...]
    binary: bool

    def forward(self, bits: Bits | Floats) -> list[Floats]:
        """Return each stage's output for bits (batch, ...): activations, then scores (batch, M)."""
        squash = squashing(self.binary)
        outputs = [bipolar(bits, np.float64)]
        for stage, weight, norm in zip(self.stages, self.weights, self.norms, strict=False):
            products = stage.windows(outputs[-1], -1) @ squash(weight).T
            outputs.append(squash(stage.pooled(norm(products))))
        scores = self.stages[-1].windows(outputs[-1]) @ squash(self.weights[-1]).T
        return [*outputs[1:], scores]


class BinarizedLayer(NamedTuple):
    """Integer layer: weight bits (M, N) uint8; thresholds (M,) int64 or None in the last.

    Its inputs are numbers 0..greatest, of which a weight of -1 counts what is missing to that.
    """

    stage: Dense
    weights: Bits
    thresholds: Integers | None
    greatest: int = 1


def fold(network: BinarizedNetwork, greatest: int = 1) -> list[BinarizedLayer]:
    """Return the integer layers equal to a binary network for every input.

    The first layer takes numbers 0..greatest, which stand for the grey 0..1 that it was trained on.

    With p the number of positions where weight and activation bits agree, a hidden neuron gives
    (p >= threshold), thresholds in 0..N+1, and the last layer's score is p. The thresholds come
    from the float batch-norm of every p, so they share its rounding. The maximum of a pool of
    signs is their OR.
    """
    if not network.binary:
        raise ValueError("only a binary network folds into integer layers")
    layers: list[BinarizedLayer] = []
    for stage, weight, norm in zip(network.stages, network.weights, network.norms, strict=False):
        bits = signs(weight)
        levels = 1 if layers else greatest
        matches = np.arange(levels * bits.shape[1] + 1)[:, np.newaxis]
        fires = norm(2.0 * matches / levels - bits.shape[1]) >= 0
        # A neuron of negative gamma fires for the lowest p; complementing its weights turns p
        # into N - p. Either way the highest p then fire, so their number gives the threshold.
        bits[norm.gamma < 0] ^= 1
        layers.append(BinarizedLayer(stage, bits, len(matches) - fires.sum(axis=0), levels))
    levels = 1 if layers else greatest
    layers.append(BinarizedLayer(network.stages[-1], signs(network.weights[-1]), None, levels))
    return layers


def infer(layers: Sequence[BinarizedLayer], bits: NDArray[np.integer[Any]]) -> list[Integers]:
    """Return each layer's output for inputs (batch, ...): bits, then scores p (batch, M)."""
    outputs = [bits.astype(np.int64)]
    for stage, weights, thresholds, greatest in layers:
        # signs instead of bits, in floats: matrices of floats are multiplied by fast code, and
        # sums below 2^24 are exact
        seen = 2 * stage.windows(outputs[-1]).astype(np.float32) - greatest
        difference = (seen @ bipolar(weights, np.float32).T).astype(np.int64)
        matches = (difference + greatest * weights.shape[1]) // 2
        outputs.append(
            matches
            if thresholds is None
            else stage.pooled((matches >= thresholds).astype(np.int64))
        )
    return outputs[1:]


def squashing(binary: bool) -> Callable[[Floats], Floats]:
    """What weights and activations go through: sign, or hardtanh in a network of real ones."""
    if binary:
        return lambda x: bipolar(signs(x), x.dtype.type)
    return lambda x: np.clip(x, -1.0, 1.0)


def signs(values: Floats) -> Bits:
    """1 where a value is not negative, of any shape."""
    return (values >= 0).astype(np.uint8)


def bipolar(bits: Bits | Floats, precision: type[np.floating[Any]]) -> Floats:
    """Bits, or numbers 0..1, as numbers -1..+1 of the same shape."""
    return np.asarray(2 * bits.astype(precision) - 1)
