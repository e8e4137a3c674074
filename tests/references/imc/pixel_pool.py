"""Pools of pixels, channel by channel: the greatest, or the sum by the finest reciprocal."""

from fractions import Fraction

from neuroloom.golden.imc.pixel_pool import Operation, PixelPoolSpec
from references.plain import Lists, chunks, fitted, flat
from references.rounding import rounded

KIND = "exact fractions"


def one_over(count: int, bits: int) -> Fraction:
    """1 / count, exact for a power of two; else the finest of ``round(2**s / count) / 2**s``
    whose numerator has no more than ``bits``.
    """
    if count & (count - 1) == 0:
        return Fraction(1, count)
    scales = [2**s for s in range(80) if round(Fraction(2**s, count)) < 2**bits]
    return Fraction(round(Fraction(scales[-1], count)), scales[-1])


def pooled(spec: PixelPoolSpec, values: list[int]) -> int:
    """One channel of a pool."""
    if spec.operation is Operation.MAX:
        return max(values)
    exact = sum(values) * one_over(len(values), spec.multiplier_bits)
    return fitted(rounded(exact, spec.rounding), spec.bits, spec.signed, "saturate")


def expected(spec: PixelPoolSpec, _: Lists, sent: Lists) -> Lists:
    pools = [flat(tokens) for tokens in chunks(sent["pixels"]["values"], spec.tokens)]
    return {
        "pooled": {
            "values": [
                [pooled(spec, pool[channel :: spec.channels]) for channel in range(spec.channels)]
                for pool in pools
            ]
        }
    }
