"""Quotients as exact fractions, rounded and fitted; entropy from a shift register."""

from fractions import Fraction
from math import floor

from neuroloom.golden.arith.requantize import RequantizeSpec
from references.plain import Lists, fitted, random_words
from references.rounding import rounded

KIND = "exact fractions"


def expected(spec: RequantizeSpec, _: Lists, sent: Lists) -> Lists:
    entropy, results = random_words(spec.seed, spec.shift), []
    for value in sent["value"]["data"]:
        quotient = Fraction(value, 2**spec.shift)
        if spec.rounding == "stochastic":
            whole = floor(quotient + Fraction(next(entropy), 2**spec.shift))
        else:
            whole = rounded(quotient, spec.rounding)
        results.append(fitted(whole, spec.output_bits, spec.output_signed, spec.overflow))
    return {"result": {"data": results}}
