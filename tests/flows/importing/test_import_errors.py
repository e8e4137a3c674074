"""What cannot be imported is said in one sentence; the command line and what it leaves behind."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

import onnx
from support.onnx_graphs import PLUS, Chain, dense, saved

from neuroloom.flows.importing.import_network import import_network
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.bnn.layer_options import LayerOutput


def bits() -> Chain:
    return dense().then("BipolarQuant", 1.0)


def joined(operator: str) -> Chain:
    """Two branches of a graph that meet again."""
    chain = bits()
    (other,) = chain.node("Identity", chain.tensor)
    (chain.tensor,) = chain.node(operator, chain.tensor, other)
    return chain


def squared() -> Chain:
    chain = bits()
    (chain.tensor,) = chain.node("Mul", chain.tensor, chain.tensor)
    return chain


def swapped(operator: str, constant: Any, chain: Chain | None = None, **attributes: Any) -> Chain:
    """The network's tensor as the second operand."""
    chain = chain or dense()
    (chain.tensor,) = chain.node(operator, chain.constant(constant), chain.tensor, **attributes)
    return chain


def top(k: int, **attributes: Any) -> Chain:
    chain = dense()
    count = chain.constant([k], np.int64)
    _, chain.tensor = chain.node("TopK", chain.tensor, count, outputs=2, **attributes)
    return chain


def shaped(*shape: int) -> Chain:
    chain = dense()
    (chain.tensor,) = chain.node("Reshape", chain.tensor, chain.constant(shape, np.int64))
    return chain


def weights_from(operator: str, value: Any, *constants: Any, **attributes: Any) -> Chain:
    chain = Chain([1, 6])
    inputs = [chain.constant(each) for each in (value, *constants)]
    made = chain.node(operator, *inputs, **attributes)
    (chain.tensor,) = chain.node("MatMul", chain.tensor, *made)
    return chain


def unscaled(factor: Any) -> Chain:
    """Activations of several scales."""
    return bits().then("Mul", factor).then("MatMul", np.ones((4, 2)))


