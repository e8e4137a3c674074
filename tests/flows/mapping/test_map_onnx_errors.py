"""ONNX graphs that are not mapped, or in part, and broken files."""

from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

import onnx
from support.cnn_graphs import Images, image, read
from support.command_line import run
from support.onnx_graphs import Chain, saved

from neuroloom.flows.importing.onnx_network import network_of
from neuroloom.flows.tools.errors import ToolMissing, UsageError


def with_residual(change: Callable[[Images], Any]) -> Callable[[], Chain]:
    def build() -> Chain:
        chain = image().rectified(4, 3, 1)
        skipped = chain.tensor
        chain.conv(4, 4, 1)
        change(chain)
        return chain.meet(skipped)

    return build


def taken_twice(operator: str, *constants: Any) -> Callable[[], Chain]:
    """Sums of a convolution that something else takes as they are."""

    def build() -> Chain:
        chain = image().conv(4, 3, 1)
        sums = chain.tensor
        chain.then("Identity").then(operator, *constants).conv(4, 4, 1)
        return chain.meet(sums)

    return build


def rectified_and_taken() -> Chain:
    chain = image().conv(4, 3, 1)
    sums = chain.tensor
    return chain.then("Relu").conv(4, 4, 1).meet(sums)


def two_layers_of_the_image() -> Chain:
    chain = image().conv(4, 3, 1)
    other, chain.tensor = chain.tensor, "x"
    return chain.conv(4, 3, 1).meet(other)


def sum_of_the_image() -> Chain:
    return image().conv(3, 3, 1).meet("x")


def two_residuals() -> Chain:
    chain = image().rectified(4, 3, 1)
    skipped = chain.tensor
    return chain.conv(4, 4, 1).meet(skipped).meet(skipped)


def weights_of_the_image() -> Chain:
    chain = image().then("Flatten")
    (chain.tensor,) = chain.node("MatMul", chain.tensor, chain.tensor)
    return chain


def weights_of_a_shape() -> Chain:
    chain = image()
    (sizes,) = chain.node("Identity", chain.constant([4, 3, 3, 3], np.int64))
    (chain.tensor,) = chain.node("Conv", "x", *chain.node("ConstantOfShape", sizes))
    return chain


