"""Tests of the training, its folding into integer layers and the thermometer code."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from neuroloom.flows.training.binarized import (
    BatchNorm,
    Bits,
    Progress,
    TrainedNetwork,
    _Graph,
    fold,
    infer,
    train,
)
from neuroloom.flows.training.datasets import load_digits, thermometer

LEVELS = (3, 7, 11)


def assert_equal_outputs(network: TrainedNetwork, bits: Bits) -> None:
    """Compare every hidden bit and every score of the float graph and its folded layers."""
    expected = network.forward(bits)
    layers = fold(network)
    actual = infer(layers, bits)
    for floats, integers in zip(expected[:-1], actual[:-1], strict=True):
        assert np.array_equal(floats > 0, integers)
    assert np.array_equal(expected[-1], 2 * actual[-1] - layers[-1].weights.shape[1])


def random_network(generator: np.random.Generator, sizes: tuple[int, ...]) -> TrainedNetwork:
    """Return a network of coarse parameters, whose batch-norm often gives exactly zero."""
    weights = tuple(generator.uniform(-1, 1, (m, n)) for n, m in pairwise(sizes))
    norms = tuple(
        BatchNorm(
            gamma=generator.integers(-2, 3, m) / 2,
            beta=generator.integers(-4, 5, m) / 2,
            mean=generator.integers(-3, 4, m).astype(np.float64),
            deviation=generator.integers(1, 5, m).astype(np.float64),
        )
        for m in sizes[1:-1]
    )
    return TrainedNetwork(weights, norms, binary=True)


@pytest.mark.parametrize("seed", range(5))
def test_folding_of_random_networks_is_exact(seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, (37, 50, 33, 10))
    assert {np.sign(g) for g in network.norms[0].gamma} == {-1, 0, 1}
    assert_equal_outputs(network, generator.integers(0, 2, (300, 37), dtype=np.uint8))


def test_folding_agrees_for_every_match_count() -> None:
    inputs, gammas, betas = 6, (1.0, -1.0, 0.0, 0.0, -0.0), (0.0, 0.0, 0.0, -0.1, 0.5)
    norm = BatchNorm(np.array(gammas), np.array(betas), np.zeros(5), np.full(5, 0.3))
    network = TrainedNetwork((np.full((5, inputs), 0.5), np.ones((2, 5))), (norm,), binary=True)
    layer = fold(network)[0]
    assert layer.thresholds is not None
    assert layer.thresholds.tolist() == [3, 3, 0, inputs + 1, 0]
    assert layer.weights.tolist() == [[b] * inputs for b in (1, 0, 1, 1, 1)]
    assert_equal_outputs(network, np.tri(inputs + 1, inputs, -1, dtype=np.uint8))


@pytest.mark.parametrize("hidden", [(), (32,), (24, 16)])
def test_folding_of_trained_networks_is_exact(hidden: tuple[int, ...]) -> None:
    digits = load_digits()
    network = train(thermometer(digits.train_images, LEVELS), digits.train_labels, hidden, 4)
    # Training rarely moves a gamma below zero, so some are turned by hand.
    norms = tuple(
        replace(n, gamma=n.gamma * np.resize([1, -1, 0], n.gamma.shape)) for n in network.norms
    )
    bits = thermometer(digits.test_images, LEVELS)
    assert_equal_outputs(network, bits)
    assert_equal_outputs(replace(network, norms=norms), bits)


def test_real_network_does_not_fold() -> None:
    bits = np.eye(4, dtype=np.uint8)
    network = train(bits, np.arange(4), (8,), 2, binary=False)
    with pytest.raises(ValueError, match="binary"):
        fold(network)


def test_gradients_match_finite_differences() -> None:
    generator = np.random.default_rng(0)
    graph = _Graph(
        weights=[generator.uniform(-0.9, 0.9, shape) for shape in ((7, 9), (6, 7), (4, 6))],
        gammas=[generator.uniform(-1, 1, m) for m in (7, 6)],
        betas=[generator.uniform(-0.5, 0.5, m) for m in (7, 6)],
        # hardtanh on real weights: where the straight-through gradient is the true one.
        squash=lambda x: np.clip(x, -1.0, 1.0),
    )
    inputs, labels = generator.choice([-1.0, 1.0], (20, 9)), generator.integers(0, 4, 20)
    computed = graph.gradients(inputs, labels)
    parameters = [*graph.weights, *graph.gammas, *graph.betas]
    slopes = [*computed.weights, *computed.gammas, *computed.betas]
    for parameter, slope in zip(parameters, slopes, strict=True):
        for index in np.ndindex(parameter.shape):
            value, losses = parameter[index], []
            for step in (1e-6, -1e-6):
                parameter[index] = value + step
                losses.append(graph.gradients(inputs, labels).loss / len(labels))
            parameter[index] = value
            assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(slope[index], abs=1e-7)


def test_training_is_deterministic_for_a_seed() -> None:
    digits = load_digits()
    bits = thermometer(digits.train_images, LEVELS)

    def layers(seed: int) -> list[np.ndarray]:
        network = train(bits, digits.train_labels, (16,), 2, seed)
        return [a for layer in fold(network) for a in layer if a is not None]

    first, again, other = layers(1), layers(1), layers(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("hidden", [(64,), (64, 32)])
def test_held_out_accuracy(hidden: tuple[int, ...]) -> None:
    digits = load_digits(seed=0)
    reports: list[Progress] = []
    network = train(
        thermometer(digits.train_images, LEVELS),
        digits.train_labels,
        hidden,
        epochs=25,
        progress=reports.append,
    )
    scores = infer(fold(network), thermometer(digits.test_images, LEVELS))[-1]
    assert (scores.argmax(axis=1) == digits.test_labels).mean() >= 0.94
    assert [report.epoch for report in reports] == list(range(1, 26))
    assert reports[-1].loss < reports[0].loss
    assert reports[-1].accuracy > 0.98


def test_split_is_stratified_and_seeded() -> None:
    first, again, other = load_digits(0.2, 3), load_digits(0.2, 3), load_digits(0.2, 4)
    assert first.train_images.shape == (1437, 8, 8)
    assert first.test_images.shape == (360, 8, 8)
    assert np.array_equal(first.train_images, again.train_images)
    assert np.array_equal(first.test_labels, again.test_labels)
    assert not np.array_equal(first.test_labels, other.test_labels)
    assert set(np.bincount(first.test_labels)) <= {35, 36, 37}


def test_thermometer_orders_bits_by_pixel_then_level() -> None:
    images = np.array([[[0, 3], [4, 16]]], dtype=np.uint8)
    bits = thermometer(images, (0, 3, 10))
    assert bits.dtype == np.uint8
    assert bits.tolist() == [[0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1]]


@pytest.mark.parametrize("levels", [(), (3, 3), (7, 3)])
def test_thermometer_rejects_levels_that_do_not_ascend(levels: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        thermometer(np.zeros((1, 8, 8), np.uint8), levels)