REFUSED: dict[str, tuple[Callable[[], Chain], str]] = {
    "operator": (
        lambda: dense().then("Relu"),
        "node Relu_2 (Relu) is not supported: a graph of Add",
    ),
    "domain": (
        lambda: dense().then("BipolarQuant", 1.0, domain="elsewhere"),
        "(elsewhere.BipolarQuant) is not supported",
    ),
    "operator of weights": (
        lambda: weights_from("Relu", PLUS),
        "node Relu_0 (Relu) is not supported",
    ),
    "real weights": (
        lambda: Chain([1, 6]).then("MatMul", np.arange(24).reshape(6, 4) + 1.0),
        "node MatMul_0 (MatMul) has weights that are not -a and +a .* by a BipolarQuant",
    ),
    "weights of 0": (
        lambda: Chain([1, 6]).then("MatMul", np.zeros((6, 4))),
        "weights that are not -a and +a",
    ),
    "sign of a weight of 0": (
        lambda: weights_from("Sign", PLUS - 1),
        "node Sign_0 (Sign) meets exactly 0 .* BipolarQuant",
    ),
    "several bits": (
        lambda: weights_from("Quant", PLUS, 1.0, 0.0, 2.0, signed=1),
        "(Quant) is not of 1 bit",
    ),
    "infinite weights": (
        lambda: weights_from("Div", PLUS, 0.0),
        "node Div_0 (Div) gives values that are not finite",
    ),
    "weights of another size": (
        lambda: Chain([1, 6]).then("MatMul", np.ones((5, 4))),
        "has weights of shape [5, 4] for 6 inputs",
    ),
    "no neuron": (
        lambda: Chain([1, 6]).then("MatMul", np.ones((6, 0))),
        "has 6 inputs and 0 neurons",
    ),
    "image": (
        lambda: Chain([1, 2, 6]).dense(PLUS),
        "sees a tensor of shape [1, 2, 6]; .* a Flatten",
    ),
    "weights first": (
        lambda: swapped("MatMul", PLUS, Chain([1, 6])),
        "second operand; put it first",
    ),
    "layers without quantizer": (
        lambda: dense().then("MatMul", np.ones((4, 2))),
        "takes sums of neurons; put a BipolarQuant",
    ),
    "transposed input": (
        lambda: Chain([1, 6]).then("Gemm", PLUS, np.zeros(4), transA=1),
        "(transA=1)",
    ),
    "bias of another size": (
        lambda: Chain([1, 6]).then("Gemm", PLUS, np.zeros(3)),
        "shapes do not go together: [1, 4], [3]",
    ),
    "sign of 0": (
        lambda: dense().then("Sign"),
        "node Sign_2 (Sign) meets exactly 0 and gives 0 there",
    ),
    "several thresholds": (
        lambda: dense().then("MultiThreshold", np.ones((4, 3))),
        "has thresholds of shape [4, 3]; [channels, 1] is imported",
    ),
    "attribute that is no number": (
        lambda: dense().then("MultiThreshold", np.ones((4, 1)), out_scale="two"),
        "has out_scale='two'; it must be a number",
    ),
    "scale of 0": (lambda: dense().then("BipolarQuant", 0.0), "gives the same value for both bits"),
    "missing scale": (lambda: dense().then("BipolarQuant"), "has 1 inputs; it takes 2"),
    "divided by 0": (
        lambda: dense().then("Quant", 0.0, 0.0, 1.0, signed=1),
        "divides by a scale of 0",
    ),
    "rounding": (
        lambda: dense().then("Quant", 1.0, 0.0, 1.0, signed=0, rounding_mode="UP"),
        "is unsigned with rounding_mode=UP and narrow=0; ROUND, CEIL or FLOOR",
    ),
    "quantizer of a constant by the network": (
        lambda: swapped("BipolarQuant", 1.0),
        "has the network's tensor where it takes constants",
    ),
    "divided by the network": (
        lambda: swapped("Div", 1.0),
        "has the network's tensor where it takes constants",
    ),
    "training": (
        lambda: dense().then("BatchNormalization", *np.ones((4, 4)), training_mode=1),
        "is in training mode",
    ),
    "negative variance": (
        lambda: dense().norm(*np.ones((3, 4)), -np.ones(4)),
        "gives values that are not finite",
    ),
    "constants of another size": (
        lambda: dense().then("Add", np.ones(3)),
        "shapes do not go together: [1, 4], [3]",
    ),
    "constants over the batch": (
        lambda: dense().then("Add", np.ones((7, 4))),
        "must be per tensor or per channel",
    ),
    "activations of several scales": (
        lambda: unscaled([1.0, 2.0, 1.0, 1.0]),
        "sees inputs of different scales, or of 0",
    ),
    "activations of scale 0": (lambda: unscaled(0.0), "sees inputs of different scales, or of 0"),
    "branches": (
        lambda: joined("Add"),
        "goes to node Identity_3 (Identity), node Add_4 (Add); a chain",
    ),
    "the same twice": (lambda: squared(), "takes 't2_0' where it needs a constant"),
    "batch turned": (lambda: dense().then("Transpose"), "the first axis, that of the batch"),
    "batch of as many as neurons": (
        lambda: dense(4, 6).then("Transpose"),
        "turns shape [4, 4] into [4, 4]; the first axis",
    ),
    "classes that rounding makes unequal": (
        lambda: (
            Chain([1, 8])
            .dense(np.ones((8, 2)), 0.5)
            .then("Add", [2.0**53, 0.0])
            .then("Sub", [2.0**53, 0.0])
        ),
        "node Add_2 (Add) scales or shifts the scores of classes differently",
    ),
    "batch flattened": (lambda: shaped(-1), "turns shape [1, 4] into [4]; the first axis"),
    "impossible shape": (lambda: shaped(1, 5), "cannot turn shape [1, 4] into [1, 5]"),
    "copied axis": (lambda: shaped(1, 4, 0), "copies an axis"),
    "impossible permutation": (
        lambda: dense().then("Transpose", perm=[0, 2]),
        "permutes axes [0, 2] of a tensor",
    ),
    "bias a class": (
        lambda: dense().then("Add", [0.0, 1.0, 0.0, 0.0]),
        "node Add_2 (Add) scales or shifts the scores of classes differently, .* end the graph",
    ),
    "scale a class": (
        lambda: Chain([1, 6]).dense(PLUS, [1.0, 2.0, 1.0, 1.0]).then("Mul", 2.0),
        "node MatMul_1 (MatMul) scales or shifts the scores .* weights of one scale",
    ),
    "scores of inputs 0 and 1": (
        lambda: dense().then("MultiThreshold", [[0.0]]).then("MatMul", np.tri(4) * 2 - 1),
        "node MatMul_3 (MatMul) scales or shifts the scores .* give it inputs of -1 and +1",
    ),
    "scores scaled by 0": (lambda: dense().then("Mul", 0.0), "(Mul) scales or shifts the scores"),
    "inverted bits": (lambda: bits().then("Mul", -1.0), "bits are inverted or scaled by 0"),
    "no layer": (lambda: Chain([1, 6]).then("BipolarQuant", 1.0), "has no layer"),
    "class of bits": (
        lambda: bits().then("ArgMax", axis=1),
        "node ArgMax_3 (ArgMax) must take the scores",
    ),
    "class of the batch": (lambda: dense().then("ArgMax", axis=0), "must choose among the classes"),
    "last of equals": (
        lambda: dense().then("ArgMax", axis=1, select_last_index=1),
        "the highest index win a tie",
    ),
    "two classes": (lambda: top(2), "must give the one greatest score"),
    "least score": (lambda: top(1, largest=0), "must give the one greatest score"),
    "behind the class": (
        lambda: dense().then("ArgMax", axis=1).then("Neg"),
        "node Neg_3 (Neg) follows the class",
    ),
    "open size": (lambda: Chain(["batch", "size"]).dense(PLUS), "shape [0, 0], 0 being open"),
    "no batch": (lambda: Chain([6]).dense(PLUS), "it needs a batch axis"),
    "constant that is not finite": (
        lambda: dense().then("Add", np.nan),
        "constant 'c2' has values that are not finite",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_imported_is_said_in_one_sentence(case: str, tmp_path: Path) -> None:
    build, sentence = REFUSED[case]
    file = saved(build().model(), tmp_path)
    with pytest.raises(UsageError) as refused:
        import_network(file)
    text = str(refused.value)
    pattern = ".*".join(re.escape(part) for part in sentence.split(" .* "))
    assert re.search(pattern, text), text
    assert text.startswith(str(file)) and "\n" not in text


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the model .*none\.onnx: No such file"):
        import_network(tmp_path / "none.onnx")
    with pytest.raises(UsageError, match=r"cannot read the model .*: Is a directory"):
        import_network(tmp_path)
    whole = saved(dense().model(), tmp_path).read_bytes()
    file = tmp_path / "broken.onnx"
    for content in (b"", b"text, not a model", whole[:-7], whole[3:]):
        file.write_bytes(content)
        with pytest.raises(UsageError, match=r"broken\.onnx is not a valid ONNX model: ."):
            import_network(file)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_end_in_one_sentence(seed: int, tmp_path: Path) -> None:
    generator = np.random.default_rng(seed)
    chain = dense().norm(*np.ones((4, 4))).then("BipolarQuant", 1.0).dense(np.ones((4, 2)))
    content = bytearray(saved(chain.model(), tmp_path).read_bytes())
    for place in generator.integers(0, len(content), 3):
        content[place] ^= 1 << int(generator.integers(8))
    file = tmp_path / "damaged.onnx"
    file.write_bytes(content)
    try:
        spec = import_network(file).spec
    except UsageError as error:
        assert str(file) in str(error) and "\n" not in str(error), f"seed {seed}"
    else:
        assert spec.layers[0].inputs == 6, f"seed {seed}"


@pytest.mark.parametrize("opset", [9, onnx.defs.onnx_opset_version() + 1])
def test_operator_sets(opset: int, tmp_path: Path) -> None:
    model = dense().model()
    model.opset_import[0].version = opset
    with pytest.raises(UsageError, match=f"uses operator set {opset}; sets 10 to .* export the"):
        import_network(saved(model, tmp_path))
    model.opset_import[0].version = 10
    assert import_network(saved(model, tmp_path)).spec.layers[0].neurons == 4


@pytest.mark.parametrize(
    "content",
    [
        {"data_type": onnx.TensorProto.STRING, "string_data": [b"one"]},
        {"data_type": 65, "raw_data": b"four"},
    ],
)
def test_constants_that_are_no_numbers(content: dict[str, Any], tmp_path: Path) -> None:
    chain = dense().then("Add", 1.0)
    chain.tensors[-1] = onnx.TensorProto(name="c2", dims=[1], **content)
    with pytest.raises(UsageError, match="constant 'c2' does not hold numbers"):
        import_network(saved(chain.model(), tmp_path))


def test_inputs_and_outputs(tmp_path: Path) -> None:
    model = dense().model()
    model.graph.input.append(onnx.helper.make_tensor_value_info("c1", 1, []))
    assert import_network(saved(model, tmp_path)).spec.layers[0].neurons == 4  # it has a value
    model.graph.input.append(onnx.helper.make_tensor_value_info("mask", 1, [1]))
    with pytest.raises(UsageError, match=r"has 2 inputs \(x, mask\); one is supported"):
        import_network(saved(model, tmp_path))
    chain = bits()
    both = chain.model([(chain.tensor, 1), ("t1_0", 1)])
    with pytest.raises(UsageError, match=r"'t1_0' goes to node BipolarQuant_2 .* and is an output"):
        import_network(saved(both, tmp_path))
    weights = chain.model([(chain.tensor, 1), ("t0_0", 1)])
    with pytest.raises(UsageError, match="has a further output 't0_0'"):
        import_network(saved(weights, tmp_path))


def test_results_that_a_graph_does_not_give(tmp_path: Path) -> None:
    file = saved(bits().model(), tmp_path)
    for result in (LayerOutput.CLASS, LayerOutput.SCORES):
        with pytest.raises(UsageError, match=f"ends in bits, not {result}; possible results: bits"):
            import_network(file, result=result)
    with pytest.raises(UsageError, match=r"ends in scores, not bits; .*: class, scores"):
        import_network(saved(dense().model(), tmp_path), result=LayerOutput.BITS)


def test_more_layers_than_a_network_has(tmp_path: Path) -> None:
    chain = Chain([1, 4])
    for _ in range(17):
        chain.dense(np.ones((4, 4))).then("BipolarQuant", 1.0)
    with pytest.raises(UsageError, match="makes no network: Tuple should have at most 16"):
        import_network(saved(chain.model(), tmp_path))
