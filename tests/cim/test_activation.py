"""Behind an accumulator: exact integers and fractions against the model, and what it costs."""

import itertools
from typing import Any

import numpy as np
import pytest
from references.cim.activation import result
from support.effort import effort

from neuroloom.flows.simulation.simulators import SimulatorName
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verify import replay
from neuroloom.golden.checks import WITHOUT_CHANCE
from neuroloom.golden.cim.activation import ActivationSpec
from neuroloom.golden.cim.activation_functions import ActivationFunction, Function, bits_for
from neuroloom.golden.formats import Rounding
from neuroloom.golden.ports import Traffic

FEW = (Rounding.FLOOR, Rounding.NEAREST_AWAY)
ROUNDINGS = pytest.mark.parametrize("rounding", WITHOUT_CHANCE)
HARD_SIGMOID = {
    "function": "piecewise",
    "slope_shift": 3,
    "breakpoints": (-6, 7),
    "slopes": (0, 3, 0),
    "offsets": (0, 20, 40),
}
STEPS = {
    "function": "piecewise",
    "slope_shift": 1,
    "breakpoints": (-3, 0, 4),
    "slopes": (-1, 5, 3, -7),
    "offsets": (3, -2, 1, 40),
}
FUNCTIONS: dict[str, dict[str, Any]] = {
    "none": {"function": "none"},
    "relu": {"function": "relu"},
    "clipped-relu": {"function": "clipped-relu", "ceiling": 6},
    "leaky-relu": {"function": "leaky-relu", "slope_shift": 2},
    "hard sigmoid": HARD_SIGMOID,
    "steps": STEPS,
}


def spec_of(**fields: Any) -> ActivationSpec:
    return ActivationSpec.model_validate(fields)


def results(spec: ActivationSpec, *traffic: Traffic) -> list[int]:
    model = spec.model()
    return [int(each) for part in traffic for each in model.run(part)["results"]["data"]]


def load(**columns: Any) -> Traffic:
    tokens = {name: np.array(values, np.int64) for name, values in columns.items()}
    return {"values": {"data": np.zeros(0, np.int64)}, "coefficients": tokens}


def values_of(values: Any) -> Traffic:
    return {"values": {"data": np.array(values, np.int64)}}


@ROUNDINGS
@pytest.mark.parametrize("signs", list(itertools.product([False, True], repeat=3)))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_value_with_every_coefficient(
    name: str, signs: tuple[bool, bool, bool], rounding: Rounding
) -> None:
    input_signed, multiplier_signed, output_signed = signs
    rows = list(
        itertools.product(range(-4, 4), range(-4, 4) if multiplier_signed else range(8), range(2))
    )
    spec = spec_of(
        input_bits=5,
        input_signed=input_signed,
        channels=len(rows),
        bias_bits=3,
        multiplier_bits=3,
        multiplier_signed=multiplier_signed,
        shift=1,
        shift_bits=1,
        rounding=rounding,
        scaled_bits=6,
        output_bits=5,
        output_signed=output_signed,
        zero_point=3,
        **FUNCTIONS[name],
    )
    biases, multipliers, shifts = zip(*rows, strict=True)
    every = range(-16, 16) if input_signed else range(32)
    got = results(
        spec,
        load(bias=biases, multiplier=multipliers, shift=shifts),
        values_of(np.repeat(list(every), len(rows))),
    )
    assert got == [result(spec, value, *row) for value in every for row in rows]


def test_ties_go_to_the_even_integer_on_both_sides_of_zero() -> None:
    spec = spec_of(
        input_bits=6,
        channels=1,
        bias_bits=0,
        multiplier_bits=0,
        shift=2,
        function="none",
        output_signed=True,
    )
    ties = [-14, -10, -6, -2, 2, 6, 10, 14]  # -3.5, -2.5, …
    assert results(spec, values_of(ties)) == [-4, -2, -2, 0, 0, 2, 2, 4]


