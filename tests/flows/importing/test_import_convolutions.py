"""Convolutional networks from ONNX files give what the graphs give."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnx", reason="the package onnx is not installed")

from support.onnx_graphs import Chain, saved, values

from neuroloom.flows.importing.import_network import import_network, layers_of
from neuroloom.flows.networks.binarized import fold
from neuroloom.flows.networks.conv_folding import conv_network_spec
from neuroloom.flows.networks.stages import Dense, PooledConvolution
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.training.binarized import train
from neuroloom.flows.training.datasets import load_digits, thermometer
from neuroloom.flows.verify import replay
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec

Images = NDArray[np.int64]


def tokens(spec: BnnConvNetworkSpec, images: Images) -> Any:
    """Bits (batch, channels, height, width) as the network takes them."""
    pixels = images.transpose(0, 2, 3, 1)
    first = spec.stages[0]
    assert first.window is not None
    return {"activations": {"bits": pixels.reshape(-1, first.window.simd)}}


def results(spec: Any, images: Images) -> Any:
    """What the golden model gives: a class, scores (batch, M), or (batch, height, width, M)."""
    assert isinstance(spec, BnnConvNetworkSpec)
    given = spec.model().run(tokens(spec, images))["result"]
    last = spec.stages[-1]
    if last.layer is not None and last.layer.output is LayerOutput.CLASS:
        return given["index"]
    field = "matches" if last.layer and last.layer.output is LayerOutput.SCORES else "bits"
    return np.asarray(given[field]).reshape(len(images), -1)


def random_images(generator: np.random.Generator, *shape: int) -> Images:
    return generator.integers(0, 2, (40, *shape))


def signs(generator: np.random.Generator, *shape: int) -> Any:
    return generator.choice([-1.0, 1.0], shape)


def norm(chain: Chain, generator: np.random.Generator, channels: int, least: int = -2) -> Chain:
    """Batch normalization by numbers of few bits, which often gives 0."""
    gamma = generator.choice([each for each in (-1.5, -0.5, 0.5, 2.0) if each >= least], channels)
    return chain.norm(
        gamma,
        generator.integers(-2, 3, channels) / 2,
        generator.integers(-3, 4, channels),
        4.0 ** generator.integers(-1, 2, channels),
    )


@pytest.mark.parametrize("order", ["pool last", "pool before the quantizer", "pool first"])
@pytest.mark.parametrize("seed", range(2))
def test_convolutions_pools_and_connected_layers(order: str, seed: int, tmp_path: Path) -> None:
    generator = np.random.default_rng(seed)
    chain = Chain(["batch", 2, 9, 8])
    weights = chain.constant(generator.normal(size=(6, 2, 3, 3)))
    quantized = chain.node("BipolarQuant", weights, chain.constant(0.5))
    bias = chain.constant(generator.integers(-2, 3, 6))
    (chain.tensor,) = chain.node("Conv", chain.tensor, *quantized, bias, kernel_shape=[3, 3])
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    if order == "pool first":
        norm(chain.then("MaxPool", **pool), generator, 6, least=0).then("BipolarQuant", 0.5)
    elif order == "pool last":
        norm(chain, generator, 6).then("BipolarQuant", 0.5).then("MaxPool", **pool)
    else:
        norm(chain, generator, 6).then("MaxPool", **pool).then("BipolarQuant", 0.5)
    chain.then("Conv", signs(generator, 4, 6, 2, 2), strides=[1, 1])
    norm(chain, generator, 4).then("BipolarQuant", 1.0).then("Flatten")
    chain.dense(generator.normal(size=(16, 5)))
    model = chain.model()
    imported = import_network(saved(model, tmp_path))
    images = random_images(generator, 2, 9, 8)
    scores = 2 * results(imported.spec, images)[:, :5] - 16
    assert np.array_equal(values(model, 2 * images - 1), scores), f"seed {seed}"
    assert len(np.unique(scores)) > 5
    assert imported.network.notes[0] == (
        "input: bit i is 1 where element i of 'x', pixel by pixel, channel by channel, as node "
        "Conv_1 takes it, is 1, and 0 where it is -1"
    )
    assert [positions for _, positions in layers_of(imported.spec)] == [42, 4, 1]


ONE_PIXEL = {"pads": [1, 1, 1, 1]}


@pytest.mark.parametrize(
    ("stride", "pads"), [(1, ONE_PIXEL), (2, ONE_PIXEL), (1, {"auto_pad": "SAME_UPPER"})]
)
def test_padding_of_activations_0_and_1(stride: int, pads: dict[str, Any], tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    chain = Chain([1, 3, 6, 5])
    chain.then("MultiThreshold", [[0.5]], out_scale=0.25)
    attributes = {**pads, "strides": [stride, stride]}
    chain.then("Conv", signs(generator, 4, 3, 3, 3), **attributes)
    chain.then("MultiThreshold", generator.integers(-2, 3, (4, 1)) / 4)
    chain.then("Conv", signs(generator, 3, 4, 3, 3), **attributes)
    chain.then("MultiThreshold", generator.integers(-2, 3, (3, 1)), out_scale=2.0, out_bias=-1.0)
    model = chain.model()
    imported = import_network(saved(model, tmp_path))
    images = random_images(generator, 3, 6, 5)
    given = values(model, images)
    assert set(given.ravel()) == {-1, 1}
    pixels = (given == 1).transpose(0, 2, 3, 1).reshape(len(images), -1)
    assert np.array_equal(pixels, results(imported.spec, images))
    assert "result: pixel by pixel, channel by channel" in imported.network.notes


def test_image_that_the_graph_turns(tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    chain = Chain([1, 5, 4, 3]).then("BipolarQuant", 1.0).then("Transpose", perm=[0, 3, 1, 2])
    chain.then("Conv", signs(generator, 4, 3, 5, 5)[..., :4, :4]).then("BipolarQuant", 1.0)
    chain.then("Conv", signs(generator, 7, 4, 1, 1)).then("MaxPool", kernel_shape=[1, 1])
    model = chain.then("Transpose").model()
    with pytest.raises(UsageError, match=r"node Transpose_6 \(Transpose\) moves sums of an image"):
        import_network(saved(model, tmp_path))
    chain.nodes.pop()
    chain.tensor = "t5_0"
    model = chain.then("BipolarQuant", 1.0).model()
    imported = import_network(saved(model, tmp_path))
    images = random_images(generator, 5, 4, 3)
    given = values(model, 2 * images - 1).transpose(0, 2, 3, 1).reshape(len(images), -1)
    assert np.array_equal(given == 1, results(imported.spec, images.transpose(0, 3, 1, 2)))


def test_last_convolution_of_one_position_names_the_class(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    chain = Chain([1, 2, 4, 4]).then("Conv", signs(generator, 6, 2, 3, 3))
    chain.then("BipolarQuant", 1.0).then("Conv", signs(generator, 5, 6, 2, 2)).then("Flatten")
    (chain.tensor,) = chain.node("ArgMax", chain.tensor, axis=1, keepdims=0)
    model = chain.model([(chain.tensor, 7)])
    images = random_images(generator, 2, 4, 4)
    given = results(import_network(saved(model, tmp_path)).spec, images)
    assert np.array_equal(values(model, 2 * images - 1).ravel(), given)


def test_trained_convolutions_come_back_as_they_were_folded(tmp_path: Path) -> None:
    split = load_digits()
    shape = (len(split.train_images), 8, 8, 2)
    bits = thermometer(split.train_images, (4, 10)).reshape(shape)
    stages = [PooledConvolution(6, pool=2), Dense(12)]
    network = train(bits[:400], split.train_labels[:400], stages, epochs=2)
    chain = Chain(["batch", 2, 8, 8], np.float64)
    for stage, weights, norms in zip(network.stages, network.weights, network.norms, strict=False):
        if isinstance(stage, PooledConvolution):
            kernels = np.where(weights >= 0, 1, -1).reshape(6, 3, 3, 2).transpose(0, 3, 1, 2)
            chain.then("Conv", kernels)
        else:
            # the training sees pixel by pixel, the graph channel by channel
            moved = weights.reshape(12, 3, 3, 6).transpose(0, 3, 1, 2).reshape(12, -1)
            chain.then("Flatten").dense(moved.T)
        chain.norm(norms.gamma, norms.beta, norms.mean, norms.deviation**2)
        chain.then("BipolarQuant", 1.0)
        if isinstance(stage, PooledConvolution):
            chain.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    chain.dense(network.weights[-1].T)
    (chain.tensor,) = chain.node("ArgMax", chain.tensor, axis=-1, keepdims=0)
    spec = import_network(saved(chain.model([(chain.tensor, 7)]), tmp_path)).spec
    assert spec == conv_network_spec(fold(network), (8, 8, 2))


def test_imported_convolutions_in_rtl(tmp_path: Path) -> None:
    generator = np.random.default_rng(6)
    chain = Chain([1, 2, 5, 5]).then("Conv", signs(generator, 4, 2, 2, 2))
    norm(chain, generator, 4).then("BipolarQuant", 1.0)
    chain.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).then("Flatten")
    chain.dense(generator.normal(size=(16, 3)))
    (chain.tensor,) = chain.node("ArgMax", chain.tensor, axis=1)
    model = chain.model([(chain.tensor, 7)])
    spec = import_network(saved(model, tmp_path), cycles=64).spec
    assert isinstance(spec, BnnConvNetworkSpec)
    images = random_images(generator, 2, 5, 5)
    assert np.array_equal(values(model, 2 * images - 1).ravel(), results(spec, images))
    assert replay(spec, tokens(spec, images), SimulatorName.AMARANTH).passed


def image() -> Chain:
    return Chain([1, 2, 6, 6])


KERNELS = np.ones((4, 2, 3, 3))
PAIRS = {"kernel_shape": [2, 2], "strides": [2, 2]}


def convolved(**attributes: Any) -> Chain:
    return image().then("Conv", KERNELS, **attributes)


def bits() -> Chain:
    return convolved().then("BipolarQuant", 1.0)


REFUSED: dict[str, tuple[Callable[[], Chain], str]] = {
    "oblong": (lambda: image().then("Conv", np.ones((4, 2, 3, 2))), "a square kernel is read"),
    "strides": (lambda: convolved(strides=[1, 2]), "has strides=[1, 2]; one stride is read"),
    "dilation": (
        lambda: convolved(dilations=[2, 2]),
        "has dilations=[2, 2]; dense kernels are read",
    ),
    "automatic pads": (lambda: convolved(auto_pad="SAME_UPPER"), "(Conv) pads with 0"),
    "pads of one side": (lambda: convolved(pads=[1, 1, 0, 0]), "the same on all sides is read"),
    "no stride": (lambda: convolved(strides=[0, 0]), "a kernel of 3 and a stride of 0"),
    "groups": (
        lambda: image().then("Conv", KERNELS[:, :1], group=2),
        "is a depthwise convolution: with group=2 a kernel sees 1 of 2 channels",
    ),
    "a line": (lambda: image().then("Conv", KERNELS[..., 0]), "moves over one axis"),
    "pads of 0 between -1 and +1": (
        lambda: convolved(pads=[1, 1, 1, 1]),
        "node Conv_0 (Conv) pads with 0",
    ),
    "too large": (lambda: image().then("Conv", np.ones((4, 2, 7, 7))), "is larger than its image"),
    "no image": (lambda: Chain([1, 6]).then("Conv", KERNELS), "it takes [batch, channels, height"),
    "bias": (lambda: image().then("Conv", KERNELS, np.ones(3)), "bias of shape [3] for 4 channels"),
    "sums": (lambda: convolved().then("Conv", np.ones((1, 4, 2, 2))), "takes an image of bits"),
    "real weights": (
        lambda: image().then("Conv", np.arange(72).reshape(4, 2, 3, 3)),
        "are not -a and +a",
    ),
    "moved": (
        lambda: bits().then("Transpose", perm=[0, 1, 3, 2]).then("Conv", np.ones((1, 4, 2, 2))),
        "takes an image whose elements were moved",
    ),
    "levels over the image": (
        lambda: (
            bits()
            .then("Mul", np.arange(1.0, 5).reshape(1, 1, 4, 1))
            .then("Conv", np.ones((1, 4, 2, 2)))
        ),
        "sees levels that differ over the image",
    ),
    "overlapping pools": (
        lambda: bits().then("MaxPool", kernel_shape=[3, 3], strides=[2, 2]),
        "equal to the stride",
    ),
    "padded pools": (
        lambda: bits().then("MaxPool", **PAIRS, pads=[1, 1, 1, 1]),
        "equal to the stride",
    ),
    "pools that are not full": (
        lambda: bits().then("MaxPool", kernel_shape=[3, 3], strides=[3, 3], ceil_mode=1),
        "has ceil_mode=1 and windows beyond the edge; whole windows are read",
    ),
    "pools of pools": (
        lambda: bits().then("MaxPool", **PAIRS).then("MaxPool", **PAIRS),
        "for a second time",
    ),
    "sums pooled twice": (
        lambda: convolved().then("MaxPool", **PAIRS).then("MaxPool", **PAIRS),
        "for a second time",
    ),
    "input pooled": (lambda: image().then("MaxPool", **PAIRS), "pools what is no convolution"),
    "inverted bits pooled": (
        lambda: bits().then("Mul", -1.0).then("MaxPool", **PAIRS),
        "takes bits that are inverted",
    ),
    "moved bits pooled": (
        lambda: bits().then("Transpose", perm=[0, 1, 3, 2]).then("MaxPool", **PAIRS),
        "takes an image whose elements were moved",
    ),
    "least sum": (
        lambda: convolved().then("MaxPool", **PAIRS).then("Mul", -1.0).then("BipolarQuant", 1.0),
        "node BipolarQuant_3 (BipolarQuant) falls with sums that a MaxPool took the maximum of",
    ),
    "image of sums": (lambda: convolved(), "ends in sums of an image"),
    "moved at the end": (lambda: bits().then("Flatten"), "ends in an image whose elements were"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_imported_is_said_in_one_sentence(case: str, tmp_path: Path) -> None:
    build, sentence = REFUSED[case]
    file = saved(build().model(), tmp_path)
    with pytest.raises(UsageError, match=re.escape(sentence)) as refused:
        import_network(file)
    assert str(refused.value).startswith(str(file)) and "\n" not in str(refused.value)
