"""Residual networks: slopes, what training gives, and the integers that are made of it."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.effort import THOROUGH, effort
from support.places import DOCS, SHARED

from neuroloom.flows.mapping.imc.cores import Chip, map_network
from neuroloom.flows.networks.binarized import BatchNorm
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
    Layer,
    Pooling,
)
from neuroloom.flows.networks.inference import activations, scores
from neuroloom.flows.networks.resnet import residual_network
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training.binarized import Progress
from neuroloom.flows.training.recipes import load
from neuroloom.flows.training.residual import ResidualNetwork, _moved, _ResidualGraph, train
from neuroloom.flows.training.residual_folding import (
    CLIPPING,
    activation_steps,
    dequantized,
    finest_shift,
    fold,
    quantized_weights,
)
from neuroloom.flows.training.residual_recipes import (
    MNIST,
    SMALL_DIGITS,
    accuracy,
    quantized,
    shown,
    trained,
)
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.pixel_pool import average

SEEDS = effort(range(4), range(40))
SHARED_MNIST = SHARED / "data" / "mnist"


def small(height: int = 7, width: int = 6, channels: int = 2) -> ConvolutionalNetwork:
    image = Image(height=height, width=width, channels=channels)
    return residual_network("small", image, (3, 4), 1)


def random_trained(seed: int) -> ResidualNetwork:
    """Any numbers where training would have put some; negative gammas, too."""
    rng = np.random.default_rng(seed)
    network = small(int(rng.integers(5, 9)), int(rng.integers(5, 9)), int(rng.integers(1, 4)))
    graph = _ResidualGraph.drawn(network, rng)
    for values in (*list(graph.gammas.values())[:-1], *graph.betas.values()):
        values += rng.normal(0, 0.5, values.shape).astype(np.float32)
    weights = {
        each.name: graph.weights[each.name].reshape(
            each.made.channels, each.kernel, each.kernel, each.given.channels
        )
        for each in network.wired
    }
    images = images_of(network, 40, seed)
    return ResidualNetwork(network, 255, weights, graph.norms(images.astype(np.float32) / 255))


def images_of(network: ConvolutionalNetwork, number: int, seed: int) -> np.ndarray:
    shape = (number, *network.wired[0].given)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_slopes_are_those_of_the_loss() -> None:
    rng = np.random.default_rng(3)
    network = small()
    graph = _ResidualGraph.drawn(network, rng)
    for kind in (graph.weights, graph.gammas, graph.betas):
        for name in kind:
            kind[name] = kind[name].astype(np.float64) + rng.normal(0, 0.1, kind[name].shape)
    graph.gammas["FC"][...] = 1
    images, labels = rng.uniform(0, 1, (5, 7, 6, 2)), rng.integers(0, 10, 5)
    found = graph.step(images, labels)
    assert len(found.slopes) == len(graph.parameters)
    for values, slopes in zip(graph.parameters, found.slopes, strict=True):
        assert values.shape == slopes.shape
        for at in rng.choice(values.size, min(values.size, 6), replace=False):
            kept, losses = values.flat[at], []
            for moved in (1e-6, -1e-6):
                values.flat[at] = kept + moved
                losses.append(graph.step(images, labels).loss / len(labels))
            values.flat[at] = kept
            slope = (losses[0] - losses[1]) / 2e-6
            assert slopes.flat[at] == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_statistics_that_are_kept_are_those_of_the_images() -> None:
    """A network that is done computes for them what it does in training."""
    network = random_trained(1)
    images = images_of(network.network, 30, 7)
    graph = _ResidualGraph(
        network.network,
        {name: values.reshape(len(values), -1) for name, values in network.weights.items()},
        {name: norm.gamma.astype(np.float32) for name, norm in network.norms.items()},
        {name: norm.beta.astype(np.float32) for name, norm in network.norms.items()},
    )
    wanted, _ = graph.forward(images.astype(np.float32) / 255)
    found = network.settled(network.weights, images).forward(images)
    for name, values in wanted.items():
        assert np.abs(found[name] - values).max() < 1e-5, name
    other = network.forward(images)
    assert any(np.abs(other[name] - wanted[name]).max() > 1e-2 for name in wanted)


def test_forward_of_one_pixel_by_hand() -> None:
    layers: tuple[Layer, ...] = (
        Convolution(name="a", channels=2, kernel=1),
        Convolution(name="b", channels=2, kernel=1, residual="a"),
        FullyConnected(name="fc", channels=2),
    )
    network = ConvolutionalNetwork(
        name="by hand", image=Image(height=2, width=1, channels=1), layers=layers
    )
    one, none = np.ones(2), np.zeros(2)
    found = ResidualNetwork(
        network,
        100,
        {
            "a": np.array([2.0, -1.0]).reshape(2, 1, 1, 1),
            "b": np.array([[1.0, 0.0], [0.0, 1.0]]).reshape(2, 1, 1, 2),
            "fc": np.array([[1.0, 1.0], [0.0, 2.0]]).reshape(2, 1, 1, 2),
        },
        {
            "a": BatchNorm(one, np.array([0.0, 0.75]), np.array([0.5, 0.0]), one * 0.5),
            "b": BatchNorm(-one, none, none, one),
            "fc": BatchNorm(one, np.array([0.0, 0.5]), none, one),
        },
    )
    made = found.forward(np.array([[[[100]], [[25]]]], np.uint8))
    assert made["a"].reshape(2, 2).tolist() == [[3.0, 0.0], [0.0, 0.25]]
    assert made["b"].reshape(2, 2).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert made["fc"].tolist() == [[0.0, 0.5]]


@pytest.mark.parametrize("weight_bits", [8, 4])
@pytest.mark.parametrize("seed", SEEDS)
def test_integers_are_the_floats_but_for_one_rounding(seed: int, weight_bits: int) -> None:
    """Layer by layer from the pixels of the one before: half a step and what the scales lack."""
    network = random_trained(seed)
    images = images_of(network.network, 30, seed + 100)
    integers = fold(network, images, weight_bits)
    rounded = {name: quantized_weights(w, weight_bits) for name, w in network.weights.items()}
    settled = network.settled({name: dequantized(*both) for name, both in rounded.items()}, images)
    steps = activation_steps(settled, images)
    made = activations(integers, images)
    inner = 0
    for each in network.network.wired:
        name, found = each.name, integers.parameters[each.name]
        assert np.array_equal(found.weights, rounded[name][0])
        taken = images / 255 if each.source is None else made[each.source] * steps[each.source]
        residual = made[each.residual] if each.residual else 0
        weights = dequantized(*rounded[name])
        if isinstance(each.layer, Convolution):
            border = (each.padding, each.padding)
            taken = np.pad(taken, ((0, 0), border, border, (0, 0)))
        else:
            sums = made["5"].sum(axis=(1, 2), keepdims=True)
            count = each.given.height * each.given.width
            taken = average(sums, count, integers.made("5")) * steps["5"]
        products = np.zeros(made[name].shape)
        for y, x in np.ndindex(made[name].shape[1:3]):
            rows = slice(y * each.stride, y * each.stride + each.kernel)
            columns = slice(x * each.stride, x * each.stride + each.kernel)
            products[:, y, x] = np.tensordot(taken[:, rows, columns], weights, ((1, 2, 3),) * 2)
        wanted = settled.norms[name](products) / steps[name] + residual
        least, most = found.pixel_format.minimum, found.pixel_format.maximum
        wanted = np.clip(wanted, least, most)
        sums = np.abs(
            products / (rounded[name][1] * (steps[each.source] if each.source else 1 / 255))
        )
        bound = 0.5 + 1e-6 + (sums + 1) / 2 / (1 << found.shift)
        assert (np.abs(made[name] - wanted) <= bound).all(), (seed, name)
        assert bound.max() < (0.75 if each.windowed else 2), (seed, name)
        inner += int(((made[name] > least) & (made[name] < most)).sum())
    assert inner > 1000


def test_layers_that_are_added_share_a_step() -> None:
    image = Image(height=8, width=8, channels=1)
    network = residual_network("blocks", image, (3, 4), 2)
    graph = _ResidualGraph.drawn(network, np.random.default_rng(0))
    weights = {
        each.name: graph.weights[each.name].reshape(
            each.made.channels, each.kernel, each.kernel, each.given.channels
        )
        for each in network.wired
    }
    images = images_of(network, 20, 0)
    norms = graph.norms(images.astype(np.float32) / 255)
    found = ResidualNetwork(network, 255, weights, norms)
    steps, made = activation_steps(found, images), found.forward(images)
    greatest = {name: float(values.max()) for name, values in made.items()}
    for group in (("1", "3", "5"), ("RS1", "7", "9"), ("2",), ("4",), ("6",), ("8",)):
        assert {steps[name] for name in group} == {max(greatest[name] for name in group) / 255}
    assert steps["FC"] == 4 * float(np.abs(made["FC"]).max()) / 32767


def test_a_layer_that_never_fires_has_a_step() -> None:
    network = random_trained(2)
    norm = network.norms["2"]
    silent = BatchNorm(norm.gamma * 0, norm.beta * 0 - 1, norm.mean, norm.deviation)
    dead = ResidualNetwork(
        network.network, 255, network.weights, dict(network.norms) | {"2": silent}
    )
    images = images_of(network.network, 10, 0)
    assert activation_steps(dead, images)["2"] == 1 / 255
    assert not activations(fold(dead, images), images)["2"].any()


def test_weights_that_are_integers_stay_them() -> None:
    rng = np.random.default_rng(0)
    for bits in (2, 4, 8):
        most = (1 << bits - 1) - 1
        wanted = rng.integers(-most, most + 1, (5, 3, 3, 2))
        wanted[:4, 0, 0, 0], wanted[4] = most, 0
        steps = np.array([0.5, 1.0, 3.0, 1e-3, 7.0])
        found, step = quantized_weights(dequantized(wanted, steps), bits)
        assert np.array_equal(found, wanted)
        assert step[:4] == pytest.approx(steps[:4], rel=1e-12)


def test_weight_steps_have_the_least_error() -> None:
    weights = np.random.default_rng(1).normal(0, 1, (6, 3, 3, 4))
    found, steps = quantized_weights(weights, 4)
    for channel, values in enumerate(weights.reshape(6, -1)):
        tried = [np.abs(values).max() / 7 * share for share in CLIPPING]
        errors = [
            sum((min(max(round(w / step), -8), 7) * step - w) ** 2 for w in values.tolist())
            for step in tried
        ]
        assert steps[channel] == tried[int(np.argmin(errors))]
        assert found[channel].min() >= -8
        assert found[channel].max() <= 7
    assert (steps < np.abs(weights).max(axis=(1, 2, 3)) / 7).any()


def test_shifts_are_as_large_as_the_widths_allow() -> None:
    assert finest_shift(np.array([0.5]), np.array([0.0])) == 15
    assert finest_shift(np.array([0.25, -0.49]), np.array([3.0])) == 16
    assert finest_shift(np.array([1e-5]), np.array([-1000.0, 5.0])) == 21
    assert finest_shift(np.array([1e-5]), np.array([0.0])) == 24
    assert finest_shift(np.array([32767.0]), np.array([0.0])) == 0
    with pytest.raises(UsageError, match="calibrate on images that activate"):
        finest_shift(np.array([32768.0]), np.array([0.0]))


def test_moved_images_lose_what_leaves() -> None:
    images = np.arange(1, 13, dtype=np.float32).reshape(1, 3, 4, 1)
    seen = {
        tuple(_moved(images, 1, np.random.default_rng(seed)).ravel().tolist())
        for seed in range(100)
    }
    padded = np.pad(images[0, :, :, 0], 1)
    wanted = {
        tuple(padded[y : y + 3, x : x + 4].ravel().tolist()) for y in range(3) for x in range(3)
    }
    assert seen == wanted
    assert _moved(images, 0, np.random.default_rng(0)) is images
    many = np.repeat(images, 50, axis=0)
    assert len(np.unique(_moved(many, 1, np.random.default_rng(0)), axis=0)) == 9


LAST = FullyConnected(name="fc", channels=3)
FIRST = Convolution(name="a", channels=2, padding=1)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((FIRST, Pooling(name="p"), LAST), "layer 'p' is pooling, which is not trained"),
        ((FIRST,), "layer 'a' is the last and not fully connected"),
        ((FIRST, LAST), "layer 'fc' has 3 channels for 4 classes"),
    ],
)
def test_networks_that_are_not_trained(layers: tuple[Layer, ...], message: str) -> None:
    image = Image(height=4, width=4, channels=1)
    network = ConvolutionalNetwork(name="wrong", image=image, layers=layers)
    images = images_of(network, 4, 0)
    with pytest.raises(UsageError, match=message):
        train(network, images, np.arange(4), white=255, epochs=1)


@pytest.mark.flow
def test_digits_are_trained_once_and_quantized(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path))
    digits, epochs = load(None), list[Progress]()
    print(f"seed {SMALL_DIGITS.seed}")
    network = trained(SMALL_DIGITS, digits, epochs.append)
    assert [each.epoch for each in epochs] == list(range(1, SMALL_DIGITS.epochs + 1))
    assert epochs[-1].accuracy > 0.99
    again = trained(SMALL_DIGITS, digits, lambda _: pytest.fail("trained again"))
    images = shown(digits.test_images)
    for name, values in network.forward(images).items():
        assert np.array_equal(again.forward(images)[name], values)
    found = {bits: accuracy(network, quantized(network, digits, bits), digits) for bits in (8, 4)}
    print(found)
    assert found[8].floats >= 0.95
    assert found[8].integers >= found[8].floats - 0.01
    assert found[4].integers >= found[4].floats - 0.03
    integers = quantized(network, digits)
    hits = scores(integers, images).argmax(axis=1) == digits.test_labels
    assert found[8].integers == float(Fraction(int(hits.sum()), 360))
    for each in integers.network.wired:
        layer = integers.parameters[each.name]
        processor = DigitalProcessorSpec(
            channels=each.made.channels,
            units=1,
            sum_bits=integers.sum_bits(each.name),
            residual=each.residual is not None,
            scale_bits=layer.scale_bits,
            offset_bits=layer.offset_bits,
            shift=layer.shift,
            relu=layer.relu,
            bits=layer.bits,
            signed=layer.signed,
        )
        assert processor.pixel_range[1] == layer.pixel_format.maximum, each.name
    text = (DOCS / "integer-cnn-format.md").read_text()
    names: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    exec(re.findall(r"```python\n(.*?)```", text, re.S)[0], names)
    assert np.array_equal(names["classes"], scores(integers, images).argmax(axis=1))
    assert names["pixels"]["RS1"].shape == (100, 4, 4, 16)


def test_the_same_seed_trains_the_same_network() -> None:
    digits = load(None)
    network, images = small(8, 8, 1), shown(digits.train_images[:300])

    def weights(seed: int, moved: int = 0) -> np.ndarray:
        found = train(
            network, images, digits.train_labels[:300], white=16, epochs=2, seed=seed, moved=moved
        )
        return np.concatenate([values.ravel() for values in found.weights.values()])

    assert np.array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))
    assert not np.array_equal(weights(1), weights(1, moved=1))


def test_recipes_fit_on_a_core_a_layer() -> None:
    for recipe in (SMALL_DIGITS, MNIST):
        layers = map_network(recipe.network, Chip())
        assert [len(layer.cores) for layer in layers] == [1] * len(recipe.network.layers)
    assert MNIST.network.layer("FC").given == (4, 4, 24)
    assert SMALL_DIGITS.network.layer("FC").given == (4, 4, 16)


@pytest.mark.flow
@pytest.mark.skipif(
    not (THOROUGH and SHARED_MNIST.is_dir()),
    reason="trains for minutes: NEUROLOOM_THOROUGH=1, with MNIST beside the project",
)
def test_mnist_reaches_its_accuracy() -> None:
    digits = load(SHARED_MNIST)
    network = trained(MNIST, digits)
    found = accuracy(network, quantized(network, digits), digits)
    print(found)
    assert found.integers >= 0.985
    assert found.integers >= found.floats - 0.005