@pytest.mark.parametrize("rounding", effort(FEW, WITHOUT_CHANCE))
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("input_bits", "bias_bits", "multiplier_bits", "shift", "shift_bits"),
    [
        (24, 16, 16, 16, 0),
        (32, 32, 28, 46, 4),
        (40, 40, 20, 20, 4),
        (29, 0, 32, 31, 0),
        (40, 0, 0, 0, 4),
        (1, 4, 3, 0, 0),
    ],
)
def test_corners_of_every_format(
    input_bits: int,
    bias_bits: int,
    multiplier_bits: int,
    shift: int,
    shift_bits: int,
    name: str,
    rounding: Rounding,
) -> None:
    rng = np.random.default_rng(input_bits)
    for signed, multiplier_signed in itertools.product([False, True], repeat=2):
        if multiplier_signed and multiplier_bits in (0, 1):
            continue
        fields = {
            "input_bits": input_bits,
            "input_signed": signed,
            "bias_bits": bias_bits,
            "multiplier_bits": multiplier_bits,
            "multiplier_signed": multiplier_signed,
            "shift": shift,
            "shift_bits": shift_bits,
            "rounding": rounding,
            "output_bits": 32,
            "output_signed": True,
            "zero_point": -77,
        }
        spec = spec_of(channels=1, **fields, **{"scaled_bits": 20, **FUNCTIONS["none"]})
        if name in ("hard sigmoid", "steps") and spec.scaled_range[0] >= 0:
            continue  # the breakpoints lie on both sides of zero
        coefficients = {}
        for field in spec.coefficient_fields:
            ends = [field.minimum, field.minimum + 1, field.maximum - 1, field.maximum]
            coefficients[field.name] = sorted({*ends, *rng.integers(ends[0], ends[-1], 2).tolist()})
        rows = [
            dict(zip(coefficients, row, strict=True))
            for row in itertools.product(*coefficients.values())
        ]
        scaled = 16 if name in ("hard sigmoid", "steps") or rng.integers(2) else None
        spec = spec_of(channels=len(rows), **fields, scaled_bits=scaled, **FUNCTIONS[name])
        value = spec.input_streams[0].fields[0]
        near = {value.minimum, value.minimum + 1, -1, 0, 1, value.maximum - 1, value.maximum}
        wide = rng.integers(value.minimum, value.maximum, 8, endpoint=True)
        inside = sorted(
            each
            for each in {*near, *wide.tolist(), *(wide >> 9).tolist()}
            if value.minimum <= each <= value.maximum
        )
        columns = {name: [row[name] for row in rows] for name in coefficients}
        loads = [load(**columns)] if columns else []
        got = results(spec, *loads, values_of(np.repeat(inside, len(rows))))
        assert got == [result(spec, each, **row) for each in inside for row in rows]


def test_a_real_scale_as_multiplier_and_shift() -> None:
    scales = [0.0123, 0.000457, 0.0311]
    shift = 24
    multipliers = [round(scale * 2**shift) for scale in scales]
    spec = spec_of(
        channels=3,
        bias_bits=12,
        multiplier_bits=20,
        shift=shift,
        biases=(100, -7, 0),
        multipliers=multipliers,
        function="clipped-relu",
        ceiling=200,
    )
    values = np.random.default_rng(1).integers(-20000, 20000, (50, 3))
    exact = (values + np.array([100, -7, 0])) * scales
    got = np.array(results(spec, values_of(values.reshape(-1)))).reshape(50, 3)
    assert np.abs(got - exact.clip(0, 200)).max() <= 0.51


def test_fixed_coefficients_equal_loaded_ones() -> None:
    columns = {"bias": [3, -8, 7], "multiplier": [5, 5, 5], "shift": [0, 2, 1]}
    fields = {
        "input_bits": 7,
        "channels": 3,
        "bias_bits": 4,
        "multiplier_bits": 3,
        "shift": 2,
        "shift_bits": 2,
        "output_bits": 6,
    }
    fixed = spec_of(**fields, biases=columns["bias"], multipliers=(5,), shifts=columns["shift"])
    values = values_of(np.repeat(np.arange(-64, 64), 3))
    assert [stream.name for stream in fixed.streams] == ["values", "results"]
    assert results(fixed, values) == results(spec_of(**fields), load(**columns), values)
    model = fixed.model()
    model.reset()
    assert model.run(values)["results"]["data"].tolist() == results(fixed, values)


