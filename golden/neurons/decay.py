"""How a number decays: once a tick, or over several ticks at once."""

from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np

from neuroloom.golden.formats import Int64, Rounding, shift_right
from neuroloom.golden.ports import Integers


class Leak(StrEnum):
    """What a tick takes from a membrane; its resting value is 0."""

    NONE = "none"
    SHIFT = "shift"
    """``v - (v >> k)``: the part that is taken is rounded."""
    CONSTANT = "constant"
    """The amount, toward zero and never past it."""
    MULTIPLICATIVE = "multiplicative"
    """``v · m >> bits``: what is left is rounded. ``m < 2**bits``: it decays always."""


def shift_leak(values: Integers, shift: int, rounding: Rounding) -> Int64:
    """``values - values / 2**shift``, the quotient rounded.

    What is smaller than ``2**shift`` does not decay any more, except negative values under floor;
    to the nearest, what is smaller than half of it.
    """
    return np.asarray(values - shift_right(values, shift, rounding), np.int64)


def constant_leak(values: Integers, amounts: Any) -> Int64:
    """``amounts`` (0 and greater) nearer to zero, never past it."""
    return np.asarray(np.sign(values) * np.maximum(np.abs(values) - amounts, 0), np.int64)


def multiplicative_leak(values: Integers, multipliers: Any, bits: int, rounding: Rounding) -> Int64:
    """``values · multipliers / 2**bits``, rounded."""
    return shift_right(np.asarray(values * multipliers, np.int64), bits, rounding)


def multipliers(shift: int, ticks: int, bits: int) -> list[int]:
    """What a leak by ``2**-shift`` leaves of ``2**bits`` after 0 … ``ticks`` - 1 ticks.

    The nearest integers to ``2**bits · (1 - 2**-shift)**n``, ties to the even one: exact, whatever
    the machine. The first, of no tick, is ``2**bits``.
    """
    left = 1 - Fraction(1, 1 << shift)
    return [round((1 << bits) * left**tick) for tick in range(ticks)]
