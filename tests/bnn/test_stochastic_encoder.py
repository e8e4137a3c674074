"""Stochastic bit streams: bit by bit, their densities, and a layer that counts them."""

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.bnn.coding import InputCoding
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.stochastic_encoder import StochasticEncoderSpec


def shifted(state: int) -> int:
    """One step of the register with the polynomial x^32 + x^22 + x^2 + x + 1."""
    return state >> 1 ^ (0x80200003 if state & 1 else 0)


@pytest.mark.parametrize("bits", [1, 3, 8, 16])
def test_every_bit_meets_a_number_of_its_own(bits: int) -> None:
    spec = StochasticEncoderSpec(value_bits=bits, length=12, lanes=3, seed=77)
    values = np.random.default_rng(bits).integers(0, 1 << bits, 20)
    states = list(spec.lane_seeds)
    expected = []
    for value in values.tolist():
        for _ in range(4):
            expected.append([int(state % (1 << bits) < value) for state in states])
            for _ in range(bits):
                states = [shifted(state) for state in states]
    found = spec.model().run({"values": {"value": values}})["encoded"]["bits"]
    assert found.tolist() == expected


def test_lanes_start_apart() -> None:
    seeds = [StochasticEncoderSpec(lanes=64, seed=seed).lane_seeds for seed in (1, 2, 2**31 - 1)]
    assert len({each for row in seeds for each in row} - {0}) == 3 * 64


def test_the_density_of_ones_is_the_number() -> None:
    spec = StochasticEncoderSpec(length=1024, lanes=8)
    values = np.arange(0, 256, 5)
    streams = spec.model().run({"values": {"value": values}})["encoded"]["bits"]
    ones = streams.reshape(len(values), -1).sum(axis=1)
    chance = values / 256
    deviations = np.sqrt(1024 * chance * (1 - chance))
    assert ones[0] == 0
    # four standard deviations of independent bits
    assert (np.abs(ones - 1024 * chance) <= 4 * deviations).all()
    assert (np.abs(ones - 1024 * chance) > 0.5 * deviations).any()


@pytest.mark.parametrize("length", [16, 256, 1024])
def test_a_layer_of_streams_comes_near_the_integer_sums(length: int) -> None:
    """The error of a sum of 36 inputs is that of independent bits: 36 variances x·(1 - x), 1/6 in
    the mean, over the length of the streams.
    """
    rng = np.random.default_rng(length)
    weights = rng.integers(0, 2, (6, 36))
    numbers = rng.integers(0, 256, (40, 36))
    encoder = StochasticEncoderSpec(length=length, lanes=8)
    streams = encoder.model().run({"values": {"value": numbers.ravel()}})["encoded"]["bits"]
    layer = BnnLayerSpec.with_weights(
        weights, None, 6, 4, LayerOutput.SCORES, length, InputCoding.UNARY
    )
    tokens = streams.reshape(-1, layer.input_lanes)
    counted = layer.model().run({"activations": {"bits": tokens}})["result"]["matches"]
    sums = counted / length - (weights == 0).sum(axis=1)
    exact = (2 * weights - 1) @ (numbers.T / 256)
    found = float(np.sqrt(np.mean((sums - exact.T) ** 2)))
    assert found == pytest.approx(np.sqrt(36 / 6 / length), rel=0.2)


@pytest.mark.regression
def test_streams_in_verilog() -> None:
    spec = StochasticEncoderSpec(value_bits=5, length=6, lanes=2, seed=9)
    assert verify(spec, seeds=(1,)).passed


def test_lanes_divide_the_length() -> None:
    with pytest.raises(UsageError, match="lanes=8 does not divide the 12 bits of a stream"):
        validate(macros()["stochastic_encoder"], {"length": 12})
    validate(macros()["stochastic_encoder"], {"length": 12, "lanes": 12})
