"""Bias, scale and activation function of one value after the other, in exact fractions."""

from fractions import Fraction

from neuroloom.golden.cim.activation import ActivationSpec
from neuroloom.golden.cim.activation_functions import Function
from references.plain import Lists, fitted
from references.rounding import rounded

KIND = "exact fractions"


def result(
    spec: ActivationSpec, value: int, bias: int = 0, multiplier: int = 1, shift: int = 0
) -> int:
    """The result of one value, in exact arithmetic."""
    exact = Fraction((value + bias) * multiplier, 1 << (spec.shift + shift))
    scaled = rounded(exact, spec.rounding)
    if spec.scaled_bits is not None:
        negative = spec.input_signed or spec.bias_bits > 0 or spec.multiplier_signed
        scaled = fitted(scaled, spec.scaled_bits, negative, "saturate")
    match spec.function:
        case Function.RELU:
            scaled = max(scaled, 0)
        case Function.CLIPPED_RELU:
            assert spec.ceiling is not None
            scaled = min(max(scaled, 0), spec.ceiling)
        case Function.LEAKY_RELU if scaled < 0:
            scaled = rounded(Fraction(scaled, 1 << spec.slope_shift), spec.rounding)
        case Function.PIECEWISE:
            assert spec.breakpoints is not None and spec.slopes and spec.offsets
            segment = sum(start <= scaled for start in spec.breakpoints)
            line = spec.slopes[segment] * scaled + spec.offsets[segment]
            scaled = rounded(Fraction(line, 1 << spec.slope_shift), spec.rounding)
    return fitted(scaled + spec.zero_point, spec.output_bits, spec.output_signed, "saturate")


def expected(spec: ActivationSpec, setup: Lists, sent: Lists) -> Lists:
    """Coefficients are fixed, or the last that were loaded."""
    fixed = {"bias": spec.biases, "multiplier": spec.multipliers, "shift": spec.shifts}
    loads = sent.get("coefficients") or setup.get("coefficients") or {}
    tables = {name: list(values) for name, values in fixed.items() if values is not None}
    tables |= {name: values[-spec.channels :] for name, values in loads.items()}
    results = []
    for nth, value in enumerate(sent["values"]["data"]):
        channel = nth % spec.channels
        own = {name: table[channel % len(table)] for name, table in tables.items()}
        results.append(result(spec, value, **own))
    return {"results": {"data": results}}
