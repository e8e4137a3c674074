"""Maximum or average of whole pixels, all channels at once."""

from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.adder_trees import ripple_tree, sum_bits
from neuroloom.golden.checks import check_divides, check_rounding
from neuroloom.golden.cim.activation_functions import Range, bits_for, check_width
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import Int64, IntegerFormat, Overflow, Rounding, shift_right
from neuroloom.golden.inventory import Inventory, adder, comparator, counter, register, saturation
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless


class Operation(StrEnum):
    """What becomes of the pixels of a pool, channel by channel."""

    MAX = "max"
    AVERAGE = "average"


def reciprocal(count: int, bits: int = 16) -> tuple[int, int]:
    """``r`` and ``s`` with ``r / 2**s`` near ``1 / count``, ``r`` odd and of at most ``bits`` bits.

    Exact for a power of two, where r is 1. For others r is ``round(2**s / count)`` with the largest
    s for which that fits, both halved while r is even. Then ``|count·r / 2**s - 1|`` is at most
    ``1 / (2**bits - 1)``. ``count`` and ``bits`` are at least 1.
    """
    shift = (count - 1).bit_length()
    if count & (count - 1) == 0:
        return 1, shift
    while round(Fraction(2 << shift, count)) < 1 << bits:
        shift += 1
    multiplier = round(Fraction(1 << shift, count))
    while multiplier % 2 == 0:
        multiplier, shift = multiplier // 2, shift - 1
    return multiplier, shift


def average(
    sums: Int64,
    count: int,
    fmt: IntegerFormat,
    rounding: Rounding = Rounding.NEAREST_EVEN,
    multiplier_bits: int = 16,
) -> Int64:
    """``sums / count`` in integers: exact sums of ``count`` values in ``fmt`` to their averages.

    ``fit(round(sum · r / 2**s))`` with the :func:`reciprocal` of the count, rounded by floor or to
    nearest-even. Before it is rounded a value is off ``sum / count`` by nothing where the count is
    a power of two, else by at most ``|sum / count| / (2**multiplier_bits - 1)``. So a result is at
    most one off the rounded quotient while ``fmt`` has no more bits than the multiplier: to nearest
    where the quotient is a tie or nearly one, by floor where it is an integer or barely more and r
    was rounded down. ``|sum|·r`` stays below 2**62.
    """
    multiplier, shift = reciprocal(count, multiplier_bits)
    return fmt.fit(shift_right(np.asarray(sums, np.int64) * multiplier, shift, rounding))


