"""Multilayer perceptrons in integers: few-bit weights, unsigned activations, fixed-point scales.

A hidden layer computes ``clip(round((x @ W + bias) · multiplier / 2**shift), 0, 2**bits - 1)``,
ReLU included, the last one ``x @ W + bias``, whose greatest names the class. Rounding is to the
nearest, ties to even. Scales as in Jacob et al. 2018, one for each neuron, one for the whole of the
last layer.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from neuroloom.golden.ports import Integers

Floats = NDArray[np.float64]

SHIFT = 16
"""Fractional bits of the multipliers."""
EPOCHS = 200
LEAST_SCALE = 0.05
"""Least scale of a neuron, over the greatest of its layer."""


@dataclass(frozen=True)
class QuantizedLayer:
    """Weights (inputs, neurons) in two's complement, bias in units of the products."""

    weights: Integers
    bias: Integers
    multipliers: Integers | None
    """A neuron each, over ``2**SHIFT``; None in the last layer."""

    def products(self, inputs: Integers) -> Integers:
        return np.asarray(inputs @ self.weights, np.int64)


@dataclass(frozen=True)
class QuantizedNetwork:
    layers: tuple[QuantizedLayer, ...]
    weight_bits: int
    activation_bits: int

    def activations(self, layer: QuantizedLayer, products: Integers) -> Integers:
        """What a layer makes of its products (batch, neurons)."""
        sums = products + layer.bias
        if layer.multipliers is None:
            return sums
        scaled = sums * layer.multipliers
        scaled = (scaled + (1 << SHIFT - 1) - 1 + (scaled >> SHIFT & 1)) >> SHIFT
        return np.asarray(np.clip(scaled, 0, (1 << self.activation_bits) - 1), np.int64)

    def infer(self, inputs: Integers) -> list[Integers]:
        """Every layer's output for inputs (batch, N); the scores are the last."""
        outputs: list[Integers] = [np.asarray(inputs, np.int64)]
        for layer in self.layers:
            outputs.append(self.activations(layer, layer.products(outputs[-1])))
        return outputs[1:]


def train(
    inputs: Integers,
    labels: Integers,
    hidden: Sequence[int],
    weight_bits: int = 4,
    activation_bits: int = 8,
    seed: int = 0,
) -> tuple[QuantizedNetwork, MLPClassifier]:
    """Fit a network of ReLU layers to inputs of ``activation_bits`` and quantize it.

    Returns it with the float network it was made from. Activations are scaled by the greatest
    that the training inputs give.
    """
    unit = (1 << activation_bits) - 1
    network = MLPClassifier(tuple(hidden), alpha=1e-2, max_iter=EPOCHS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it ends after EPOCHS
        network.fit(inputs / unit, labels)
    top = (1 << weight_bits - 1) - 1
    layers: list[QuantizedLayer] = []
    entering, scale = np.asarray(inputs / unit, np.float64), 1 / unit
    for number, (weights, bias) in enumerate(
        zip(network.coefs_, network.intercepts_, strict=True), start=1
    ):
        last = number == len(network.coefs_)
        greatest = np.abs(weights).max(axis=None if last else 0)
        # a neuron that training gave up has no scale of its own
        greatest = np.maximum(greatest, LEAST_SCALE * np.abs(weights).max())
        steps = np.broadcast_to(greatest / top, bias.shape)
        whole = np.clip(np.rint(weights / steps), -top - 1, top).astype(np.int64)
        units = steps * scale
        if last:
            multipliers = None
        else:
            entering = np.maximum(entering @ weights + bias, 0)
            scale = entering.max() / unit
            multipliers = np.rint(units / scale * (1 << SHIFT)).astype(np.int64)
        layers.append(QuantizedLayer(whole, np.rint(bias / units).astype(np.int64), multipliers))
    return QuantizedNetwork(tuple(layers), weight_bits, activation_bits), network
