"""Integers of networks for in-memory-computing cores: what they compute, checks and files."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.integer_networks import (
    BIT,
    BYTES,
    SEEDS,
    images_of,
    random_network,
    random_parameters,
    single,
)
from support.integer_oracle import computed

from neuroloom.flows.networks import inference
from neuroloom.flows.networks.convolutional import (
    Convolution,
    ConvolutionalNetwork,
    FullyConnected,
    Image,
)
from neuroloom.flows.networks.inference import activations, scores
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.ports import Tokens


@pytest.mark.parametrize("seed", SEEDS)
def test_random_networks_equal_loops_in_python(seed: int) -> None:
    network = random_network(seed)
    images = images_of(network, 4, seed)
    found = activations(network, images)
    assert list(found) == ["a", "p", "skip", "b", "c", "d", "fc"]
    for index, image in enumerate(images):
        for name, wanted in computed(network, image).items():
            assert np.array_equal(found[name][index], wanted), (seed, name)


def test_random_networks_reach_both_ends_of_their_formats() -> None:
    reached: dict[str, set[int]] = {}
    for seed in SEEDS:
        network = random_network(seed)
        for name, values in activations(network, images_of(network, 4, seed)).items():
            reached.setdefault(name, set()).update(values.ravel().tolist())
    for name, seen in reached.items():
        ends = {-128, 127} if name == "fc" else {0, 255}
        assert ends <= seen, name


@pytest.mark.parametrize(
    ("network", "pixels", "wanted"),
    [
        (single(1, 0, 1), [0, 1, 2, 3, 5, 7, 255], [0, 0, 1, 2, 2, 4, 128]),
        (single(3, -5, 2), [0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 2, 2]),
        (single(-1, 0, 1, relu=False, signed=True), [1, 3, 5, 7, 254], [0, -2, -2, -4, -127]),
        (single(4, 0, 1), [127, 128, 255], [254, 255, 255]),
        (single(-1, 0, 0, relu=False, signed=True), [127, 128, 129], [-127, -128, -128]),
        (single(1, 0, 0, relu=False, signed=True), [127, 128, 255], [127, 127, 127]),
        (single(-1, 0, 0, relu=False), [0, 1, 255], [0, 0, 0]),
        (single(300, 7, 0, relu=False, signed=True, bits=16), [0, 109, 110], [7, 32707, 32767]),
    ],
)
def test_ties_and_ends_by_hand(
    network: IntegerNetwork, pixels: list[int], wanted: list[int]
) -> None:
    images = np.array(pixels, np.uint8).reshape(-1, 1, 1, 1)
    assert scores(network, images).ravel().tolist() == wanted


def test_residuals_are_added_behind_the_rounding() -> None:
    layers = (
        Convolution(name="a", channels=1, kernel=1),
        Convolution(name="b", channels=1, kernel=1, residual="a"),
    )
    network = ConvolutionalNetwork(
        name="two", image=Image(height=1, width=1, channels=1), layers=layers
    )
    one, none = np.ones((1, 1, 1, 1), np.int64), np.zeros(1, np.int64)
    found = IntegerNetwork(
        network,
        {
            "a": LayerParameters(one, none + 1, none, 0),
            "b": LayerParameters(one, none - 1, none, 1),
        },
    )
    images = np.array([0, 1, 2, 3, 5, 255], np.uint8).reshape(-1, 1, 1, 1)
    # 3 - 1.5 is 1.5, but -1.5 is rounded to -2 alone
    assert scores(found, images).ravel().tolist() == [0, 1, 1, 1, 3, 127]


def test_first_weight_index_is_the_row() -> None:
    layer = Convolution(name="a", channels=1, kernel=2)
    network = ConvolutionalNetwork(
        name="rows", image=Image(height=2, width=3, channels=2), layers=(layer,)
    )
    weights = np.zeros((1, 2, 2, 2), np.int64)
    weights[0, 1, 0, 1] = 1
    parameters = LayerParameters(weights, np.array([1]), np.array([0]), 0)
    image = np.arange(12, dtype=np.uint8).reshape(1, 2, 3, 2)
    found = activations(IntegerNetwork(network, {"a": parameters}), image)["a"]
    assert found[0, :, :, 0].tolist() == [[image[0, 1, 0, 1], image[0, 1, 1, 1]]] == [[7, 9]]


def test_layers_equal_the_digital_processor() -> None:
    """With and without ReLU and a residual, on sums that its width just holds."""
    rng = np.random.default_rng(5)
    layers = (
        Convolution(name="a", channels=4, kernel=1),
        Convolution(name="b", channels=4, kernel=1, residual="a"),
        FullyConnected(name="fc", channels=6),
    )
    image = Image(height=1, width=1, channels=3)
    network = ConvolutionalNetwork(name="pixels", image=image, layers=layers)
    found = IntegerNetwork(
        network, {each.name: random_parameters(rng, network, each.name, 8) for each in layers}
    )
    images = images_of(found, 500)
    made = {name: values.reshape(500, -1) for name, values in activations(found, images).items()}
    taken = {"a": images.reshape(500, 3).astype(np.int64), "b": made["a"], "fc": made["b"]}
    for each in network.wired:
        layer = found.parameters[each.name]
        spec = DigitalProcessorSpec(
            channels=each.made.channels,
            units=1,
            sum_bits=found.sum_bits(each.name),
            residual=each.residual is not None,
            scale_bits=22,
            offset_bits=30,
            shift=18,
            relu=layer.relu,
            signed=layer.signed,
        )
        sums = taken[each.name] @ layer.weights[:, 0, 0].T
        coefficients = {"scale": layer.scale[:, np.newaxis], "offset": layer.offset[:, np.newaxis]}
        traffic: dict[str, Tokens] = {"sums": {"values": sums}, "coefficients": coefficients}
        if each.residual:
            traffic["residuals"] = {"values": made[each.residual]}
        given = spec.model().run(traffic)["pixels"]["values"]
        assert np.array_equal(given, made[each.name]), each.name


def test_widths_of_sums() -> None:
    weights = np.array([[[[-128, 127]]], [[[3, 4]]]])
    layer = LayerParameters(weights, np.array([1, 1]), np.array([0, 0]), 0)
    least, greatest = layer.sum_ranges(BYTES)
    assert (least.tolist(), greatest.tolist()) == ([-32640, 0], [32385, 1785])
    assert layer.sum_bits(BYTES) == 16
    least, greatest = layer.sum_ranges(IntegerFormat(bits=8, signed=True))
    assert (least.tolist(), greatest.tolist()) == ([-32512, -896], [32513, 889])
    for weight, bits in ((-128, 16), (127, 16), (1, 9), (-1, 9), (0, 2), (64, 15), (65, 16)):
        one = np.full((1, 1, 1, 1), weight)
        found = LayerParameters(one, np.array([1]), np.array([0]), 0).sum_bits(BYTES)
        assert found == bits, weight
    for weight, bits in ((-2, 2), (-3, 3), (-4, 3), (1, 2), (2, 3)):
        one = np.full((1, 1, 1, 1), weight)
        found = LayerParameters(one, np.array([1]), np.array([0]), 0).sum_bits(BIT)
        assert found == bits, weight


def test_scores_of_many_images_are_those_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(1)
    images = images_of(network, 7)
    whole = activations(network, images)["fc"].reshape(7, 5)
    assert np.array_equal(scores(network, images), whole)
    monkeypatch.setattr(inference, "PATCH_BYTES", 1)
    assert np.array_equal(scores(network, images), whole)
    assert scores(network, images[:0]).shape == (0, 5)


def test_other_images_are_refused() -> None:
    network = single(1, 0, 0)
    wide, tall = np.zeros((1, 1, 1, 1), np.int64), np.zeros((1, 2, 1, 1), np.uint8)
    others: tuple[NDArray[Any], ...] = (wide, tall)
    for images in others:
        with pytest.raises(ValueError, match="are not 1×1×1 in uint8"):
            activations(network, images)


ONE = np.ones((1, 1, 1, 1), np.int64)
UNIT, NOTHING = np.array([1]), np.array([0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": ONE * 128}, "weights: 128 is outside -128 to 127"),
        ({"weights": ONE * 8, "weight_bits": 4}, "weights: 8 is outside -8 to 7"),
        ({"weights": ONE * 1.0}, "weights are float64, not integers"),
        ({"weights": ONE[0]}, r"weights have the shape \(1, 1, 1\)"),
        ({"weights": np.ones((1, 1, 2, 1), int)}, "have no square kernel"),
        ({"scale": UNIT << 15}, "scale: 32768 is outside"),
        ({"offset": NOTHING - (1 << 23) - 1}, "offset: -8388609 is outside"),
        ({"offset": np.zeros(2, int)}, "offset has 2 values for 1 outputs"),
        ({"scale": np.zeros(0, int)}, "none empty"),
        ({"shift": 41}, "shift=41 is no integer of 0 to 40"),
        ({"shift": 1.5}, "shift=1.5 is no integer"),
        ({"bits": 17}, "bits=17 is no integer of 1 to 16"),
        ({"weight_bits": 1}, "weight_bits=1 is no integer of 2 to 16"),
        ({"signed": True}, "relu=True leaves nothing negative"),
    ],
)
def test_parameters_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    fields: dict[str, Any] = {
        "weights": ONE,
        "scale": UNIT,
        "offset": NOTHING,
        "shift": 0,
    } | changes
    with pytest.raises(ValueError, match=message):
        LayerParameters(**fields)


def test_parameters_are_copies_that_stay() -> None:
    weights = ONE.copy()
    found = LayerParameters(weights, UNIT, NOTHING, 0)
    weights[...] = 5
    assert found.weights.ravel().tolist() == [1]
    with pytest.raises(ValueError, match="read-only"):
        found.weights[...] = 5


def changed(network: IntegerNetwork, **changes: LayerParameters | None) -> IntegerNetwork:
    parameters = dict(network.parameters) | changes
    return IntegerNetwork(
        network.network, {name: found for name, found in parameters.items() if found is not None}
    )


def test_networks_that_do_not_fit() -> None:
    network = random_network(2)
    one = LayerParameters(ONE, UNIT, NOTHING, 0)
    skip = network.parameters["skip"]
    weights, scale, offset = skip.weights, skip.scale, skip.offset
    with pytest.raises(ValueError, match="layer 'b' has no parameters"):
        changed(network, b=None)
    with pytest.raises(ValueError, match="no layer 'p' with weights in random 2"):
        changed(network, p=one)
    with pytest.raises(ValueError, match=r"layer 'd' takes weights of shape \(.*, 3, 3, "):
        changed(network, d=one)
    narrow = LayerParameters(
        weights, scale, offset, 18, bits=7, weight_bits=8, scale_bits=22, offset_bits=30
    )
    with pytest.raises(
        ValueError, match="'c' makes 8 unsigned bits, its residual 'skip' 7 unsigned bits"
    ):
        changed(network, skip=narrow)
    large = ConvolutionalNetwork(
        name="large",
        image=Image(height=15, width=15, channels=4096),
        layers=(Convolution(name="a", channels=1, kernel=15),),
    )
    most = ((1 << 62) - 1) // (225 * 4096 * 255 << 15)

    def heavy(scale: int) -> LayerParameters:
        weights = np.full((1, 15, 15, 4096), -(1 << 15))
        return LayerParameters(
            weights, np.array([scale]), NOTHING, 0, weight_bits=16, scale_bits=24
        )

    assert IntegerNetwork(large, {"a": heavy(-most)}).sum_bits("a") == 44
    with pytest.raises(ValueError, match="scaled sums can leave 63 bits"):
        IntegerNetwork(large, {"a": heavy(-most - 1)})
