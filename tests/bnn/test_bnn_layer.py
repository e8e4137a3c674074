"""The macro ``bnn_layer``."""

import time
from itertools import product
from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_model import count_matches
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.ports import Tokens, Traffic

MACRO = macros()["bnn_layer"]

# three neurons of five inputs, two by two at once; the vectors, from input 0 on, are 10011 and
# 00000, and what their tokens hold behind the last input is ignored
SHAPE: dict[str, Any] = {"inputs": 5, "neurons": 3, "pe": 2, "simd": 2}
WEIGHTS = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
VECTORS = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [0, 0], [0, 1]])
# 10011 agrees with 10110 in inputs 0, 1 and 3; it has two zeros and three ones
SCORES = [[3, 2], [3, 0], [2, 5], [0, 0]]
# the parameters as tokens, by hand: folds of neurons 0 and 1, then of neuron 2; ones for padding
WEIGHT_TOKENS = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
THRESHOLD_TOKENS = [[3, 3], [4, 0]]
FIXED = {"parameters": "fixed", "weights": ("0d", "00", "1f")}


def bits(rows: Any) -> dict[str, np.ndarray]:
    return {"bits": np.array(rows, np.int64)}


def results(spec: BnnLayerSpec, *runs: Traffic) -> dict[str, Any]:
    """Tokens of ``result`` in the last of these runs of one model."""
    model = spec.model()
    *_, last = [model.run(traffic)["result"] for traffic in runs]
    return {name: column.tolist() for name, column in last.items()}


@pytest.mark.parametrize("source", ParameterSource)
def test_every_output_by_hand(source: ParameterSource) -> None:
    """Ties go to the first neuron; ``p >= threshold`` with thresholds 3, 3 and 4."""
    expected: dict[LayerOutput, dict[str, Any]] = {
        LayerOutput.SCORES: {"matches": SCORES},
        LayerOutput.CLASS: {"index": [0, 1], "matches": [3, 5]},
        LayerOutput.BITS: {"bits": [[1, 0], [0, 0], [0, 1], [0, 0]]},
    }
    for output, result in expected.items():
        fields = {**SHAPE, "parameters": source, "output": output}
        vectors: Traffic = {"activations": bits(VECTORS)}
        loads: dict[str, Tokens] = {"weights": bits(WEIGHT_TOKENS)}
        if output is LayerOutput.BITS:
            loads["thresholds"] = {"values": np.array(THRESHOLD_TOKENS)}
        match source:
            case ParameterSource.FIXED:
                fields |= FIXED
                if output is LayerOutput.BITS:
                    fields["thresholds"] = (3, 3, 4)
                runs = [vectors]
            case ParameterSource.LOADED:
                runs = [{**loads, "activations": bits(np.zeros((0, 2)))}, vectors]
            case ParameterSource.STREAMED:  # a set of parameters a vector
                both = {
                    stream: {name: np.tile(rows, (2, 1)) for name, rows in tokens.items()}
                    for stream, tokens in loads.items()
                }
                runs = [{**both, **vectors}]
        assert results(BnnLayerSpec.model_validate(fields), *runs) == result, output


def test_streamed_weights_are_those_of_their_vector() -> None:
    spec = BnnLayerSpec(
        inputs=2, neurons=1, pe=1, simd=2, output=LayerOutput.SCORES, parameters="streamed"
    )
    weights = bits([[1, 1], [0, 0], [1, 0]])
    sent = {"activations": bits([[1, 1], [1, 1], [1, 1]]), "weights": weights}
    assert results(spec, sent) == {"matches": [[2], [0], [1]]}


def test_thresholds_at_both_ends() -> None:
    """0 is always reached, one more than the inputs never."""
    fields = {"inputs": 3, "neurons": 4, "pe": 4, "simd": 3, "parameters": "fixed"}
    weights = {"weights": ("7", "7", "7", "7"), "thresholds": (0, 1, 3, 4)}
    spec = BnnLayerSpec.model_validate({**fields, **weights})
    sent = {"activations": bits([[0, 0, 0], [1, 0, 0], [1, 1, 1]])}
    assert results(spec, sent) == {"bits": [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]]}


def test_integers_and_thermometers_by_hand() -> None:
    """3·w0 + 1·w1 + 0·w2 with w = (+1, -1, +1): p = 3 + (3 - 1) + 0, and p - 3·1 = 3 - 1 + 0."""
    shape = {"inputs": 3, "neurons": 1, "pe": 1, "simd": 3, "output": "scores"}
    fixed = {**shape, "parameters": "fixed", "weights": ("5",)}
    binary = BnnLayerSpec.model_validate({**fixed, "input_bits": 2})
    assert results(binary, {"activations": bits([[1, 1, 1, 0, 0, 0]])}) == {"matches": [[5]]}
    unary = BnnLayerSpec.model_validate({**fixed, "input_bits": 3, "coding": "unary"})
    sent = {"activations": bits([[1, 1, 1, 0, 1, 0, 0, 0, 0]])}
    assert results(unary, sent) == {"matches": [[5]]}
    # three inputs of 2 bits reach 9, of 16 bits 196605
    assert binary.streams[1].fields[0].bits == 4
    wide = BnnLayerSpec.model_validate({**fixed, "input_bits": 16})
    assert wide.streams[1].fields[0].bits == 18
    assert results(wide, {"activations": bits([[1] * 16 + [0] * 16 + [1] * 16])}) == {
        "matches": [[3 * 65535]]
    }


