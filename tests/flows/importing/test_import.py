"""Networks from ONNX files give what the graphs give, ties included."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the package onnx is not installed")

from support.command_line import run
from support.onnx_graphs import FINN, Chain, saved, values

from neuroloom.flows.importing.import_network import Imported, import_network
from neuroloom.flows.networks.binarized import fold
from neuroloom.flows.networks.folding import network_spec
from neuroloom.flows.networks.stages import Dense
from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.training.binarized import train
from neuroloom.flows.training.datasets import load_digits, thermometer
from neuroloom.flows.verify import replay
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.ports import Integers
from neuroloom.golden.streams.width_adapter import to_frames, to_tokens
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec

BIPOLAR = {"out_scale": 2.0, "out_bias": -1.0}


def results(spec: BnnNetworkSpec | BnnConvNetworkSpec, bits: Any) -> Integers:
    """What the golden model gives for bits (batch, N): (batch, M), or (batch,) for a class."""
    assert isinstance(spec, BnnNetworkSpec)
    tokens = to_tokens(np.asarray(bits, np.int64), spec.layers[0].simd)
    given = spec.model().run({"activations": {"bits": tokens}})["result"]
    last = spec.layers[-1]
    if last.output is LayerOutput.CLASS:
        return np.asarray(given["index"])
    field = "bits" if last.output is LayerOutput.BITS else "matches"
    return to_frames(np.asarray(given[field]), last.neurons)


def random_bits(generator: np.random.Generator, inputs: int) -> Integers:
    return generator.integers(0, 2, (100, inputs))


def signs(generator: np.random.Generator, *shape: int) -> Any:
    return generator.choice([-1.0, 1.0], shape)


def read(chain: Chain, folder: Path, **options: Any) -> tuple[Imported, Any]:
    model = chain.model()
    return import_network(saved(model, folder), **options), model


@pytest.mark.parametrize("domain", ["qonnx.custom_op.general", FINN])
@pytest.mark.parametrize("seed", range(3))
def test_batch_norm_and_bipolar_quantizers_ties_included(
    seed: int, domain: str, tmp_path: Path
) -> None:
    generator = np.random.default_rng(seed)
    sizes = (12, 31, 17, 5)
    chain = Chain(["batch", 12])
    for inputs, neurons in ((12, 31), (31, 17)):
        # numbers of few bits, so that single precision is exact and values are often 0
        gamma = generator.integers(-2, 3, neurons) / 2
        assert {np.sign(each) for each in gamma} == {-1, 0, 1}
        chain.dense(generator.normal(size=(inputs, neurons)), 0.25)
        chain.norm(
            gamma,
            generator.integers(-2, 3, neurons) / 2,
            generator.integers(-8, 9, neurons) / 8,
            4.0 ** generator.integers(-1, 2, neurons),
        )
        before = chain.tensor
        chain.then("BipolarQuant", 0.5, domain=domain)
    chain.dense(generator.normal(size=(17, 5)), 2.0)
    imported, model = read(chain, tmp_path)
    bits = random_bits(generator, 12)
    scores = values(model, 2 * bits - 1)
    # a score is 2 · 0.5 · (2·p - 17)
    assert np.array_equal(scores, 2 * results(imported.spec, bits) - 17), f"seed {seed}"
    assert [layer.inputs for layer in imported.spec.layers] == list(sizes[:-1])
    model.graph.output[0].name = before
    assert (values(model, 2 * bits - 1) == 0).any()
    assert imported.network.notes[-1].endswith("is 2·p -17")


def test_batch_norm_and_sign(tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    chain = Chain([1, 20])
    gamma = generator.choice([-1.5, 0.5], 9)
    # means between two sums: sign never meets 0
    chain.then("MatMul", signs(generator, 20, 9))
    chain.norm(gamma, np.zeros(9), generator.integers(-4, 5, 9) * 2 + 1.0, np.ones(9))
    chain.then("Sign")
    imported, model = read(chain, tmp_path)
    bits = random_bits(generator, 20)
    assert imported.network.result is LayerOutput.BITS
    given = values(model, 2 * bits - 1)
    assert set(given.ravel()) == {-1, 1}
    assert np.array_equal(given == 1, results(imported.spec, bits))
    assert "bit 1 is the graph's 1, bit 0 its -1" in imported.network.notes[-1]


def test_gemm_with_its_attributes(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    chain = Chain([1, 16])
    bias = generator.integers(-5, 6, 8) * 1.0
    chain.then("Gemm", signs(generator, 8, 16), bias, transB=1, alpha=0.5, beta=2.0)
    chain.then("BipolarQuant", 1.0)
    chain.then("Gemm", signs(generator, 8, 3), alpha=-3.0)
    imported, model = read(chain, tmp_path)
    bits = random_bits(generator, 16)
    assert np.array_equal(values(model, 2 * bits - 1), 6 * results(imported.spec, bits) - 24)
    assert imported.network.notes[-1].endswith(
        "each score is given as p, 0 to 8; the graph's is 6·p -24"
    )


@pytest.mark.parametrize("channels", [1, 7])
@pytest.mark.parametrize("levels", [BIPOLAR, {}, {"out_scale": -0.5, "out_bias": 3.0}])
def test_multi_threshold(levels: dict[str, float], channels: int, tmp_path: Path) -> None:
    """Of bipolar, 0/1 and other outputs, what the next layer sees folds into its thresholds."""
    generator = np.random.default_rng(6)
    chain = Chain([1, 10])
    chain.then("MatMul", signs(generator, 10, 7))
    chain.then("MultiThreshold", generator.integers(-2, 3, (channels, 1)) * 2.0, **levels)
    chain.then("MatMul", signs(generator, 7, 6))
    chain.then("MultiThreshold", generator.integers(-2, 3, (6, 1)), **levels)
    imported, model = read(chain, tmp_path)
    bits = random_bits(generator, 10)
    given = values(model, 2 * bits - 1)
    low, high = sorted({levels.get("out_bias", 0.0), sum(levels.values()) if levels else 1.0})
    assert set(given.ravel()) == {low, high}
    assert np.array_equal(given == high, results(imported.spec, bits))


@pytest.mark.parametrize(
    ("zero", "attributes", "levels"),
    [
        (0.0, {"signed": 1}, (-1.5, 1.5)),
        (1.0, {"signed": 1}, (-3, 0)),
        (0.0, {"signed": 0, "rounding_mode": "ROUND"}, (0, 1.5)),
        (0.0, {"signed": 0, "rounding_mode": "CEIL"}, (0, 1.5)),
        (0.75, {"signed": 0, "rounding_mode": "FLOOR", "narrow": 0}, (-1.125, 0.375)),
    ],
)
def test_quantizers_of_one_bit(
    zero: float, attributes: dict[str, Any], levels: tuple[float, float], tmp_path: Path
) -> None:
    generator = np.random.default_rng(7)
    chain = Chain([1, 10])
    weights = [chain.constant(each) for each in (generator.normal(size=(10, 8)), 0.25, 0.0, 1.0)]
    (chain.tensor,) = chain.node("MatMul", chain.tensor, *chain.node("Quant", *weights, signed=1))
    chain.then("Quant", 1.5, zero, 1.0, **attributes)
    bits = random_bits(generator, 10)
    imported, model = read(chain, tmp_path)
    given = values(model, 2 * bits - 1)
    assert tuple(np.unique(given)) == levels
    assert np.array_equal(given == levels[1], results(imported.spec, bits))
    # thresholds that sums of the next layer meet
    chain.then("MatMul", signs(generator, 8, 8))
    sums = values(chain.model(), 2 * bits - 1)
    chain.then("MultiThreshold", np.median(sums[:99], axis=0)[:, np.newaxis])
    imported, model = read(chain, tmp_path)
    given = values(model, 2 * bits - 1)
    assert tuple(np.unique(given)) == (0, 1)
    assert np.array_equal(given, results(imported.spec, bits))


@pytest.mark.parametrize("operator", ["ArgMax", "TopK"])
def test_class_of_the_graph_ties_included(operator: str, tmp_path: Path) -> None:
    generator = np.random.default_rng(8)
    chain = Chain(["n", 6])
    chain.dense(generator.normal(size=(6, 8)), generator.choice([0.5, 2.0], (1, 8)))
    chain.then("BipolarQuant", 0.25).dense(generator.normal(size=(8, 5)))
    # one negative scale for all classes: the most matches of the complement
    chain.then("Mul", [-0.5]).then("Add", 3.0)
    scores = chain.tensor
    if operator == "ArgMax":
        names = chain.node("ArgMax", scores, axis=1, keepdims=0)
    else:
        count = chain.constant([1], np.int64)
        names = chain.node("TopK", scores, count, outputs=2)[::-1]
    model = chain.model([(names[0], 7)])
    bits = random_bits(generator, 6)
    imported = import_network(saved(model, tmp_path))
    given = values(model, 2 * bits - 1).ravel()
    assert np.array_equal(given, results(imported.spec, bits))
    in_order = np.sort(values(chain.model([(scores, 1)]), 2 * bits - 1), axis=1)
    assert (in_order[:, -1] == in_order[:, -2]).any()
    # the same graph for its scores, and its scores for their class
    imported = import_network(saved(model, tmp_path), result=LayerOutput.SCORES)
    assert np.array_equal(results(imported.spec, bits).argmax(axis=1), given)
    scored = saved(chain.model([(scores, 1)]), tmp_path)
    assert import_network(scored).network.result is LayerOutput.SCORES
    chosen = import_network(scored, result=LayerOutput.CLASS)
    assert np.array_equal(results(chosen.spec, bits), given)


def test_float_input_is_its_bits(tmp_path: Path) -> None:
    """A quantizer behind 2·x - 1, as exporters put it in front of a network."""
    generator = np.random.default_rng(9)
    chain = Chain([1, 1, 3, 4])
    chain.then("Flatten").then("Mul", 2.0).then("Sub", 1.0).then("BipolarQuant", 1.0)
    chain.dense(generator.normal(size=(12, 6))).then("BipolarQuant", 1.0)
    imported, model = read(chain, tmp_path)
    images = generator.integers(0, 17, (100, 1, 3, 4)) / 16
    given = results(imported.spec, (images >= 0.5).reshape(100, -1))
    assert np.array_equal(values(model, images) == 1, given)
    assert imported.network.notes[0] == (
        "input: bit i is 1 where element i of 'x', row by row, gives the upper value of node "
        "BipolarQuant_3 (BipolarQuant)"
    )
    assert imported.network.layers[0].nodes == (
        "Flatten_0",
        "Mul_1",
        "Sub_2",
        "BipolarQuant_3",
        "MatMul_5",
        "BipolarQuant_6",
    )


def test_binary_input(tmp_path: Path) -> None:
    generator = np.random.default_rng(10)
    chain = Chain([1, 9])
    chain.dense(generator.normal(size=(9, 6))).then("BipolarQuant", 1.0)
    imported, model = read(chain, tmp_path, levels=(0, 1))
    bits = random_bits(generator, 9)
    assert np.array_equal(values(model, bits) == 1, results(imported.spec, bits))
    bipolar, _ = read(chain, tmp_path)
    assert not np.array_equal(values(model, bits) == 1, results(bipolar.spec, bits))


def test_affine_operators_shapes_and_constants_computed_in_the_graph(tmp_path: Path) -> None:
    """Scales of either sign between layers, images turned, weights turned and cut to shape."""
    generator = np.random.default_rng(11)
    chain = Chain([1, 2, 3, 4])
    chain.then("Transpose", perm=[0, 2, 3, 1])
    shape = chain.constant([1, -1], np.int64)
    (chain.tensor,) = chain.node("Reshape", chain.tensor, shape)
    turned = chain.node("Transpose", chain.constant(generator.normal(size=(7, 24))), perm=[1, 0])
    quantized = chain.node("BipolarQuant", *turned, chain.constant(0.5))
    (chain.tensor,) = chain.node("MatMul", chain.tensor, *quantized)
    chain.then("Div", generator.choice([-2.0, 4.0], (1, 7))).then("Identity")
    (chain.tensor,) = chain.node("Sub", chain.constant([0.5] * 7), chain.tensor)
    chain.then("BipolarQuant", 1.0).then("BipolarQuant", 1.0)
    chain.then("Mul", generator.choice([-1.0, 1.0], 7)).then("Add", generator.integers(-2, 3, 7))
    scaled = chain.node("Mul", chain.constant(signs(generator, 7, 5)), chain.constant(-2.0))
    (chain.tensor,) = chain.node("MatMul", chain.tensor, *scaled)
    chain.then("BipolarQuant", 1.0)
    imported, model = read(chain, tmp_path)
    bits = random_bits(generator, 24)
    images = (2 * bits - 1).reshape(-1, 2, 3, 4)
    assert np.array_equal(values(model, images) == 1, results(imported.spec, bits))
    assert imported.network.layers[1].nodes == (
        "BipolarQuant_9",
        "Mul_10",
        "Add_11",
        "MatMul_13",
        "BipolarQuant_14",
    )


def moved(chain: Chain) -> Chain:
    """Six elements in another order."""
    (chain.tensor,) = chain.node("Reshape", chain.tensor, chain.constant([1, 2, 3], np.int64))
    return chain.then("Transpose", perm=[0, 2, 1]).then("Flatten")


def test_neurons_moved_before_and_behind_their_quantizer(tmp_path: Path) -> None:
    generator = np.random.default_rng(13)
    chain = moved(Chain([1, 8]).dense(generator.normal(size=(8, 6))))
    chain.then("Add", [-4.0, -2.0, 0.0, 2.0, 4.0, 6.0]).then("BipolarQuant", 1.0)
    moved(chain.then("Mul", [1.0, 1.0, -1.0, 1.0, -1.0, -1.0]))
    moved(chain.dense(generator.normal(size=(6, 6))))
    bits = random_bits(generator, 8)
    imported, model = read(chain, tmp_path)
    assert np.array_equal(values(model, 2 * bits - 1), 2 * results(imported.spec, bits) - 6)
    moved(chain.then("BipolarQuant", 1.0))
    imported, model = read(chain, tmp_path)
    assert np.array_equal(values(model, 2 * bits - 1) == 1, results(imported.spec, bits))


def test_scales_that_are_no_binary_fractions_keep_ties(tmp_path: Path) -> None:
    """The sum of 0 or 0.1 times ±0.3 is 0 where as many count for it as against it."""
    generator = np.random.default_rng(14)
    weights = np.where(np.arange(101)[:, np.newaxis] < np.arange(41, 61), 1, -1)
    chain = Chain([1, 101], np.float64).then("MultiThreshold", [[0.5]], out_scale=0.1)
    chain.dense(weights, 0.3).then("BipolarQuant", 1.0)
    imported, _ = read(chain, tmp_path)
    bits = random_bits(generator, 101)
    sums = bits @ weights
    assert (sums == 0).any()
    assert np.array_equal(sums >= 0, results(imported.spec, bits))


@pytest.mark.parametrize("seed", range(3))
def test_real_parameters_in_single_precision(seed: int, tmp_path: Path) -> None:
    """No tie then: the graph in single precision gives the same as thresholds from double."""
    generator = np.random.default_rng(seed)
    chain = Chain([1, 40])
    for inputs, neurons in ((40, 30), (30, 20)):
        chain.dense(generator.normal(size=(inputs, neurons)), generator.uniform(0.01, 1, neurons))
        chain.norm(
            generator.normal(size=neurons),
            generator.normal(size=neurons),
            generator.normal(size=neurons),
            generator.uniform(0.5, 2, neurons),
            epsilon=1e-5,
        )
        chain.then("BipolarQuant", 0.3)
    imported, model = read(chain, tmp_path)
    bits = random_bits(generator, 40)
    given = results(imported.spec, bits)
    assert np.array_equal(values(model, 2 * bits - 1) > 0, given), f"seed {seed}"


def test_cycles_of_an_image(tmp_path: Path) -> None:
    chain = Chain([1, 64]).dense(np.ones((64, 32))).then("BipolarQuant", 1.0)
    for cycles in (16, 64, 256):
        imported, _ = read(chain, tmp_path, cycles=cycles)
        assert imported.spec.contract.interval == cycles


def digits_model(network: Any, inputs: int) -> Any:
    """A trained network as exporters write it, in double precision like the training."""
    chain = Chain(["batch", 1, 8, 8 * inputs // 64], np.float64).then("Flatten")
    for weights, norm in zip(network.weights, network.norms, strict=False):
        chain.dense(weights.T)
        chain.norm(norm.gamma, norm.beta, norm.mean, norm.deviation**2)
        chain.then("BipolarQuant", 1.0)
    chain.dense(network.weights[-1].T)
    (chain.tensor,) = chain.node("ArgMax", chain.tensor, axis=-1, keepdims=0)
    return chain.model([(chain.tensor, 7)])


def test_trained_digits_come_back_as_they_were_folded(tmp_path: Path) -> None:
    levels = (3, 7, 11)
    split = load_digits()
    bits = thermometer(split.train_images, levels)
    network = train(bits, split.train_labels, [Dense(24), Dense(16)], epochs=4)
    model = digits_model(network, bits.shape[1])
    spec = import_network(saved(model, tmp_path)).spec
    tested = thermometer(split.test_images, levels)
    images = (2.0 * tested - 1).reshape(len(tested), 1, 8, -1)
    classes = results(spec, tested)
    assert np.array_equal(values(model, images).ravel(), classes)
    assert (classes == split.test_labels).mean() > 0.7
    assert spec == network_spec(fold(network))


def test_imported_network_in_rtl(tmp_path: Path) -> None:
    generator = np.random.default_rng(12)
    chain = Chain([1, 12]).dense(generator.normal(size=(12, 8)))
    chain.norm(generator.choice([-1.0, 1.0], 8), *generator.integers(1, 3, (3, 8)))
    chain.then("MultiThreshold", [[0.0]]).then("MatMul", signs(generator, 8, 5))
    chain.then("BipolarQuant", 1.0).dense(generator.normal(size=(5, 3)))
    (chain.tensor,) = chain.node("ArgMax", chain.tensor, axis=1)
    model = chain.model([(chain.tensor, 7)])
    spec = import_network(saved(model, tmp_path), cycles=12).spec
    bits = random_bits(generator, 12)
    assert np.array_equal(values(model, 2 * bits - 1).ravel(), results(spec, bits))
    tokens = {"activations": {"bits": to_tokens(bits, spec.layers[0].simd)}}
    assert replay(spec, tokens, SimulatorName.AMARANTH).passed


def test_values_of_the_input_matter_where_the_graph_makes_no_bits_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(3)
    quantized = Chain(["batch", 9]).then("BipolarQuant", 1.0).dense(generator.normal(size=(9, 6)))
    plain = Chain(["batch", 9]).dense(generator.normal(size=(9, 6)))
    network = str(tmp_path / "network.toml")
    for chain, expected in (
        (
            quantized,
            [
                "--input does nothing: the graph makes bits of its input, and the network is "
                "the same"
            ],
        ),
        (plain, []),
    ):
        file = str(saved(chain.then("BipolarQuant", 1.0).model(), tmp_path))
        words = ["import", file, "-o", network, "--input", "binary"]
        status, text, error = run(capsys, *words, "--json")
        assert (status, json.loads(text)["warnings"]) == (0, expected)
        assert [f"warning: {each}" for each in expected] == error.splitlines()
        assert json.loads(run(capsys, *words[:-2], "--json")[1])["warnings"] == []
