"""Roundings of exact fractions, written apart from the shifts of the models."""

from collections.abc import Callable
from fractions import Fraction
from math import floor, trunc


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def half_away(value: Fraction) -> int:
    return half_up(abs(value)) * (1 if value > 0 else -1)


EXACTLY: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "toward-zero": trunc,
    "nearest-even": round,
    "nearest-up": half_up,
    "nearest-away": half_away,
}
"""Every rounding without chance, by its name."""


def rounded(value: Fraction, rounding: str) -> int:
    return EXACTLY[rounding](value)