REFUSED: dict[str, tuple[Callable[[], Chain], str]] = {
    "operator": (
        lambda: image().conv(4, 3).then("Sigmoid"),
        "node Sigmoid_1 (Sigmoid) is not supported: a graph of Add, AveragePool, BatchNorm",
    ),
    "groups": (
        lambda: image().then("Conv", np.zeros((3, 1, 3, 3)), group=3),
        "node Conv_0 (Conv) is a depthwise convolution: with group=3 a kernel sees 1 of 3 channels",
    ),
    "channels": (lambda: image().conv(4, 5), "kernels of 5 channels for an input of 3"),
    "kernel": (
        lambda: image().then("Conv", np.zeros((4, 3, 1, 3))),
        "has kernel_shape=[1, 3]; a square kernel is read",
    ),
    "kernel of a line": (
        lambda: image().then("Conv", np.zeros((4, 3, 3))),
        "node Conv_0 (Conv) moves over one axis, as over a sequence",
    ),
    "strides": (lambda: image().conv(4, 3, strides=[1, 2]), "has strides=[1, 2]; one stride"),
    "dilation": (lambda: image().conv(4, 3, dilations=[2, 2]), "dilations=[2, 2]; dense"),
    "padding": (lambda: image().conv(4, 3, pads=[1, 1, 0, 0]), "pads by [1, 1, 0, 0]; the same"),
    "automatic padding": (
        lambda: image().conv(4, 3, 2, auto_pad="SAME_UPPER"),
        "pads by [0, 1, 0, 1]; the same",
    ),
    "too much padding": (
        lambda: image().conv(4, 3, pads=[3] * 4),
        "padding=3 is not less than kernel=3",
    ),
    "negative padding": (
        lambda: image().conv(4, 3, pads=[-1] * 4),
        "node Conv_0 (Conv) makes no layer: padding: Input should be greater",
    ),
    "kernel beyond the map": (
        lambda: image().conv(4, 3, 9),
        "kernel=9 is more than the 8 pixels of its input 8×8×3",
    ),
    "stride": (lambda: image().conv(4, 3, strides=[0, 0]), "a kernel of 3 and a stride of 0"),
    "size": (lambda: image().conv(5000, 3, 1), "channels: Input should be less than or equal"),
    "padded maximum of what may be negative": (
        lambda: image().conv(4, 3).then("MaxPool", kernel_shape=[3, 3], pads=[1] * 4),
        "node MaxPool_1 (MaxPool) pads by 1 what may be negative; its input must be that of a Relu",
    ),
    "padding that is not averaged": (
        lambda: image().then("AveragePool", kernel_shape=[3, 3], pads=[1] * 4),
        "node AveragePool_0 (AveragePool) pads by 1 and leaves that out of its averages; count_inc",
    ),
    "padding of a pool as wide as it": (
        lambda: image().rectified(4, 3, 1).then("MaxPool", kernel_shape=[2, 2], pads=[2] * 4),
        "padding=2 is not less than kernel=2",
    ),
    "probabilities inside": (
        lambda: image().conv(4, 3).then("Softmax").conv(4, 4),
        "node Softmax_1 (Softmax) is mapped where the graph ends, and only there",
    ),
    "sum of three": (
        lambda: image().conv(4, 3).then("Sum", 1.0, 2.0),
        "(Sum) has 3 inputs; it takes 2",
    ),
    "kernels of a shape that is computed": (
        weights_of_a_shape,
        "where it needs weights that are constant",
    ),
    "pool beyond the edge": (
        lambda: image().then("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
        "has ceil_mode=1 and windows beyond the edge",
    ),
    "large pool": (
        lambda: image(3, 9, 9).then("MaxPool", kernel_shape=[8, 8]),
        "and a core takes 7 at most",
    ),
    "mean over channels": (
        lambda: image().then("ReduceMean", axes=[1]),
        "is not over height and width",
    ),
    "mean over all": (lambda: image().then("ReduceMean"), "is not over height and width"),
    "map into a matrix": (
        lambda: image().then("MatMul", np.zeros((8, 2))),
        "takes a feature map; put a Flatten",
    ),
    "oblong map into a matrix": (
        lambda: image(3, 8, 4).then("Flatten").then("Gemm", np.zeros((96, 2))),
        "takes all pixels of 8×4×3; it is mapped as a convolution, whose kernel is square",
    ),
    "large map into a matrix": (
        lambda: image(1, 16, 16).then("Flatten").then("Gemm", np.zeros((256, 2))),
        "and a core takes 15 at most",
    ),
    "matrix of another size": (
        lambda: image().then("Flatten").then("Gemm", np.zeros((9, 2))),
        "has weights for 9 inputs, not 192",
    ),
    "matrix of three axes": (
        lambda: image().then("Flatten").then("MatMul", np.zeros((1, 192, 2))),
        "has weights of shape [1, 192, 2]; a matrix is mapped",
    ),
    "transposed input": (
        lambda: image().then("Flatten").then("Gemm", np.zeros((192, 2)), transA=1),
        "(transA=1)",
    ),
    "weights that are none": (weights_of_the_image, "where it needs weights that are constant"),
    "flattened convolution": (
        lambda: image().then("Flatten").conv(4, 3),
        "takes what is flattened; it needs",
    ),
    "flattened channels": (
        lambda: image().then("Flatten", axis=2),
        "does more than flatten all axes behind",
    ),
    "normalized image": (
        lambda: image().norm(*np.ones((4, 3))),
        "normalizes what is no longer the sums",
    ),
    "normalized activation": (
        lambda: image().rectified(4, 3).norm(*np.ones((4, 4))),
        "BatchNormalization_3",
    ),
    "rectified image": (lambda: image().then("Relu"), "rectifies what is no longer the sums"),
    "shifted activation": (
        lambda: image().rectified(4, 3).then("Add", np.ones((4, 1, 1))),
        "adds a constant to what",
    ),
    "residual behind ReLU": (
        with_residual(lambda chain: chain.then("Relu")),
        "node Add_5 (Add) adds feature maps that are both complete; a residual is added",
    ),
    "residual of another size": (
        with_residual(lambda chain: chain.conv(4, 4)),
        "adds maps of 6×6×4 and 8×8×4; equal",
    ),
    "residual of the image": (sum_of_the_image, "adds what is no layer's output"),
    "two residuals": (two_residuals, "adds feature maps that are both complete"),
    "image taken twice": (two_layers_of_the_image, "takes the image, as another layer does"),
    "sums rectified and taken": (
        taken_twice("Relu"),
        "node Relu_2 (Relu) rectifies what is no longer the sums",
    ),
    "sums normalized and taken": (
        taken_twice("BatchNormalization", *np.ones((4, 4))),
        "(BatchNormalization) normalizes",
    ),
    "sums themselves rectified and taken": (
        rectified_and_taken,
        "node Relu_1 (Relu) rectifies the output of layer 'Conv_0', which other nodes take as it",
    ),
    "rectified average": (
        lambda: image().conv(4, 3).then("AveragePool", kernel_shape=[2, 2]).then("Relu"),
        "node Relu_2 (Relu) rectifies what is no longer the sums",
    ),
    "no layer": (lambda: image().then("Identity"), "has no layer: no Conv, Gemm, MatMul or pool"),
    "input that is no image": (
        lambda: Images([1, 8]).then("Gemm", np.zeros((8, 2))),
        "an image has three: channels",
    ),
    "image of many pixels": (
        lambda: image(1, 2000, 2).conv(1, 1, 1),
        "makes no network: height: Input should be less",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_mapped_is_said_in_one_sentence(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build, sentence = REFUSED[case]
    file = saved(build().model(), tmp_path)
    status, text, message = run(capsys, "map", str(file), "-o", str(tmp_path / "out"))
    assert (status, text) == (2, "")
    assert message.startswith(f"neuroloom: {file}") and message.count("\n") == 1
    assert sentence in message
    assert list(tmp_path.iterdir()) == [file]


def test_shapes_of_vectors(tmp_path: Path) -> None:
    """Reshape keeps the batch axis, however it is written."""
    for whole, taken in [
        ([1, -1], True),
        ([0, -1], True),
        ([-1, 192], True),
        ([1, 192], True),
        ([192], False),
        ([3, 64], False),
        ([-1, -1], False),
        ([1, 3, 64], False),
    ]:
        chain = image()
        (chain.tensor,) = chain.node("Reshape", "x", chain.constant(whole, np.int64))
        chain.then("MatMul", np.zeros((192, 2)))
        if taken:
            assert read(chain, tmp_path).wired[0].made == (1, 1, 2)
        else:
            with pytest.raises(UsageError, match="does more than flatten"):
                read(chain, tmp_path)


def test_several_outputs(tmp_path: Path) -> None:
    chain = image().conv(4, 3).conv(4, 4)
    model = chain.model([(chain.tensor, 1), ("t0_0", 1)])
    with pytest.raises(UsageError, match="has 2 outputs; one is supported"):
        network_of(saved(model, tmp_path))


@pytest.mark.parametrize("seed", range(8))
def test_corrupted_files_give_a_sentence(seed: int, tmp_path: Path) -> None:
    """Bytes changed or cut off: a network of some other shape, or one sentence."""
    rng = np.random.default_rng(seed)
    chain = image().rectified(4, 3).then("MaxPool", kernel_shape=[2, 2])
    whole = bytearray(chain.conv(2, 4).model().SerializeToString())
    file = tmp_path / "network.onnx"
    for _ in range(25):
        broken = bytearray(whole)
        for at in rng.integers(0, len(whole), int(rng.integers(1, 6))):
            broken[at] = rng.integers(256)
        file.write_bytes(broken[: int(rng.integers(1, len(whole) + 1))] if seed % 2 else broken)
        try:
            assert network_of(file).layers
        except UsageError as error:
            assert "\n" not in str(error), seed


def test_without_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = saved(image().conv(4, 3).model(), tmp_path)
    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "onnx" else found(name))
    with pytest.raises(ToolMissing, match=r"install it with: pip install 'neuroloom\[onnx\]'"):
        network_of(file)
    status, _, message = run(capsys, "map", str(file))
    assert status == 3 and message.count("\n") == 1


def test_a_graph_without_weights_in_the_file(tmp_path: Path) -> None:
    """Kernels that are an input of the graph have no shape that is known."""
    model = image().conv(4, 3).model()
    model.graph.initializer.pop()
    model.graph.input.append(onnx.helper.make_tensor_value_info("c0", 1, [4, 3, 3, 3]))
    with pytest.raises(UsageError, match=r"has 2 inputs \(x, c0\); one is supported"):
        network_of(saved(model, tmp_path))
