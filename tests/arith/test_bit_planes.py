"""Layers whose inputs are numbers: sums of signed weights times unsigned inputs, exactly."""

from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.bnn.coding import InputCoding
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput

LAYER = {"inputs": 4, "neurons": 2, "pe": 2, "simd": 4}


def codes(numbers: np.ndarray, bits: int, coding: InputCoding) -> np.ndarray:
    """Numbers (batch, N) as bits (batch, N · bits)."""
    places = np.arange(bits)
    if coding is InputCoding.UNARY:
        return (numbers[..., np.newaxis] > places).astype(np.int64).reshape(len(numbers), -1)
    return (numbers[..., np.newaxis] >> places & 1).reshape(len(numbers), -1)


@pytest.mark.parametrize("coding", InputCoding)
@pytest.mark.parametrize("bits", [1, 2, 8])
def test_a_threshold_on_the_sum_of_weights_times_inputs(bits: int, coding: InputCoding) -> None:
    rng = np.random.default_rng(bits)
    unary = coding is InputCoding.UNARY
    greatest = bits if unary else 2**bits - 1
    inputs, neurons, simd = 12, 7, 4
    weights = rng.integers(0, 2, (neurons, inputs))
    numbers = rng.integers(0, greatest + 1, (50, inputs))
    sums = [
        [
            sum(int(x) if w else -int(x) for x, w in zip(row, signs, strict=True))
            for signs in weights
        ]
        for row in numbers
    ]
    levels = rng.integers(-greatest, greatest + 1, neurons)
    zeros = (weights == 0).sum(axis=1)
    spec = BnnLayerSpec.with_weights(
        weights, levels + greatest * zeros, 3, simd, LayerOutput.BITS, bits, coding
    )
    tokens = codes(numbers, bits, coding).reshape(-1, simd * bits)
    found = spec.model().run({"activations": {"bits": tokens}})["result"]["bits"]
    expected = [[int(s >= t) for s, t in zip(row, levels, strict=True)] for row in sums]
    assert found.reshape(50, -1)[:, :neurons].tolist() == expected
    assert 0.1 < np.mean(expected) < 0.9


def test_sums_beyond_single_precision() -> None:
    weights = np.ones((1, 2048), np.int64)
    spec = BnnLayerSpec.with_weights(weights, None, 1, 64, LayerOutput.SCORES, 16)
    ones = np.ones((32, 64 * 16), np.int64)
    ones[0, 0] = 0
    found = spec.model().run({"activations": {"bits": ones}})["result"]["matches"]
    assert found.tolist() == [[2048 * 65535 - 1]]
    assert spec.matches_bits == 27


@pytest.mark.regression
@pytest.mark.parametrize(
    "spec",
    [
        BnnLayerSpec(inputs=9, neurons=4, pe=2, simd=1, input_bits=8),
        BnnLayerSpec(inputs=5, neurons=3, pe=2, simd=2, input_bits=7, coding=InputCoding.UNARY),
    ],
)
def test_numbers_in_verilog(spec: BnnLayerSpec) -> None:
    assert verify(spec, seeds=(1,)).passed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"input_bits": 17}, "input_bits=17 is more than the 16 of an integer"),
        (
            {"inputs": 64, "simd": 64, "input_bits": 65, "coding": "unary"},
            "simd=64 inputs of 65 bits make tokens of 4160 bits; a token has at most 4096",
        ),
        (
            {"input_bits": 3, "parameters": "fixed", "weights": ["f", "0"], "thresholds": [0, 30]},
            r"threshold 1 is 30; it lies in 0 \(always\) to 29 \(never\)",
        ),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(macros()["bnn_layer"], {**LAYER, **fields})


def test_fields_that_just_agree() -> None:
    layer = macros()["bnn_layer"]
    validate(layer, {**LAYER, "input_bits": 16})
    validate(layer, {**LAYER, "inputs": 64, "simd": 64, "input_bits": 64, "coding": "unary"})
    fixed = {"parameters": "fixed", "weights": ["f", "0"], "thresholds": [0, 29]}
    validate(layer, {**LAYER, "input_bits": 3, **fixed})


def test_only_the_first_layer_of_a_network_takes_numbers() -> None:
    following = {"inputs": 2, "neurons": 2, "pe": 2, "simd": 2, "input_bits": 2}
    network = macros()["bnn_network"]
    with pytest.raises(UsageError, match="layer 1 takes inputs of 2 bits: only the first"):
        validate(network, {"layers": [LAYER, following]})
    validate(network, {"layers": [{**LAYER, "input_bits": 2}, {**following, "input_bits": 1}]})
