"""Tests of the training, its folding into integer layers and the thermometer code."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from support.effort import effort

from neuroloom.flows.networks.binarized import (
    BatchNorm,
    BinarizedLayer,
    BinarizedNetwork,
    Bits,
    Floats,
    fold,
    infer,
)
from neuroloom.flows.networks.stages import Dense, PooledConvolution
from neuroloom.flows.training.binarized import Progress, _DenseGraph, train
from neuroloom.flows.training.datasets import load_digits, thermometer

LEVELS = (3, 7, 11)


def dense(sizes: tuple[int, ...]) -> tuple[Dense, ...]:
    return tuple(Dense(size) for size in sizes)


def assert_equal_outputs(network: BinarizedNetwork, bits: Bits) -> None:
    """Compare every hidden bit and every score of the float graph and its folded layers."""
    expected = network.forward(bits)
    layers = fold(network)
    actual = infer(layers, bits)
    for floats, integers in zip(expected[:-1], actual[:-1], strict=True):
        assert np.array_equal(floats > 0, integers)
    assert np.array_equal(expected[-1], 2 * actual[-1] - layers[-1].weights.shape[1])


def random_network(generator: np.random.Generator, sizes: tuple[int, ...]) -> BinarizedNetwork:
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
    stages = tuple(Dense(m) for m in sizes[1:])
    return BinarizedNetwork(stages, weights, norms, binary=True)


@pytest.mark.parametrize("seed", range(5))
def test_folding_of_random_networks_is_exact(seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = random_network(generator, (37, 50, 33, 10))
    assert {np.sign(g) for g in network.norms[0].gamma} == {-1, 0, 1}
    assert_equal_outputs(network, generator.integers(0, 2, (300, 37), dtype=np.uint8))


def test_folding_agrees_for_every_match_count() -> None:
    inputs, gammas, betas = 6, (1.0, -1.0, 0.0, 0.0, -0.0), (0.0, 0.0, 0.0, -0.1, 0.5)
    norm = BatchNorm(np.array(gammas), np.array(betas), np.zeros(5), np.full(5, 0.3))
    network = BinarizedNetwork(
        (Dense(5), Dense(2)), (np.full((5, inputs), 0.5), np.ones((2, 5))), (norm,), binary=True
    )
    layer = fold(network)[0]
    assert layer.thresholds is not None
    assert layer.thresholds.tolist() == [3, 3, 0, inputs + 1, 0]
    assert layer.weights.tolist() == [[b] * inputs for b in (1, 0, 1, 1, 1)]
    assert_equal_outputs(network, np.tri(inputs + 1, inputs, -1, dtype=np.uint8))


@pytest.mark.parametrize("hidden", [(), (32,), (24, 16)])
def test_folding_of_trained_networks_is_exact(hidden: tuple[int, ...]) -> None:
    digits = load_digits()
    network = train(thermometer(digits.train_images, LEVELS), digits.train_labels, dense(hidden), 4)
    # Training rarely moves a gamma below zero, so some are turned by hand.
    norms = tuple(
        replace(n, gamma=n.gamma * np.resize([1, -1, 0], n.gamma.shape)) for n in network.norms
    )
    bits = thermometer(digits.test_images, LEVELS)
    assert_equal_outputs(network, bits)
    assert_equal_outputs(replace(network, norms=norms), bits)


@pytest.mark.parametrize("greatest", [2, 7, 255])
def test_folding_of_grey_inputs_is_exact(greatest: int) -> None:
    generator = np.random.default_rng(greatest)
    network = random_network(generator, (23, 30, 10))
    # a batch-norm whose threshold is no sum of whole inputs, so that rounding cannot matter
    norm = replace(network.norms[0], beta=network.norms[0].beta + 1 / 3)
    network = replace(network, norms=(norm,))
    values = generator.integers(0, greatest + 1, (200, 23))
    expected = network.forward(values / greatest)
    layers = fold(network, greatest)
    assert [layer.greatest for layer in layers] == [greatest, 1]
    actual = infer(layers, values)
    assert np.array_equal(expected[0] > 0, actual[0])
    assert np.array_equal(expected[1], 2 * actual[1] - 30)
    ones = layers[0].weights.astype(int)
    matches = values @ ones.T + (greatest - values) @ (1 - ones).T
    assert np.array_equal(matches >= layers[0].thresholds, actual[0])


def test_real_network_does_not_fold() -> None:
    bits = np.eye(4, dtype=np.uint8)
    network = train(bits, np.arange(4), dense((8,)), 2, binary=False)
    with pytest.raises(ValueError, match="binary"):
        fold(network)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "stage",
    [
        PooledConvolution(4, 3, 1, 1, 2),
        PooledConvolution(5, 2, 2, 0, 1),
        PooledConvolution(3, 4, 3, 2, 3),
    ],
)
def test_folding_of_random_convolutions_is_exact(stage: PooledConvolution, seed: int) -> None:
    generator = np.random.default_rng(seed)
    shape = (11, 9, 2)
    stages = stage, Dense(6), Dense(3)
    sizes: list[tuple[int, int]] = []
    seen: tuple[int, ...] = shape
    for each in stages:
        sizes.append((each.channels, each.inputs(seen)))
        seen = each.output_shape(seen)
    norms = tuple(
        BatchNorm(
            gamma=generator.integers(-2, 3, m) / 2,
            beta=generator.integers(-4, 5, m) / 2,
            mean=generator.integers(-3, 4, m).astype(float),
            deviation=generator.integers(1, 5, m).astype(float),
        )
        for m in (stage.channels, 6)
    )
    weights = tuple(generator.uniform(-1, 1, size) for size in sizes)
    bits = generator.integers(0, 2, (40, *shape), dtype=np.uint8)
    assert_equal_outputs(BinarizedNetwork(stages, weights, norms, binary=True), bits)


def test_convolution_of_one_image_by_hand() -> None:
    generator = np.random.default_rng(7)
    stage = PooledConvolution(2, kernel=3, stride=2, padding=1, pool=2)
    image = generator.integers(0, 2, (9, 7, 2), dtype=np.uint8)
    weights = generator.integers(0, 2, (2, 3 * 3 * 2), dtype=np.uint8)
    thresholds = np.array([9, 10])
    given = infer([BinarizedLayer(stage, weights, thresholds)], image[np.newaxis])[0][0]
    fires = np.zeros((5, 4, 2), int)
    for y, x, channel in np.ndindex(5, 4, 2):
        matches = 0
        for place, (dy, dx, depth) in enumerate(np.ndindex(3, 3, 2)):
            row, column = 2 * y - 1 + dy, 2 * x - 1 + dx
            inside = 0 <= row < 9 and 0 <= column < 7
            bit = image[row, column, depth] if inside else 0
            matches += bit == weights[channel, place]
        fires[y, x, channel] = matches >= thresholds[channel]
    expected = [
        [
            [int(fires[2 * y : 2 * y + 2, 2 * x : 2 * x + 2, c].any()) for c in (0, 1)]
            for x in (0, 1)
        ]
        for y in (0, 1)
    ]
    assert given.tolist() == expected


@pytest.mark.parametrize(
    ("inputs_shape", "stages"),
    [
        ((9,), (Dense(7), Dense(6), Dense(4))),
        (
            (5, 6, 2),
            (PooledConvolution(3, 3, padding=1, pool=2), PooledConvolution(2, 2), Dense(4)),
        ),
        ((7, 5, 1), (PooledConvolution(2, 3, stride=2, padding=1), Dense(3), Dense(4))),
    ],
)
def test_gradients_match_finite_differences(
    inputs_shape: tuple[int, ...], stages: tuple[Dense, ...]
) -> None:
    generator = np.random.default_rng(0)
    sizes, hidden = [], [stage.channels for stage in stages[:-1]]
    shape = inputs_shape
    for stage in stages:
        sizes.append((stage.channels, stage.inputs(shape)))
        shape = stage.output_shape(shape)
    graph = _DenseGraph(
        stages=stages,
        weights=[generator.uniform(-0.9, 0.9, size) for size in sizes],
        gammas=[generator.uniform(-1, 1, m) for m in hidden],
        betas=[generator.uniform(-0.5, 0.5, m) for m in hidden],
        # hardtanh on real weights: where the straight-through gradient is the true one.
        squash=lambda x: np.clip(x, -1.0, 1.0),
    )
    inputs = generator.choice([-1.0, 1.0], (20, *inputs_shape))
    labels = generator.integers(0, 4, 20)
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
        network = train(bits, digits.train_labels, dense((16,)), 2, seed)
        return [a for layer in fold(network) for a in layer[1:3] if a is not None]

    first, again, other = layers(1), layers(1), layers(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("hidden", effort([(64, 32)], [(64,), (64, 32)]))
@pytest.mark.flow
def test_held_out_accuracy(hidden: tuple[int, ...]) -> None:
    digits = load_digits(seed=0)
    reports: list[Progress] = []
    network = train(
        thermometer(digits.train_images, LEVELS),
        digits.train_labels,
        dense(hidden),
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


def test_weights_that_err_are_trained_as_if_they_were_others() -> None:
    generator = np.random.default_rng(4)
    sizes = [(6, 9), (4, 6)]
    weights: list[Floats] = [generator.uniform(-1, 1, size) for size in sizes]
    turned: list[Floats] = [generator.choice([-1.0, 1.0], size) for size in sizes]
    gammas: list[Floats] = [generator.uniform(0.5, 1, 6)]
    betas: list[Floats] = [generator.uniform(-0.5, 0.5, 6)]
    inputs, labels = generator.choice([-1.0, 1.0], (20, 9)), generator.integers(0, 4, 20)

    def slopes(held: list[Floats], flips: Sequence[Floats | None]) -> list[Floats]:
        graph = _DenseGraph(dense((6, 4)), held, gammas, betas, lambda x: np.clip(x, -1, 1))
        found = graph.gradients(inputs, labels, flips)
        return [*found.weights, *found.gammas, *found.betas]

    others: list[Floats] = [weight * flips for weight, flips in zip(weights, turned, strict=True)]
    given, expected = slopes(weights, turned), slopes(others, ())
    assert all(np.array_equal(a, b) for a, b in zip(given, expected, strict=True))
    assert any((a != b).any() for a, b in zip(given, slopes(weights, ()), strict=True))


@pytest.mark.flow
def test_training_with_errors_bears_more_of_them() -> None:
    digits = load_digits()
    seen, shown = (thermometer(each, LEVELS) for each in (digits.train_images, digits.test_images))
    rate, found = 0.15, {}
    for errors in (0.0, rate):
        layers = fold(train(seen, digits.train_labels, dense((64,)), 20, 3, errors=errors))
        hits = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            held = [
                layer._replace(
                    weights=layer.weights
                    ^ (rng.random(layer.weights.shape) < rate).astype(np.uint8)
                )
                for layer in layers
            ]
            hits.append((infer(held, shown)[-1].argmax(axis=1) == digits.test_labels).mean())
        found[errors] = float(np.mean(hits))
    assert found[rate] > found[0.0] + 0.01, found


@pytest.mark.parametrize("errors", [-0.1, 0.5, 1.0])
def test_errors_are_a_share_below_half(errors: float) -> None:
    with pytest.raises(ValueError, match="errors is a share of the weights"):
        train(np.zeros((2, 3), np.uint8), np.array([0, 1]), dense((4,)), 1, errors=errors)
