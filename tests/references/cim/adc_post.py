"""Codes of converters one after the other: assembled, looked up, corrected in exact fractions."""

from fractions import Fraction
from typing import Any

from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.cim.converters import Bubbles, Converter
from references.plain import Lists, chunks, fitted
from references.rounding import rounded

KIND = "exact fractions"


def thermometer(bubbles: Bubbles, levels: list[int]) -> int:
    """The code of a row of comparators, the lowest threshold first."""
    if bubbles is Bubbles.ONES_COUNT:
        return sum(levels)
    if bubbles is Bubbles.MAJORITY:
        framed = [1, *levels, 0]
        levels = [int(sum(framed[at : at + 3]) >= 2) for at in range(len(levels))]
    code = 0
    for at, level in enumerate(levels):
        if level and not (at + 1 < len(levels) and levels[at + 1]):
            code |= at + 1
    return code


def codes(spec: AdcPostSpec, tokens: list[Any]) -> list[int]:
    if spec.converter is Converter.BINARY:
        return tokens
    if spec.converter is Converter.FLASH:
        return [thermometer(spec.bubbles, levels) for levels in tokens]
    weights = spec.sar_weights or [2**bit for bit in reversed(range(spec.code_bits))]
    return [
        sum(weight for weight, kept in zip(weights, decisions, strict=True) if kept)
        for decisions in chunks(tokens, len(weights))
    ]


def can_be_negative(spec: AdcPostSpec) -> bool:
    """Whether the least result is below zero: code 0 with the least offset, greatest gain."""
    least = Fraction(-(2 ** (spec.offset_bits - 1)) if spec.offset_bits else 0)
    if spec.gain_bits:
        least = least * (2**spec.gain_bits - 1) / 2**spec.gain_shift
    return rounded(least, spec.rounding) < spec.zero_point


def expected(spec: AdcPostSpec, setup: Lists, sent: Lists) -> Lists:
    loads = {**setup, **sent}
    table = loads["table"]["value"][-(2**spec.code_bits) :] if spec.table_bits else None
    corrections = loads.get("coefficients", {})
    offsets = corrections.get("offset", [0])[-spec.columns :]
    gains = corrections.get("gain", [1])[-spec.columns :]
    signed, results = can_be_negative(spec), []
    (tokens,) = sent["codes"].values()
    for nth, code in enumerate(codes(spec, tokens)):
        column = nth % spec.columns
        linear = table[code] if table else code
        exact = Fraction(linear + offsets[column % len(offsets)]) * gains[column % len(gains)]
        value = rounded(exact / 2**spec.gain_shift, spec.rounding) - spec.zero_point
        if spec.output_bits is not None:
            value = fitted(value, spec.output_bits, signed, "saturate")
        results.append(value)
    return {"results": {"value": results}}