class PixelPoolSpec(Spec):
    """Parameters of ``pixel_pool``."""

    macro: ClassVar[str] = "pixel_pool"
    summary: ClassVar[str] = "max and average pooling of pixels of many channels"
    """max and average pooling of whole pixels beside a crossbar, windows or a whole map; exact
    sums, averages by shift or reciprocal
    """
    source: ClassVar[str] = "digital work beside a crossbar, Dazzi et al. 2021, section 2.1"

    channels: int = Parameter(default=16, ge=1, le=1024, description="channels of a pixel")
    units: int = Parameter(default=4, ge=1, le=1024, description="channels computed a cycle")
    bits: int = Parameter(default=8, ge=1, le=32, description="width of a channel [bit]")
    signed: bool = Parameter(default=False, description="pixels in two's complement")
    pixels: int = Parameter(default=4, ge=1, le=256, description="pixels of a token")
    tokens: int = Parameter(default=1, ge=1, le=65536, description="tokens pooled together")
    operation: Operation = Parameter(default=Operation.MAX, description="max, average")
    rounding: Rounding = Parameter(
        default=Rounding.NEAREST_EVEN, description="rounding of averages: floor, nearest-even"
    )
    multiplier_bits: int = Parameter(
        default=16,
        ge=2,
        le=32,
        description="width of what a sum is multiplied by where a pool has no power of two of "
        "pixels [bit]",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_divides("units", self.units, self.channels, "channels of a pixel")
        check_rounding(self.rounding)
        if self.operation is Operation.AVERAGE:
            check_width("sums times the reciprocal", self.scaled_range)
            if self.pooled_range == (0, 0):
                raise ValueError(
                    f"averages of {self.count} pixels of one bit are all zero: "
                    "take rounding=nearest-even"
                )
        return self

    @property
    def folds(self) -> int:
        """Cycles of a token."""
        return self.channels // self.units

    @property
    def count(self) -> int:
        """Pixels of a pool."""
        return self.pixels * self.tokens

    @property
    def pixel_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.bits, signed=self.signed, overflow=Overflow.SATURATE)

    @property
    def kept_range(self) -> Range:
        """Least and greatest sum or maximum of a channel."""
        addends = self.count if self.operation is Operation.AVERAGE else 1
        return addends * self.pixel_format.minimum, addends * self.pixel_format.maximum

    @property
    def reciprocal(self) -> tuple[int, int]:
        """What a sum is multiplied by, and the shift behind that; nothing of a maximum."""
        if self.operation is Operation.MAX:
            return 1, 0
        return reciprocal(self.count, self.multiplier_bits)

    @property
    def scaled_range(self) -> Range:
        """Least and greatest sum times the reciprocal, in 2**-shift."""
        low, high = self.kept_range
        return self.reciprocal[0] * low, self.reciprocal[0] * high

    @property
    def rounded_range(self) -> Range:
        """Least and greatest average, rounded to an integer."""
        ends = np.array(self.scaled_range)
        low, high = shift_right(ends, self.reciprocal[1], self.rounding).tolist()
        return low, high

    @property
    def pooled_range(self) -> Range:
        """Least and greatest result."""
        low, high = self.pixel_format.fit(np.array(self.rounded_range)).tolist()
        return low, high

    @property
    def stages(self) -> int:
        """Registers on the way: maximum; or sum and average."""
        return 2 if self.operation is Operation.AVERAGE else 1

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            rounding=self.operation is Operation.AVERAGE,
            multiplier_bits=self.operation is Operation.AVERAGE
            and self.count & (self.count - 1) != 0,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        lanes = self.pixels * self.channels
        pixels = Field(
            "values", self.bits, "pixel after pixel, channels in order", self.signed, lanes
        )
        pooled = Field("values", self.bits, "one a channel", self.signed, self.channels)
        return (
            Stream("pixels", "in", (pixels,), f"{self.tokens} tokens a pool"),
            Stream("pooled", "out", (pooled,), "one pixel a pool"),
        )

    @property
    def contract(self) -> Contract:
        return Contract(
            "pool",
            {"pixels": self.tokens},
            {"pooled": 1},
            latency=(self.tokens - 1) * self.folds + self.stages,
            interval=self.tokens * self.folds,
            room={"pixels": self.tokens + (self.stages - 1) // self.folds},
        )

    @property
    def inventory(self) -> Inventory:
        bits, (multiplier, shift) = self.bits, self.reciprocal
        kept, several = bits_for(*self.kept_range), self.tokens > 1
        control = counter(self.folds) + counter(self.tokens) + Inventory(gates=6)
        picking = self.units * self.pixels * Inventory(multiplexers=(self.folds - 1) * bits)
        if self.operation is Operation.MAX:
            duel = comparator(bits) + Inventory(multiplexers=bits)
            duels = (self.pixels - 1 + several) * duel
            return control + picking + self.units * duels + register(self.channels * bits + 1)
        lane = ripple_tree(self.pixels, bits, self.signed).inventory
        if several:
            token = sum_bits(self.pixels, bits, self.signed)
            lane = (lane + Inventory(gates=kept)).then(adder(kept, token, kept))
        # where sums are not added to, nothing reads what floor drops
        dropped = shift if self.rounding is Rounding.FLOOR else 0
        last_sum = kept - (dropped if multiplier == 1 and not several else 0)
        state = register(last_sum * (self.channels if several else self.units) + self.stages)
        rounded = bits_for(*self.rounded_range)
        path = (multiplier.bit_count() - 1) * adder(kept, kept, kept)
        if not dropped:
            path = path.then(Inventory(half_adders=rounded, adder_depth=rounded))
        if self.rounded_range != self.pooled_range:
            path = path.then(saturation(rounded, bits, 1 + self.signed))
        result = register(self.channels * bits_for(*self.pooled_range))
        return control + picking + state + self.units * (lane + path) + result

    def model(self) -> "PixelPoolModel":
        return PixelPoolModel(self)


class PixelPoolModel(Model[PixelPoolSpec]):
    """``pooled[c]`` is the maximum, or the :func:`average`, of channel c of all pixels of a pool;
    sums are exact. Zeros of padding are pixels too: an average counts them, and a maximum over
    them is that of the image where pixels are unsigned.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = self.operations("pixels", np.asarray(traffic["pixels"]["values"]))
        pixels = tokens.reshape(-1, spec.count, spec.channels).astype(np.int64)
        if spec.operation is Operation.MAX:
            return {"pooled": {"values": pixels.max(axis=1)}}
        sums = pixels.sum(axis=1)
        pooled = average(sums, spec.count, spec.pixel_format, spec.rounding, spec.multiplier_bits)
        return {"pooled": {"values": pooled}}