def test_ranges_are_those_of_all_values() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        low, high = sorted(rng.integers(-30, 30, 2).tolist())
        if high - low < 5:
            continue
        breakpoints = sorted(rng.choice(np.arange(low + 1, high + 1), 3, replace=False).tolist())
        slopes, offsets = rng.integers(-6, 7, 4).tolist(), rng.integers(-40, 40, 4).tolist()
        for function in Function:
            activation = ActivationFunction(
                function,
                Rounding.NEAREST_EVEN,
                9,
                1,
                *(tuple(each) for each in (breakpoints, slopes, offsets)),
            )
            every = activation(np.arange(low, high + 1))
            if function is not Function.PIECEWISE:
                activation = ActivationFunction(function, Rounding.NEAREST_EVEN, 9, 1, (), (), ())
            assert activation.range(low, high) == (every.min(), every.max())
        segment = np.searchsorted(breakpoints, np.arange(low, high + 1), side="right")
        products = np.array(slopes)[segment] * np.arange(low, high + 1)
        assert activation.products(low, high) == (products.min(), products.max())


def test_bits_hold_their_range_and_no_bit_less_does() -> None:
    for low, high in itertools.product(range(-20, 1), range(20)):
        bits = bits_for(low, high)
        half, whole = 1 << bits >> 1, 1 << bits
        least, most = (-half, half - 1) if low < 0 else (0, whole - 1)
        assert least <= low and high <= most
        assert bits <= 1 or low < least // 2 or high > most // 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_value_through_the_hardware(name: str) -> None:
    spec = spec_of(
        input_bits=8,
        channels=1,
        bias_bits=0,
        multiplier_bits=0,
        shift=2,
        output_bits=5,
        output_signed=True,
        zero_point=-3,
        **FUNCTIONS[name],
    )
    verification = replay(spec, values_of(np.arange(-128, 128)), SimulatorName.AMARANTH)
    assert verification.passed, verification.outcomes[0].message


def test_stages_that_are_not_there_take_no_cycle() -> None:
    bare = {"channels": 1, "bias_bits": 0, "multiplier_bits": 0, "shift": 0, "function": "none"}
    assert spec_of(**bare).contract.latency == 1
    assert spec_of(**bare).inventory.flip_flops == 8 + 1
    assert spec_of(**{**bare, "shift": 1}).contract.latency == 2
    assert spec_of(**{**bare, "bias_bits": 4}).contract.latency == 2
    assert spec_of(**{**bare, **HARD_SIGMOID}).contract.latency == 2
    contract = ActivationSpec().contract
    assert (contract.operation, contract.latency, contract.interval) == ("frame", 12, 8)


def test_values_before_their_coefficients_are_refused() -> None:
    with pytest.raises(ValueError, match="no coefficients yet: load them"):
        spec_of(channels=1).model().run(values_of([1]))


def test_a_load_in_part_is_refused() -> None:
    with pytest.raises(ValueError, match="a load has 8 tokens; 7 leave a part"):
        ActivationSpec().model().run(load(bias=[0] * 7, multiplier=[1] * 7))


@pytest.mark.flow
@pytest.mark.parametrize("target", ["ice40-up5k", "ecp5-25k"])
def test_the_product_is_one_of_dsp_blocks(target: str) -> None:
    spec = spec_of(input_bits=16, channels=1, bias_bits=0, multiplier_bits=16)
    with_dsp = synthesize_macro(spec, [TARGETS[target]], seeds=(1,)).targets[0].resources
    assert with_dsp["DSP"] == 1
    assert with_dsp["LUT4"] < 100
