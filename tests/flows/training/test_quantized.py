"""Quantized training: integers against exact fractions, and what accuracy is left."""

from fractions import Fraction

import numpy as np
import pytest

from neuroloom.flows.training.datasets import load_digits
from neuroloom.flows.training.quantized import SHIFT, QuantizedLayer, QuantizedNetwork, train


def test_a_layer_rounds_to_the_nearest_and_ties_to_even() -> None:
    half = 1 << SHIFT - 1
    layer = QuantizedLayer(np.ones((1, 1), np.int64), np.array([3]), np.array([half]))
    network = QuantizedNetwork((layer,), weight_bits=4, activation_bits=4)
    products = np.arange(-20, 60)[:, np.newaxis]
    exact = [min(max(round(Fraction(int(p) + 3, 2)), 0), 15) for p in products[:, 0]]
    assert network.activations(layer, products)[:, 0].tolist() == exact


def test_the_last_layer_gives_its_sums() -> None:
    layer = QuantizedLayer(np.array([[2, -3], [-8, 7]]), np.array([5, -6]), None)
    network = QuantizedNetwork((layer,), weight_bits=4, activation_bits=8)
    assert network.infer(np.array([[10, 1]]))[0].tolist() == [[20 - 8 + 5, -30 + 7 - 6]]


@pytest.mark.parametrize("bits", [3, 4, 8])
@pytest.mark.flow
def test_digits_are_read_in_few_bits(bits: int) -> None:
    split = load_digits()
    images = [each.reshape(len(each), -1).astype(np.int64) * 15 for each in split[::2]]
    network, real = train(images[0], split.train_labels, (16,), weight_bits=bits)
    for layer, (inputs, neurons) in zip(network.layers, ((64, 16), (16, 10)), strict=True):
        assert layer.weights.shape == (inputs, neurons)
        assert layer.weights.min() >= -(1 << bits - 1)
        assert layer.weights.max() <= (1 << bits - 1) - 1
    hidden, scores = network.infer(images[1])
    assert hidden.min() >= 0
    assert hidden.max() <= 255
    accuracy = (scores.argmax(axis=1) == split.test_labels).mean()
    assert accuracy > real.score(images[1] / 255, split.test_labels) - (0.08 if bits == 3 else 0.03)
