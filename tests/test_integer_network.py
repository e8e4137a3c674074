"""Integers of networks for in-memory-computing cores: what they compute, checks and files."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from effort import effort
from integer_oracle import computed

from neuroloom.flows.errors import UsageError
from neuroloom.flows.imc_mapping import inference
from neuroloom.flows.imc_mapping.inference import activations, scores
from neuroloom.flows.imc_mapping.integer_network import IntegerNetwork
from neuroloom.flows.imc_mapping.integer_network_file import load, save
from neuroloom.flows.imc_mapping.network import (
    Convolution,
    FullyConnected,
    Image,
    Layer,
    Network,
    Pooling,
)
from neuroloom.flows.imc_mapping.parameters import LayerParameters
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.pixel_pool import Operation

BYTES = IntegerFormat(bits=8, signed=False)
BIT = IntegerFormat(bits=1, signed=False)
SEEDS = effort(range(6), range(60))


def random_parameters(
    rng: np.random.Generator, network: Network, name: str, weight_bits: int
) -> LayerParameters:
    """With sums that come to some hundred pixels, both ends of every range among the weights."""
    each = network.layer(name)
    last = name == network.wired[-1].name
    outputs, most = each.made.channels, 1 << weight_bits - 1
    weights = rng.integers(-most, most, (outputs, each.kernel, each.kernel, each.given.channels))
    weights.flat[:2] = -most, most - 1
    largest = max(1, int(800 * 2**18 / (np.sqrt(each.matrix[0]) * most * 100)))
    return LayerParameters(
        weights, rng.integers(-largest, largest + 1, outputs),
        rng.integers(-200 << 18, 200 << 18, outputs), 18, relu=not last, signed=last,
        weight_bits=weight_bits, scale_bits=22, offset_bits=30,
    )  # fmt: skip


def random_network(seed: int) -> IntegerNetwork:
    """A block that a 1×1 convolution resamples for, behind any convolution and any pool."""
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(7, 11, 2))
    kernel, channels, others = (int(number) for number in rng.integers(1, 4, 3))
    pool, stride = int(rng.integers(1, 4)), int(rng.integers(1, 3))
    layers: tuple[Layer, ...] = (
        Convolution(
            name="a", channels=channels, kernel=kernel, stride=int(rng.integers(1, 3)),
            padding=int(rng.integers(0, kernel)),
        ),
        Pooling(name="p", kernel=pool, stride=stride, operation=list(Operation)[seed % 2]),
        Convolution(name="skip", channels=others, kernel=1, stride=2),
        Convolution(name="b", source="p", channels=others, stride=2, padding=1),
        Convolution(name="c", channels=others, padding=1, residual="skip"),
        Convolution(name="d", channels=others, padding=1, residual="c"),
        FullyConnected(name="fc", channels=5),
    )  # fmt: skip
    image = Image(height=height, width=width, channels=int(rng.integers(1, 4)))
    network = Network(name=f"random {seed}", image=image, layers=layers)
    bits = int(rng.integers(2, 9))
    return IntegerNetwork(
        network,
        {each.name: random_parameters(rng, network, each.name, bits)
         for each in network.wired if each.name != "p"},
    )  # fmt: skip


def images_of(network: IntegerNetwork, number: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (number, *network.network.wired[0].given), dtype=np.uint8)
    images[0], images[1] = 0, 255
    return images


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
    for name, values in reached.items():
        ends = {-128, 127} if name == "fc" else {0, 255}
        assert ends <= values, name


def single(scale: int, offset: int, shift: int, **changes: Any) -> IntegerNetwork:
    """One weight of 1: the sum is the pixel."""
    layer = Convolution(name="a", channels=1, kernel=1)
    network = Network(name="one", image=Image(height=1, width=1, channels=1), layers=(layer,))
    parameters = LayerParameters(
        np.ones((1, 1, 1, 1), np.int64), np.array([scale]), np.array([offset]), shift, **changes
    )
    return IntegerNetwork(network, {"a": parameters})


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
)  # fmt: skip
def test_ties_and_ends_by_hand(network: IntegerNetwork, pixels: list[int], wanted: list[int]):
    images = np.array(pixels, np.uint8).reshape(-1, 1, 1, 1)
    assert scores(network, images).ravel().tolist() == wanted


def test_residuals_are_added_behind_the_rounding() -> None:
    layers = (
        Convolution(name="a", channels=1, kernel=1),
        Convolution(name="b", channels=1, kernel=1, residual="a"),
    )
    network = Network(name="two", image=Image(height=1, width=1, channels=1), layers=layers)
    one, none = np.ones((1, 1, 1, 1), np.int64), np.zeros(1, np.int64)
    found = IntegerNetwork(network, {
        "a": LayerParameters(one, none + 1, none, 0),
        "b": LayerParameters(one, none - 1, none, 1),
    })  # fmt: skip
    images = np.array([0, 1, 2, 3, 5, 255], np.uint8).reshape(-1, 1, 1, 1)
    # 3 - 1.5 is 1.5, but -1.5 is rounded to -2 alone
    assert scores(found, images).ravel().tolist() == [0, 1, 1, 1, 3, 127]


def test_first_weight_index_is_the_row() -> None:
    layer = Convolution(name="a", channels=1, kernel=2)
    network = Network(name="rows", image=Image(height=2, width=3, channels=2), layers=(layer,))
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
    network = Network(name="pixels", image=image, layers=layers)
    found = IntegerNetwork(
        network, {each.name: random_parameters(rng, network, each.name, 8) for each in layers}
    )
    images = images_of(found, 500)
    made = {name: values.reshape(500, -1) for name, values in activations(found, images).items()}
    taken = {"a": images.reshape(500, 3).astype(np.int64), "b": made["a"], "fc": made["b"]}
    for each in network.wired:
        layer = found.parameters[each.name]
        spec = DigitalProcessorSpec(
            channels=each.made.channels, units=1, sum_bits=found.sum_bits(each.name),
            residual=each.residual is not None, scale_bits=22, offset_bits=30, shift=18,
            relu=layer.relu, signed=layer.signed,
        )  # fmt: skip
        sums = taken[each.name] @ layer.weights[:, 0, 0].T
        coefficients = {
            "scale": layer.scale[:, np.newaxis], "offset": layer.offset[:, np.newaxis]
        }  # fmt: skip
        traffic = {"sums": {"values": sums}, "coefficients": coefficients}
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
    for images in (np.zeros((1, 1, 1, 1), np.int64), np.zeros((1, 2, 1, 1), np.uint8)):
        with pytest.raises(ValueError, match="are not 1×1×1 in uint8"):
            activations(network, images)  # type: ignore[arg-type]


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
    fields = {"weights": ONE, "scale": UNIT, "offset": NOTHING, "shift": 0} | changes
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
    large = Network(
        name="large", image=Image(height=15, width=15, channels=4096),
        layers=(Convolution(name="a", channels=1, kernel=15),),
    )  # fmt: skip
    most = ((1 << 62) - 1) // (225 * 4096 * 255 << 15)

    def heavy(scale: int) -> LayerParameters:
        weights = np.full((1, 15, 15, 4096), -(1 << 15))
        return LayerParameters(
            weights, np.array([scale]), NOTHING, 0, weight_bits=16, scale_bits=24
        )

    assert IntegerNetwork(large, {"a": heavy(-most)}).sum_bits("a") == 44
    with pytest.raises(ValueError, match="scaled sums can leave 63 bits"):
        IntegerNetwork(large, {"a": heavy(-most - 1)})


@pytest.mark.parametrize("seed", [0, 1])
def test_files_hold_all_of_a_network(seed: int, tmp_path: Path) -> None:
    network, file = random_network(seed), tmp_path / "new" / "network.npz"
    save(network, file)
    assert [each.name for each in file.parent.iterdir()] == ["network.npz"]
    again = load(file)
    assert again.network == network.network
    assert list(again.parameters) == list(network.parameters)
    for name, found in network.parameters.items():
        other = again.parameters[name]
        for field in vars(found):
            assert np.array_equal(getattr(other, field), getattr(found, field)), (name, field)
    images = images_of(network, 3)
    assert np.array_equal(scores(again, images), scores(network, images))


def rewritten(change: Callable[[dict[str, Any], dict[str, np.ndarray]], None]) -> bytes:
    """The file of a network whose header and arrays were changed."""
    stream = io.BytesIO()
    found = single(1, 0, 0).parameters["a"]
    arrays = {f"{name}0": getattr(found, name) for name in ("weights", "scale", "offset")}
    fields = ("shift", "bits", "signed", "relu", "weight_bits", "scale_bits", "offset_bits")
    header = {
        "format": "neuroloom-integer-cnn", "version": 1,
        "network": single(1, 0, 0).network.model_dump(mode="json"),
        "layers": [{"name": "a"} | {field: getattr(found, field) for field in fields}],
    }  # fmt: skip
    change(header, arrays)
    if header:
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def member(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


WHOLE = rewritten(lambda header, arrays: None)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not the file of an integer network: it is no npz archive"),
        (b"no archive", "is not the file of an integer network: it is no npz archive"),
        (WHOLE[: len(WHOLE) // 2], "is not the file of an integer network: it is no npz archive"),
        (
            member("header.npy", b"nothing"),
            "is not the file of an integer network: it has no header",
        ),
        (rewritten(lambda header, _: header.clear()), "it has no header"),
        (rewritten(lambda header, _: header.update(version=2)), "it takes format"),
        (rewritten(lambda _, arrays: arrays.pop("scale0") and None), "has no 'scale0'"),
        (rewritten(lambda header, _: header.pop("network") and None), "has no 'network'"),
        (rewritten(lambda header, _: header.pop("format") and None), "it takes format"),
        (
            rewritten(lambda header, _: header["layers"][0].pop("name") and None),
            "a layer of the header has no 'name'",
        ),
        (
            rewritten(lambda header, _: header["layers"][0].pop("shift") and None),
            "a layer of the header has no 'shift'",
        ),
        (
            rewritten(lambda header, _: header["layers"][0].update(more=1)),
            "a layer of the header has a 'more', which is none",
        ),
        (rewritten(lambda header, _: header.update(layers=[])), "layer 'a' has no parameters"),
        (rewritten(lambda header, _: header.update(layers=[3])), "are no objects"),
        (rewritten(lambda header, _: header["network"].update(layers=[])), "at least 1"),
        (
            rewritten(lambda _, arrays: arrays.update(scale0=np.array([1 << 15]))),
            "scale: 32768 is outside",
        ),
        (
            rewritten(lambda _, arrays: arrays.update(scale0=np.array([{}], object))),
            "is not the file of an integer network",
        ),
    ],
)
def test_broken_files_are_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "network.npz"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the network .*: No such file"):
        load(tmp_path / "none.npz")
    with pytest.raises(UsageError, match="cannot read the network"):
        load(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        save(single(1, 0, 0), tmp_path / "file" / "network.npz")


def test_the_written_whole_is_read(tmp_path: Path) -> None:
    """What the broken files are made from."""
    (tmp_path / "network.npz").write_bytes(WHOLE)
    assert load(tmp_path / "network.npz").parameters["a"].weights.ravel().tolist() == [1]


def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    """Checksums cover all numbers; what they leave out is the archive's own."""
    file, outcomes = tmp_path / "network.npz", set()
    for at in range(0, 8 * len(WHOLE), effort(83, 5)):
        content = bytearray(WHOLE)
        content[at // 8] ^= 1 << at % 8
        file.write_bytes(bytes(content))
        try:
            found = load(file)
        except UsageError:
            outcomes.add("found")
            continue
        outcomes.add("harmless")
        assert found.network == single(1, 0, 0).network, at
        assert found.parameters["a"].weights.ravel().tolist() == [1], at
    assert outcomes == {"found", "harmless"}
