"""Number formats: the one place where width, sign, rounding and overflow are defined.

The golden models call the functions here; :mod:`neuroloom.hdl.formats` builds the same in
hardware, and the ``requantize`` macro proves the two equal.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from neuroloom.golden.wording import quoted

Int64 = NDArray[np.int64]
HEXADECIMAL = re.compile("[0-9A-Fa-f]+")
Slip = Callable[[Int64, int, Int64], Int64]
"""What a wrong rounding makes of values, their shift and what they are rounded to."""
_slip: ContextVar[Slip | None] = ContextVar("slip", default=None)


class Overflow(StrEnum):
    """What becomes of a value outside its format."""

    WRAP = "wrap"
    """Keep the low bits (arithmetic modulo 2**bits)."""
    SATURATE = "saturate"
    """Clip to the nearest end of the range."""
    ERROR = "error"
    """Out of range is a broken promise: the model raises, the hardware need not handle it."""


class Rounding(StrEnum):
    """How the bits below the binary point are dropped."""

    FLOOR = "floor"
    """Greatest integer that is not above: an arithmetic shift right, toward minus infinity."""
    TOWARD_ZERO = "toward-zero"
    """The fraction is dropped: floor, and one more where a negative value is not whole."""
    NEAREST_EVEN = "nearest-even"
    """Nearest integer, ties to the even one (IEEE 754 roundTiesToEven)."""
    NEAREST_UP = "nearest-up"
    """Nearest integer, ties to the greater one (half up): floor(value + 1/2)."""
    NEAREST_AWAY = "nearest-away"
    """Nearest integer, ties away from zero (IEEE 754 roundTiesToAway)."""
    STOCHASTIC = "stochastic"
    """Next greater integer with a probability equal to the dropped fraction: floor((value +
    entropy) / 2**shift) with entropy uniform in 0 … 2**shift - 1, taken from an LFSR."""


class IntegerFormat(BaseModel):
    """An integer of ``bits``, two's complement where ``signed``, with its overflow rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bits: int = Field(ge=1, le=63, description="width [bit]")
    signed: bool = Field(default=False, description="two's complement")
    overflow: Overflow = Field(default=Overflow.ERROR, description="rule outside the range")

    @property
    def minimum(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def maximum(self) -> int:
        return (1 << (self.bits - int(self.signed))) - 1

    def fit(self, values: NDArray[np.integer[Any]]) -> Int64:
        """Values brought into the format; OverflowError under ``error`` when one is outside."""
        exact = np.asarray(values, np.int64)
        if self.overflow is Overflow.SATURATE:
            return np.clip(exact, self.minimum, self.maximum)
        if self.overflow is Overflow.WRAP:
            sign = 1 << (self.bits - 1) if self.signed else 0
            return np.asarray(((exact & ((1 << self.bits) - 1)) ^ sign) - sign, np.int64)
        outside = exact[(exact < self.minimum) | (exact > self.maximum)]
        if outside.size:
            raise OverflowError(
                f"{outside[0]} is outside {self.minimum} to {self.maximum} "
                f"({'signed' if self.signed else 'unsigned'} {self.bits} bits)"
            )
        return exact


def shift_right(
    values: NDArray[np.integer[Any]],
    shift: int,
    rounding: Rounding,
    entropy: NDArray[np.integer[Any]] | None = None,
) -> Int64:
    """``values / 2**shift``, rounded to an integer.

    Parameters: signed ``values`` with ``|value| < 2**62``; ``shift`` 0 … 62; ``entropy`` of the
    shape of ``values``, 0 … 2**shift - 1, for stochastic rounding only.
    """
    exact = np.asarray(values, np.int64)
    if rounding is Rounding.STOCHASTIC:
        if entropy is None:
            raise ValueError("stochastic rounding needs entropy, one word a value")
        return (exact + np.asarray(entropy, np.int64)) >> shift
    if shift == 0:
        return exact
    rounded, slip = _rounded(exact, shift, rounding), _slip.get()
    return rounded if slip is None else slip(exact, shift, rounded)


def _rounded(exact: Int64, shift: int, rounding: Rounding) -> Int64:
    """``exact / 2**shift`` rounded without chance; ``shift`` is at least 1."""
    floor = exact >> shift
    if rounding is Rounding.FLOOR:
        return floor
    dropped = exact - (floor << shift)
    if rounding is Rounding.TOWARD_ZERO:
        return np.asarray(floor + ((exact < 0) & (dropped > 0)), np.int64)
    half = 1 << (shift - 1)
    match rounding:
        case Rounding.NEAREST_EVEN:
            tie_up = floor & 1 == 1
        case Rounding.NEAREST_UP:
            tie_up = np.ones(exact.shape, bool)
        case Rounding.NEAREST_AWAY:
            tie_up = exact >= 0
    return np.asarray(floor + ((dropped > half) | ((dropped == half) & tie_up)), np.int64)


@contextmanager
def misrounded(slip: Slip) -> Iterator[None]:
    """Inside, every model rounds as ``slip`` says: what hardware that rounds wrong would give."""
    token = _slip.set(slip)
    try:
        yield
    finally:
        _slip.reset(token)


def dropped_unread(shift: int, rounding: Rounding, signed: bool) -> int:
    """How many of the lowest bits of a value make no difference to ``value / 2**shift``, rounded.

    ``signed`` says whether the value may be negative.
    """
    if rounding is Rounding.FLOOR or (rounding is Rounding.TOWARD_ZERO and not signed):
        return shift
    half_only = Rounding.NEAREST_UP, *(() if signed else (Rounding.NEAREST_AWAY,))
    return max(0, shift - 1) if rounding in half_only else 0


def unsigned_bits(maximum: int) -> int:
    """Bits of an unsigned number that holds 0 … ``maximum``; at least 1."""
    return max(1, maximum.bit_length())


def from_hexadecimal(text: str) -> int:
    """The number that digits 0-9, a-f, A-F stand for. ValueError for anything else: Python's own
    ``int`` takes signs, spaces, underscores, a prefix and the digits of other scripts as well.
    """
    if not HEXADECIMAL.fullmatch(text):
        raise ValueError(f"hexadecimal: {quoted(text)}")
    return int(text, 16)
