"""ONNX models as networks for in-memory-computing cores: nodes, names, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

import onnx
from support.cnn_graphs import Images, image, read, resnet_32, shapes
from support.command_line import run
from support.mapped import told
from support.onnx_graphs import Chain, saved

from neuroloom.flows.importing.onnx_network import network_of
from neuroloom.flows.mapping.imc.cores import Chip, map_network
from neuroloom.flows.mapping.imc.timesteps import TransferTiming, paces, simulate
from neuroloom.flows.networks.convolutional import Convolution, FullyConnected, Pooling
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.pixel_pool import Operation


def test_resnet_32(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = saved(resnet_32().model(), tmp_path, "resnet32.onnx")
    network, known = network_of(file), resnet()
    assert shapes(network) == shapes(known)
    layers = map_network(network, Chip())
    assert sum(len(layer.cores) for layer in layers) == 43
    ours = simulate(network, paces(layers), TransferTiming(0, 1))
    theirs = simulate(known, paces(map_network(known, Chip())), TransferTiming(0, 1))
    ends = [sorted(each.finished() for each in run.values()) for run in (ours, theirs)]
    assert ends[0] == ends[1] and ends[0][-1] == 1630
    # what is added is the branch of one layer: the resampling
    resampled = [each for each in network.wired if each.residual and each.kernel == 3]
    assert [network.layer(each.residual or "").kernel for each in resampled].count(1) == 2
    assert told(capsys, str(file))["latency"] == 1630
    fast = told(capsys, str(file), "--rows", "336", "--parallel", "paced")
    assert (fast["cores"], fast["latency"], fast["network"]) == (43, 526, "resnet32")
    status, text, _ = run(capsys, "map", str(file))
    assert status == 0 and "Weights are not taken" in text


def test_pools_and_a_flattened_map(tmp_path: Path) -> None:
    chain = image(3, 12, 12).rectified(8, 3, 5)
    chain.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    chain.conv(6, 8, 1).then("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).then("Relu")
    chain.then("AveragePool", kernel_shape=[2, 2]).then("Dropout").then("Flatten")
    chain.then("Gemm", np.zeros((6, 20))).then("Relu").then("Identity")
    chain.then("MatMul", np.zeros((20, 5))).then("Add", np.zeros(5))
    network = read(chain, tmp_path)
    assert [each.made for each in network.wired] == [
        (8, 8, 8),
        (4, 4, 8),
        (4, 4, 6),
        (2, 2, 6),
        (1, 1, 6),
        (1, 1, 20),
        (1, 1, 5),
    ]
    kinds = [type(each) for each in network.layers]
    assert kinds == [Convolution, Pooling, Convolution, Pooling, Pooling, Convolution, Convolution]
    pools = [each for each in network.layers if isinstance(each, Pooling)]
    assert [each.operation for each in pools] == [Operation.MAX, Operation.MAX, Operation.AVERAGE]


def test_matrices_behind_an_average(tmp_path: Path) -> None:
    """The last one is the fully connected layer; others are behind a pool."""
    chain = image().rectified(6, 3).then("ReduceMean", axes=[2, 3], keepdims=0)
    last = read(chain.then("MatMul", np.zeros((6, 4))), tmp_path)
    assert [each.made for each in last.wired] == [(6, 6, 6), (1, 1, 4)]
    assert isinstance(last.layers[1], FullyConnected)
    chain.then("Relu").then("MatMul", np.zeros((4, 9)))
    hidden = read(chain, tmp_path)
    assert [each.layer.kind for each in hidden.wired] == [
        "convolution",
        "pooling",
        "convolution",
        "convolution",
    ]
    assert [each.made for each in hidden.wired] == [(6, 6, 6), (1, 1, 6), (1, 1, 4), (1, 1, 9)]
    assert (hidden.layers[1].kernel, hidden.layers[1].operation) == (6, Operation.AVERAGE)


def test_an_average_without_a_matrix_is_a_pool(tmp_path: Path) -> None:
    network = read(image().rectified(6, 3).then("GlobalAveragePool"), tmp_path)
    assert [each.made for each in network.wired] == [(6, 6, 6), (1, 1, 6)]
    chain = image().rectified(6, 3).then("AveragePool", kernel_shape=[6, 6]).conv(4, 6, 1)
    assert [each.made for each in read(chain, tmp_path).wired][1:] == [(1, 1, 6), (1, 1, 4)]
    axes = Chain([1, 3, 8, 8])
    (axes.tensor,) = axes.node("ReduceMean", "x", axes.constant([-1, -2], np.int64))
    pooled = saved(axes.model(opset=18), tmp_path)
    with pytest.raises(UsageError, match=r"ReduceMean_0 .* and a core takes 7 at most"):
        network_of(pooled)  # 8×8 is more than a pool takes
    axes.then("Flatten").then("Gemm", np.zeros((3, 2)))
    assert network_of(saved(axes.model(opset=18), tmp_path)).layers[0].kind == "fully_connected"


def test_nothing_but_a_matrix_is_behind_an_average(tmp_path: Path) -> None:
    def averaged() -> Images:
        return image().conv(4, 3, 3).then("GlobalAveragePool")

    for operator, constants in (("BatchNormalization", np.ones((4, 4))), ("Relu", ())):
        with pytest.raises(UsageError, match="what is no longer the sums of a convolution"):
            read(averaged().then(operator, *constants), tmp_path)
    chain = averaged()
    mean = chain.tensor
    chain.conv(4, 4, 1)
    sums, chain.tensor = chain.tensor, mean
    with pytest.raises(UsageError, match="rectifies what is no longer"):
        read(chain.then("Relu").meet(sums), tmp_path)  # a pool by now


def test_residuals_of_linear_bottlenecks(tmp_path: Path) -> None:
    """Sums without ReLU that are taken twice: by a convolution, and as a residual."""
    chain = image().conv(4, 3, 1)
    skipped = chain.tensor
    chain.rectified(8, 4, 1).conv(4, 8, 1).meet(skipped)
    first = chain.tensor
    chain.rectified(8, 4, 1).conv(4, 8, 1).meet(first)
    network = read(chain, tmp_path)
    assert [each.residual is not None for each in network.wired] == [
        False,
        False,
        True,
        False,
        True,
    ]
    assert network.wired[2].residual == network.wired[0].name
    assert network.wired[4].residual == network.wired[2].name


def test_the_longer_branch_adds_the_shorter_one_wherever_it_stands(tmp_path: Path) -> None:
    for swapped in (False, True):
        chain = image().rectified(4, 3, 1)
        start = chain.tensor
        chain.rectified(4, 4).conv(4, 4)
        long = chain.tensor
        chain.tensor = start
        chain.conv(4, 4, 5)
        short = chain.tensor
        chain.tensor = short if swapped else long
        network = read(chain.meet(long if swapped else short).then("Relu"), tmp_path)
        adding = network.wired[-1]
        assert (adding.kernel, network.layer(adding.residual or "").kernel) == (3, 5)


def test_sums_that_are_taken_twice_are_added_as_a_residual(tmp_path: Path) -> None:
    """Though theirs is the branch with more layers."""
    chain = image().rectified(4, 3, 1)
    start = chain.tensor
    chain.rectified(4, 4, 1).conv(4, 4, 1)
    long = chain.tensor
    chain.tensor = start
    chain.conv(4, 4, 1).meet(long).then("Relu").conv(4, 4, 1).meet(long)
    network = read(chain, tmp_path)
    added = [(at, each.residual) for at, each in enumerate(network.wired) if each.residual]
    name = network.wired[2].name
    assert [(network.wired[2].kernel, network.wired[2].residual), *added] == [
        (1, None),
        (3, name),
        (4, name),
    ]


def test_padding_and_windows(tmp_path: Path) -> None:
    def first(**attributes: Any) -> tuple[int, ...]:
        each = read(image(3, 9, 9).conv(2, 3, **attributes), tmp_path).wired[0]
        return (*each.made[:2], each.stride, each.padding)

    assert first() == (7, 7, 1, 0)
    assert first(auto_pad="VALID", strides=[2, 2]) == (4, 4, 2, 0)
    assert first(auto_pad="SAME_UPPER") == (9, 9, 1, 1)
    assert first(auto_pad="SAME_LOWER", strides=[2, 2]) == (5, 5, 2, 1)
    assert first(pads=[2] * 4, strides=[3, 3], dilations=[1, 1], kernel_shape=[3, 3]) == (
        4,
        4,
        3,
        2,
    )
    pool = image(3, 9, 9).then("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    assert read(pool, tmp_path).wired[0].made == (4, 4, 3)


def test_padded_pools(tmp_path: Path) -> None:
    """A maximum over zeros is that of the map behind a Relu, wherever that stands before it."""
    chain = image(3, 9, 9).rectified(4, 3, 1).then("Dropout")
    chain.then("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    chain.then("MaxPool", kernel_shape=[2, 2], pads=[1] * 4)
    padded = {"kernel_shape": [6, 6], "pads": [2] * 4, "count_include_pad": 1}
    network = read(chain.then("AveragePool", **padded), tmp_path)
    pools = [each for each in network.layers if isinstance(each, Pooling)]
    assert [(each.operation, each.kernel, each.stride, each.padding) for each in pools] == [
        (Operation.MAX, 3, 2, 1),
        (Operation.MAX, 2, 1, 1),
        (Operation.AVERAGE, 6, 1, 2),
    ]
    assert [each.made for each in network.wired][1:] == [(5, 5, 4), (6, 6, 4), (5, 5, 4)]


def test_sums_of_two_are_additions_and_a_softmax_ends_the_graph(tmp_path: Path) -> None:
    chain = image().rectified(4, 3, 1)
    skipped = chain.tensor
    chain.conv(4, 4, 1).meet(skipped, "Sum").then("Sum", 1.0)
    with pytest.raises(UsageError, match=r"\(Sum\) adds a constant to what is no longer the sums"):
        read(chain, tmp_path)
    for operator in ("Softmax", "LogSoftmax"):
        chain = image().rectified(4, 3, 1)
        skipped = chain.tensor
        chain.conv(4, 4, 1).meet(skipped, "Sum").then("Relu").then("Flatten")
        network = read(chain.then("Gemm", np.zeros((256, 5))).then(operator), tmp_path)
        assert [each.residual for each in network.wired] == [None, "Conv_0", None]
        assert network.wired[-1].made == (1, 1, 5)


def test_kernels_of_one_value(tmp_path: Path) -> None:
    chain = image()
    (kernels,) = chain.node("ConstantOfShape", chain.constant([4, 3, 5, 5], np.int64))
    (chain.tensor,) = chain.node("Conv", "x", kernels)
    assert read(chain, tmp_path).wired[0].made == (4, 4, 4)


def test_sets_of_operators(tmp_path: Path) -> None:
    model = image().rectified(4, 3).model(opset=7)
    assert network_of(saved(model, tmp_path)).wired[0].made == (6, 6, 4)
    model.opset_import[0].version = 6
    with pytest.raises(UsageError, match=r"uses operator set 6; sets 7 to .* are supported"):
        network_of(saved(model, tmp_path))
    scaled = image().conv(4, 3).then("BatchNormalization", *np.ones((4, 4)), spatial=0)
    with pytest.raises(UsageError, match=r"\(BatchNormalization\) has spatial=0; it is mapped"):
        network_of(saved(scaled.model(opset=7), tmp_path))


@pytest.mark.flow
@pytest.mark.parametrize(
    ("name", "layers", "words", "weights", "pools"),
    # weights without biases and normalization, as they are counted in the papers' models
    [
        ("resnet50", 55, 1344, 25_502_912, [(3, 2, 1)]),
        ("vgg19", 24, 1792, 143_652_544, [(2, 2, 0)] * 5),
    ],
)
def test_files_of_an_exporter(
    name: str,
    layers: int,
    words: int,
    weights: int,
    pools: list[tuple[int, int, int]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Networks for 224×224 pixels that come with the package onnx; their weights are left out."""
    file = Path(onnx.__file__).parent / f"backend/test/data/light/light_{name}.onnx"
    if not file.exists():
        pytest.skip("this version of onnx comes without networks")
    network = network_of(file)
    assert network.wired[0].given == (224, 224, 3) and network.wired[-1].made == (1, 1, 1000)
    assert len(network.layers) == layers
    assert sum(rows * columns for rows, columns in (e.matrix for e in network.wired)) == weights
    found = [each for each in network.wired if isinstance(each.layer, Pooling)]
    assert [(each.kernel, each.stride, each.padding) for each in found] == pools
    status, _, message = run(capsys, "map", str(file))
    assert status == 2 and f"take {words} words of the input memory, most of all" in message
    mapped = told(capsys, str(file), "--words", str(words), "--images", "2")
    assert mapped["interval"] == 224 * 224
    _, text, _ = run(capsys, "map", str(file), "--words", str(words), "--images", "2")
    lines = [line.split() for line in text.splitlines()]
    begin = next(at for at, line in enumerate(lines) if line[:2] == ["layer", "makes"])
    # no figure is folded, though terminals here are narrow
    assert [line[:2] for line in lines[begin + 1 : begin + 1 + layers]] == [
        [each.name, str(each.made)] for each in network.wired
    ]


def test_names(tmp_path: Path) -> None:
    chain = image().conv(2, 3, 1).conv(2, 2, 1).conv(2, 2, 1).conv(2, 2, 1).conv(2, 2, 1)
    model = chain.model()
    names = ["/layer1/layer1.0/conv1/Conv", "same", "same", "", "long" * 20]
    for node, name in zip(model.graph.node, names, strict=True):
        node.name = name
    network = network_of(saved(model, tmp_path, "net.work.onnx"))
    assert [each.name for each in network.layers] == [
        "layer1/layer1.0/conv1",
        "same",
        "same_2",
        "t3_0",
        "long" * 10,
    ]
    assert network.name == "net.work"


def test_weights_behind_transpose_and_identity(tmp_path: Path) -> None:
    chain = image().then("Flatten")
    (turned,) = chain.node("Transpose", chain.constant(np.zeros((5, 192))), perm=[1, 0])
    (copied,) = chain.node("Identity", turned)
    (chain.tensor,) = chain.node("MatMul", chain.tensor, copied)
    layer = read(chain, tmp_path).wired[0]
    assert (layer.kernel, layer.made) == (8, (1, 1, 5))