def test_weights_as_hexadecimal_rows() -> None:
    """Bit i of a row is the weight of input i."""
    fields = {**SHAPE, **FIXED, "output": "scores"}
    spec = BnnLayerSpec.model_validate(fields)
    assert spec.weight_matrix.tolist() == WEIGHTS.tolist()
    made = BnnLayerSpec.with_weights(WEIGHTS, None, 2, 2, LayerOutput.SCORES)
    assert made.weights == ("0d", "00", "1f")


def test_fixed_weights_survive_the_specification() -> None:
    rng = np.random.default_rng(2)
    weights, thresholds = rng.integers(0, 2, (7, 13)), rng.integers(0, 15, 7)
    spec = BnnLayerSpec.with_weights(weights, thresholds, 3, 5, LayerOutput.BITS)
    again = BnnLayerSpec.model_validate_json(spec.model_dump_json())
    assert np.array_equal(again.weight_matrix, weights)
    assert again.thresholds == tuple(thresholds)


def test_loaded_parameters_stay_until_the_next_load() -> None:
    spec = BnnLayerSpec(inputs=4, neurons=2, pe=2, simd=4, output=LayerOutput.SCORES)
    none, vector = {"activations": bits(np.zeros((0, 4)))}, {"activations": bits([[1, 1, 1, 1]])}
    ones = {**spec.parameter_tokens(np.ones((2, 4), int), None), **none}
    zeros = {**spec.parameter_tokens(np.zeros((2, 4), int), None), **none}
    assert results(spec, ones, vector) == {"matches": [[4, 4]]}
    assert results(spec, ones, vector, vector) == {"matches": [[4, 4]]}
    assert results(spec, ones, vector, zeros, vector) == {"matches": [[0, 0]]}


def test_vectors_before_the_load_are_refused() -> None:
    spec = BnnLayerSpec(inputs=4, neurons=2, pe=2, simd=4)
    vector = {"activations": bits(np.zeros((1, 4)))}
    weights = spec.parameter_tokens(np.ones((2, 4), int), None)
    with pytest.raises(ValueError, match="no weights yet: load them before the first vector"):
        spec.model().run(vector)
    with pytest.raises(ValueError, match="no thresholds yet: load them first"):
        spec.model().run({**weights, **vector})


def test_a_part_of_a_vector_is_refused() -> None:
    spec = BnnLayerSpec.model_validate({**SHAPE, **FIXED, "output": "scores"})
    with pytest.raises(ValueError, match="takes 3 tokens for each vector; 4 leave a part"):
        results(spec, {"activations": bits(VECTORS[:4])})


@pytest.mark.parametrize("seed", range(10))
def test_matches_count_the_bipolar_sum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    length = int(rng.integers(1, 200))
    activations, weights = rng.integers(0, 2, (2, length))
    bipolar = sum(
        (1 if a else -1) * (1 if w else -1) for a, w in zip(activations, weights, strict=True)
    )
    matches = count_matches(activations[np.newaxis], weights[np.newaxis])
    assert bipolar == 2 * int(matches[0, 0]) - length, f"seed {seed}"


def test_count_matches_is_exact_at_the_greatest_size() -> None:
    vector = np.zeros((1, 65536), np.int64)
    weights = np.ones((2, 65536), np.int64)
    weights[0, 0] = 0
    assert count_matches(vector, weights).tolist() == [[1, 0]]
    assert count_matches(1 - vector, weights).tolist() == [[65535, 65536]]


def test_the_model_is_fast_enough_for_data_sets() -> None:
    rng = np.random.default_rng(1)
    weights, vectors = rng.integers(0, 2, (1024, 1024)), rng.integers(0, 2, (64, 1024))
    spec = BnnLayerSpec.with_weights(weights, None, pe=32, simd=32, output=LayerOutput.SCORES)
    model = spec.model()
    begin = time.process_time()
    model.run({"activations": {"bits": vectors.reshape(-1, 32)}})
    rate = vectors.shape[0] * weights.size / (time.process_time() - begin)
    assert rate >= 10e6, f"{rate / 1e6:.1f} M synaptic operations a second"


@pytest.mark.parametrize("output", LayerOutput)
def test_the_contract_counts_folds_by_groups(output: LayerOutput) -> None:
    """Three folds by two groups are six steps; two stages behind them, and one for the winner."""
    by_class, by_bits = output is LayerOutput.CLASS, output is LayerOutput.BITS
    loaded = BnnLayerSpec.model_validate({**SHAPE, "output": output}).contract
    assert (loaded.latency, loaded.interval) == (6 + (3 if by_class else 2), 6)
    assert loaded.consumes == {"activations": 3}
    assert loaded.produces == {"result": 1 if by_class else 2}
    streamed = BnnLayerSpec.model_validate({**SHAPE, "output": output, "parameters": "streamed"})
    thresholds = {"thresholds": 2} if by_bits else {}
    assert streamed.contract.consumes == {"activations": 3, "weights": 6, **thresholds}
    assert streamed.contract.interval == 6


