"""Pools against exact fractions, the error of averages, and pools behind a dataflow controller."""

from fractions import Fraction
from itertools import product
from math import floor
from typing import Any

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.pixel_pool import Operation, PixelPoolSpec, average, reciprocal
from neuroloom.golden.ports import concatenate
from neuroloom.verif.imc.pixel_pool import PixelPoolStimulus

BYTE = IntegerFormat(bits=8, overflow=Overflow.SATURATE)


def rounded(value: Fraction, rounding: Rounding) -> int:
    return floor(value) if rounding is Rounding.FLOOR else round(value)  # ties to even


@pytest.mark.parametrize("bits", [1, 2, 5, 16, 32])
def test_reciprocals_are_the_finest_that_fit(bits: int) -> None:
    for count in range(1, 1100):
        multiplier, shift = reciprocal(count, bits)
        found = Fraction(multiplier, 1 << shift)
        assert multiplier % 2 == 1
        if count.bit_count() == 1:
            assert found == Fraction(1, count)
            continue
        fitting = [
            Fraction(round(Fraction(1 << s, count)), 1 << s)
            for s in range(60)
            if round(Fraction(1 << s, count)) < 1 << bits
        ]
        assert found == fitting[-1], count
        assert abs(count * found - 1) <= Fraction(1, (1 << bits) - 1), count


@pytest.mark.parametrize(
    ("bits", "signed", "rounding"),
    list(product((4, 8), (False, True), (Rounding.FLOOR, Rounding.NEAREST_EVEN))),
)
def test_every_average_is_as_near_as_promised(bits: int, signed: bool, rounding: Rounding) -> None:
    fmt = IntegerFormat(bits=bits, signed=signed, overflow=Overflow.SATURATE)
    for count, width in product((1, 2, 3, 6, 7, 16, 25), (bits, 16)):
        sums = np.arange(count * fmt.minimum, count * fmt.maximum + 1)
        found = average(sums, count, fmt, rounding, width)
        multiplier, shift = reciprocal(count, width)
        scaled = Fraction(multiplier, 1 << shift)
        exact = [Fraction(int(total), count) for total in sums]
        near = [int(total) * scaled for total in sums]
        assert found.tolist() == [
            min(max(rounded(each, rounding), fmt.minimum), fmt.maximum) for each in near
        ]
        bound = Fraction(0 if count.bit_count() == 1 else 1, (1 << width) - 1)
        assert all(abs(a - b) <= bound * abs(b) for a, b in zip(near, exact, strict=True))
        off = found - [rounded(each, rounding) for each in exact]
        assert np.abs(off).max() <= (count.bit_count() > 1), (count, width)


def test_which_averages_of_bytes_are_one_off() -> None:
    for count in (3, 7, 9, 25, 49, 81, 121):  # no sum is a tie
        sums = np.arange(255 * count + 1)
        wanted = [round(Fraction(int(total), count)) for total in sums]
        assert average(sums, count, BYTE).tolist() == wanted, count
    sums = np.arange(255 * 6 + 1)
    near = np.array([round(Fraction(int(total), 6)) for total in sums])
    off = np.flatnonzero(average(sums, 6, BYTE) != near)
    # r / 2**s is more than a sixth: ties above an even number go up to the odd one
    assert off.tolist() == list(range(3, 255 * 6, 12))
    equal = np.arange(1, 256)
    assert average(3 * equal, 3, BYTE, Rounding.FLOOR).tolist() == equal.tolist()
    assert average(7 * equal, 7, BYTE, Rounding.FLOOR).tolist() == (equal - 1).tolist()


def test_narrow_reciprocals_saturate() -> None:
    assert reciprocal(3, 2) == (3, 3)
    signed = IntegerFormat(bits=8, signed=True, overflow=Overflow.SATURATE)
    assert average(np.array([3 * 255, 3 * 100]), 3, BYTE, multiplier_bits=2).tolist() == [255, 112]
    assert average(np.array([3 * -128]), 3, signed, multiplier_bits=2).tolist() == [-128]


def test_the_longest_sums_are_exact() -> None:
    wide = IntegerFormat(bits=32, overflow=Overflow.SATURATE)
    count, most = 256 * 65536, (1 << 32) - 1
    sums = np.array([count * most, count * most - (count >> 1), count >> 1, 3 * (count >> 1)])
    assert average(sums, count, wide).tolist() == [most, most - 1, 0, 2]
    assert average(sums, count, wide, Rounding.FLOOR).tolist() == [most, most - 1, 0, 1]


