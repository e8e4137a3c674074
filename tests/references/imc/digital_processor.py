"""Pixels from sums, channel by channel, in exact fractions."""

from fractions import Fraction

from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from references.plain import Lists, chunks, fitted, flat
from references.rounding import rounded

KIND = "exact fractions"


def pixel(spec: DigitalProcessorSpec, total: int, scale: int, offset: int, residual: int) -> int:
    exact = Fraction(total * scale + offset, 2**spec.shift)
    value = rounded(exact, spec.rounding) + residual
    return fitted(max(0, value) if spec.relu else value, spec.bits, spec.signed, "saturate")


def expected(spec: DigitalProcessorSpec, setup: Lists, sent: Lists) -> Lists:
    loads = {**setup.get("coefficients", {}), **sent.get("coefficients", {})}
    folds = spec.channels // spec.units
    scale, offset = (flat(chunks(loads[name], folds)[-1]) for name in ("scale", "offset"))
    nothing = [[0] * spec.channels] * len(sent["sums"]["values"])
    partials = sent["partials"]["values"] if spec.partial else nothing
    residuals = sent["residuals"]["values"] if spec.residual else nothing
    pixels = [
        [
            pixel(spec, total + partial, *coefficients)
            for total, partial, *coefficients in zip(
                *operands, scale, offset, residual, strict=True
            )
        ]
        for *operands, residual in zip(sent["sums"]["values"], partials, residuals, strict=True)
    ]
    return {"pixels": {"values": pixels}}