def test_widths_at_the_greatest_size() -> None:
    """65,536 inputs: p reaches 2**16, a threshold one more; an index is less than 2**16."""
    fields = {"inputs": 65536, "neurons": 65536, "pe": 1024, "simd": 32}
    *_, thresholds, fired = BnnLayerSpec.model_validate(fields).streams
    assert (thresholds.fields[0].bits, thresholds.fields[0].lanes) == (17, 1024)
    assert (fired.fields[0].bits, fired.fields[0].lanes) == (1, 1024)
    *_, winner = BnnLayerSpec.model_validate({**fields, "output": "class"}).streams
    assert [(field.name, field.bits) for field in winner.fields] == [("index", 16), ("matches", 17)]


ROWS = ("1", "2", "3")
THREE = {"inputs": 2, "neurons": 3, "pe": 1, "simd": 1, "parameters": "fixed"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pe": 65}, "pe=65 is more than the 64 neurons"),
        ({"simd": 65}, "simd=65 is more than the 64 inputs"),
        (
            {"inputs": 64, "neurons": 1024, "pe": 1024, "simd": 33},
            "pe=1024 by simd=33 makes a row of 33792 weights; a row holds at most 32768",
        ),
        (
            {"inputs": 4096, "pe": 1, "simd": 1366, "input_bits": 3},
            "simd=1366 inputs of 3 bits make tokens of 4098 bits; a token has at most 4096",
        ),
        ({"simd": 1, "input_bits": 17}, "input_bits=17 is more than the 16 of an integer: longer"),
        ({"parameters": "fixed"}, "parameters=fixed needs weights"),
        ({"weights": ("0",) * 64}, "weights go with parameters=fixed"),
        ({"thresholds": (0,) * 64}, "thresholds go with parameters=fixed and output=bits, and"),
        ({**THREE, "weights": ROWS}, "thresholds go with parameters=fixed and output=bits, and"),
        (
            {**THREE, "weights": ROWS, "thresholds": (0, 1, 2), "output": "class"},
            "thresholds go with parameters=fixed and output=bits, and only there",
        ),
        ({**THREE, "weights": ROWS[:2], "output": "class"}, "weights has 2 rows for 3 neurons"),
        (
            {**THREE, "weights": ("1", "0x2", "3"), "output": "class"},
            "weights row 1 is not hexadecimal: '0x2'",
        ),
        (
            {**THREE, "weights": ("1", "2", "4"), "output": "class"},
            "weights row 2 does not fit in 2 bits",
        ),
        ({**THREE, "weights": ROWS, "thresholds": (0, 1)}, "thresholds has 2 values for 3 neurons"),
        (
            {**THREE, "weights": ROWS, "thresholds": (0, 3, 4)},
            r"threshold 2 is 4; it lies in 0 \(always\) to 3 \(never\)",
        ),
        (
            {**THREE, "weights": ROWS, "thresholds": (-1, 3, 3)},
            r"threshold 0 is -1; it lies in 0 \(always\) to 3 \(never\)",
        ),
        (
            {**THREE, "weights": ROWS, "thresholds": (0, 8, 7), "input_bits": 2},
            r"threshold 1 is 8; it lies in 0 \(always\) to 7 \(never\)",
        ),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"bnn_layer: .*{message}"):
        validate(MACRO, fields)


def test_fields_that_just_agree() -> None:
    validate(MACRO, {"pe": 64, "simd": 64})
    validate(MACRO, {"inputs": 64, "neurons": 1024, "pe": 1024, "simd": 32})
    validate(MACRO, {"inputs": 4096, "pe": 1, "simd": 2048, "input_bits": 2})
    validate(MACRO, {"simd": 1, "input_bits": 17, "coding": "unary"})
    validate(MACRO, {**THREE, "weights": ROWS, "thresholds": (0, 3, 3)})


@pytest.mark.regression
@pytest.mark.parametrize(
    ("source", "output", "code"),
    [
        *((source, output, {}) for source, output in product(ParameterSource, LayerOutput)),
        (ParameterSource.LOADED, LayerOutput.BITS, {"input_bits": 2}),
        (ParameterSource.STREAMED, LayerOutput.CLASS, {"input_bits": 3, "coding": "unary"}),
    ],
)
def test_layer_equals_its_model(
    source: ParameterSource, output: LayerOutput, code: dict[str, Any]
) -> None:
    fields = {**SHAPE, **code, "parameters": source, "output": output}
    if source is ParameterSource.FIXED:
        fields |= FIXED
        if output is LayerOutput.BITS:
            fields["thresholds"] = (3, 3, 4)
    verified = verify(BnnLayerSpec.model_validate(fields), seeds=(1, 2))
    assert verified.passed, verified.outcomes[0].message
