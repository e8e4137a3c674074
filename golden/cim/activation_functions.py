"""Activation functions of integers: each a few comparisons, shifts and at most one product."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from neuroloom.golden.formats import Int64, Rounding, shift_right
from neuroloom.golden.inventory import Inventory, adder, multiplier, register, saturation

Range = tuple[int, int]
MAX_BITS = 62
"""Width of the widest intermediate result [bit]: int64 holds it and what rounding adds."""


class Function(StrEnum):
    """What is done with a scaled value y."""

    NONE = "none"
    """y."""
    RELU = "relu"
    """max(y, 0)."""
    CLIPPED_RELU = "clipped-relu"
    """min(max(y, 0), ceiling)."""
    LEAKY_RELU = "leaky-relu"
    """y from 0 on, round(y / 2**slope_shift) below."""
    PIECEWISE = "piecewise"
    """round((slopes[s] · y + offsets[s]) / 2**slope_shift), where s counts the breakpoints that are
    at most y."""


@dataclass(frozen=True)
class ActivationFunction:
    """A function with its parameters; those of other functions are not looked at."""

    function: Function
    rounding: Rounding
    ceiling: int
    slope_shift: int
    breakpoints: tuple[int, ...]
    slopes: tuple[int, ...]
    offsets: tuple[int, ...]

    def __call__(self, values: Int64) -> Int64:
        """The function of each value. ``|slope · value + offset|`` stays below 2**62."""
        match self.function:
            case Function.NONE:
                return values
            case Function.RELU:
                return np.maximum(values, 0)
            case Function.CLIPPED_RELU:
                return np.clip(values, 0, self.ceiling)
            case Function.LEAKY_RELU:
                below = shift_right(values, self.slope_shift, self.rounding)
                return np.where(values < 0, below, values)
        segment = np.searchsorted(np.array(self.breakpoints, np.int64), values, side="right")
        slopes, offsets = (np.array(numbers, np.int64) for numbers in (self.slopes, self.offsets))
        line = slopes[segment] * values + offsets[segment]
        return shift_right(line, self.slope_shift, self.rounding)

    def check_segments(self, low: int, high: int) -> None:
        """ValueError where the segments do not cover ``low`` to ``high``, each a part of it."""
        segments = len(self.breakpoints) + 1
        if (len(self.slopes), len(self.offsets)) != (segments, segments):
            raise ValueError(
                f"{segments - 1} breakpoints make {segments} segments: give as many slopes and "
                f"offsets, not {len(self.slopes)} and {len(self.offsets)}"
            )
        edges = (low, *self.breakpoints, high + 1)
        if any(start >= stop for start, stop in pairwise(edges)):
            raise ValueError(f"breakpoints must rise and lie in {low + 1} to {high}")
        check_width("slopes times scaled values", self.products(low, high))
        check_width("offsets", (min(self.offsets), max(self.offsets)))

    def range(self, low: int, high: int) -> Range:
        """Least and greatest function of the integers from ``low`` to ``high``."""
        # each is at an end, at zero, or on one side of a breakpoint
        sides = [side for knee in self.breakpoints for side in (knee - 1, knee)]
        knees = [low, *(value for value in (*sides, 0) if low < value < high), high]
        values = self(np.array(knees, np.int64))
        return int(values.min()), int(values.max())

    def products(self, low: int, high: int) -> Range:
        """Least and greatest ``slopes[s] · y`` for y from ``low`` to ``high``."""
        starts = (low, *self.breakpoints)
        stops = (*(knee - 1 for knee in self.breakpoints), high)
        segments = zip(self.slopes, starts, stops, strict=True)
        products = [slope * end for slope, start, stop in segments for end in (start, stop)]
        return min(products), max(products)

    def lines(self, low: int, high: int) -> Range:
        """Bounds of ``slopes[s] · y + offsets[s]``: of the product and the offset, each alone."""
        least, most = self.products(low, high)
        return least + min(self.offsets), most + max(self.offsets)

    @property
    def by_constants(self) -> bool:
        """Whether at most one product remains where slopes of powers of two are shifts."""
        return sum(abs(slope) & (abs(slope) - 1) > 0 for slope in set(self.slopes)) <= 1

    def inventory(self, low: int, high: int) -> Inventory:
        """What the function of ``low`` to ``high`` consists of, registers of segments included."""
        bits = bits_for(low, high)
        rounder = Inventory()
        if self.slope_shift and self.rounding is not Rounding.FLOOR:
            rounder = Inventory(gates=self.slope_shift, half_adders=bits, adder_depth=bits)
        rectifier = Inventory(gates=bits if low < 0 else 0)
        match self.function:
            case Function.NONE:
                return Inventory()
            case Function.RELU:
                return rectifier
            case Function.CLIPPED_RELU:
                return rectifier.then(saturation(bits, self.ceiling.bit_length(), ends=1))
            case Function.LEAKY_RELU:
                return rounder.then(Inventory(multiplexers=bits)) if low < 0 else Inventory()
        product_bits = bits_for(*self.products(low, high))
        offset_bits = bits_for(min(self.offsets), max(self.offsets))
        # a comparison with a constant and a choice a breakpoint
        chosen = len(self.breakpoints) * Inventory(gates=bits + product_bits)
        if not self.by_constants:
            chosen = chosen.then(multiplier(bits, bits_for(min(self.slopes), max(self.slopes))))
        line = adder(product_bits, offset_bits, bits_for(*self.lines(low, high)))
        return chosen + register(product_bits + offset_bits + 1) + line.then(rounder)


def bits_for(low: int, high: int) -> int:
    """Bits that hold every integer from ``low`` to ``high``: two's complement where low < 0."""
    if low >= 0:
        return high.bit_length()
    return max((-low - 1).bit_length(), high.bit_length()) + 1


def check_width(what: str, ends: Range) -> None:
    """ValueError where ``what`` needs more bits than there are."""
    if (bits := bits_for(*ends)) > MAX_BITS:
        raise ValueError(f"{what} take {bits} bits: at most {MAX_BITS}, choose narrower factors")