@pytest.mark.parametrize("seed", range(40))
def test_pools_equal_exact_fractions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = PixelPoolStimulus.random_spec(rng)
    stimulus = PixelPoolStimulus(spec)
    sent = concatenate([stimulus.corners(), stimulus.random(rng, 20)])
    found = spec.model().run(sent)["pooled"]["values"].tolist()
    values = sent["pixels"]["values"].ravel().tolist()
    multiplier, shift = reciprocal(spec.count, spec.multiplier_bits)
    low, high = spec.pixel_format.minimum, spec.pixel_format.maximum
    for number, pooled in enumerate(found):
        begin = number * spec.count * spec.channels
        pool = values[begin : begin + spec.count * spec.channels]
        for channel, result in enumerate(pooled):
            of_channel = pool[channel :: spec.channels]
            wanted = max(of_channel)
            if spec.operation is Operation.AVERAGE:
                exact = Fraction(sum(of_channel) * multiplier, 1 << shift)
                wanted = min(max(rounded(exact, spec.rounding), low), high)
            assert result == wanted, f"seed {seed}: {spec.model_dump_json()}"


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (3, 2), (1, 1)])
@pytest.mark.parametrize("operation", Operation)
def test_behind_a_dataflow_controller(kernel: int, stride: int, operation: Operation) -> None:
    rng = np.random.default_rng(kernel)
    image = rng.integers(0, 256, (7, 9, 3))
    dataflow = DataflowControllerSpec(height=7, width=9, channels=3, kernel=kernel, stride=stride)
    lines = image.swapaxes(0, 1) if dataflow.lines == 9 else image
    sent = {"pixels": {"values": lines.reshape(-1, 3)}}
    patches = dataflow.model().run(sent)["patches"]["values"]
    pool = PixelPoolSpec(channels=3, units=1, pixels=kernel**2, operation=operation)
    found = pool.model().run({"pixels": {"values": patches}})["pooled"]["values"]
    windows = np.lib.stride_tricks.sliding_window_view(lines, (kernel, kernel), axis=(0, 1))
    windows = windows[::stride, ::stride].reshape(-1, 3, kernel**2)
    if operation is Operation.MAX:
        wanted = windows.max(axis=2)
    else:
        wanted = np.rint(windows.sum(axis=2) / kernel**2).astype(int)
    assert found.tolist() == wanted.tolist()


def test_the_average_of_a_map_takes_its_pixels_one_by_one() -> None:
    image = np.random.default_rng(8).integers(-128, 128, (64, 4))
    spec = PixelPoolSpec(
        channels=4, signed=True, pixels=1, tokens=64, operation=Operation.AVERAGE, units=2
    )
    found = spec.model().run({"pixels": {"values": image}})["pooled"]["values"]
    assert found.tolist() == [np.rint(image.sum(axis=0) / 64).tolist()]
    assert (spec.contract.latency, spec.contract.interval) == (63 * 2 + 2, 64 * 2)


@pytest.mark.regression
@pytest.mark.parametrize(
    "simulated",
    [
        PixelPoolSpec(channels=6, units=2, pixels=3, tokens=2, signed=True),
        PixelPoolSpec(channels=4, units=4, bits=5, pixels=9, operation=Operation.AVERAGE),
        PixelPoolSpec(
            channels=3,
            units=1,
            pixels=1,
            tokens=5,
            operation=Operation.AVERAGE,
            signed=True,
            multiplier_bits=3,
            rounding=Rounding.FLOOR,
        ),
    ],
)
def test_in_verilog(simulated: PixelPoolSpec) -> None:
    assert verify(simulated, seeds=(1,)).passed


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"units": 3}, "units=3 does not divide the 16 channels of a pixel"),
        ({"rounding": "stochastic"}, "rounding=stochastic is not offered here: take floor or"),
        (
            {"bits": 32, "pixels": 255, "tokens": 65536, "operation": "average"},
            "sums times the reciprocal take 72 bits: at most 62",
        ),
        (
            {"bits": 1, "pixels": 7, "operation": "average", "rounding": "floor"},
            "averages of 7 pixels of one bit are all zero: take rounding=nearest-even",
        ),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        validate(macros()["pixel_pool"], fields)


def test_a_pool_of_too_few_tokens() -> None:
    spec = PixelPoolSpec(channels=4, tokens=3)
    with pytest.raises(ValueError, match="takes 3 tokens for each pool; 4 leave a part"):
        spec.model().run({"pixels": {"values": np.zeros((4, 16), np.int64)}})
