"""Shift-and-add: partial sums of different significance become one sum.

Two uses of one structure. Columns of a group hold the slices of a weight: their codes are the
partial sums, ``step`` is the width of a slice. Inputs come bit by bit: the results of the planes
are the partial sums, ``step`` is 1. An array with both needs two in a row.
"""

from typing import ClassVar, Self

from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.checks import check_divides
from neuroloom.golden.cim.shift_add_inventory import shift_add_inventory, unit_inventory
from neuroloom.golden.cim.shift_add_model import ShiftAddModel
from neuroloom.golden.cim.slices import Encoding, SliceOrder
from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.ports import Field, Stream
from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import unless

MAX_SUM_BITS = 62


class ShiftAddSpec(Spec):
    """Parameters of ``shift_add``."""

    macro: ClassVar[str] = "shift_add"
    summary: ClassVar[str] = "combine weight slices or bit planes of different significance"
    """weight slices and bit planes of every encoding, precision chosen at run time"""
    source: ClassVar[str] = (
        "shift-add of a compute-in-memory macro, Lu et al. 2021, Table 4; offset-binary weights "
        "and the count of ones: Shafiee et al. 2016"
    )

    partial_bits: int = Parameter(
        default=3, ge=1, le=32, description="width of a partial sum [bit]"
    )
    partial_signed: bool = Parameter(default=False, description="partial sums in two's complement")
    slices: int = Parameter(
        default=8, ge=1, le=64, description="partial sums a sum, at most where reconfigurable"
    )
    step: int = Parameter(
        default=1, ge=1, le=8, description="bits from one slice to the next: weight 2**(step·k)"
    )
    lanes: int = Parameter(
        default=1, ge=1, le=64, description="slices a token; lane 0 is the least significant"
    )
    order: SliceOrder = Parameter(default=SliceOrder.MSB_FIRST, description="order of the tokens")
    encoding: Encoding = Parameter(
        default=Encoding.TWOS_COMPLEMENT, description="what the slices mean"
    )
    ones_bits: int = Parameter(
        default=3, ge=1, le=16, description="width of the count of input ones, offset-binary [bit]"
    )
    fixed_ones: int | None = Parameter(
        default=None,
        ge=0,
        le=65535,
        description="input ones of every sum, offset-binary; by default each sum brings its count",
    )
    reconfigurable: bool = Parameter(
        default=False,
        description="tokens mark the last of a sum, so that precision changes between sums",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_divides("lanes", self.lanes, self.slices, "slices")
        if self.step > self.partial_bits:
            raise ValueError(
                f"step={self.step} is more than partial_bits={self.partial_bits}: "
                "a slice reads at least as many bits as it stores"
            )
        if self.partial_signed and self.partial_bits == 1:
            raise ValueError("partial_signed needs partial_bits of 2 or more: a sign and a digit")
        if self.encoding is Encoding.SIGN_MAGNITUDE and self.partial_signed:
            raise ValueError(
                "encoding=sign-magnitude has a sign beside each magnitude: "
                "it goes with partial_signed=false"
            )
        if self.fixed_ones is not None:
            if self.encoding is not Encoding.OFFSET_BINARY:
                raise ValueError("fixed_ones goes with encoding=offset-binary")
            greatest = self.partial_format.maximum // ((1 << self.step) - 1)
            if self.fixed_ones > greatest:
                raise ValueError(
                    f"fixed_ones={self.fixed_ones} cannot be read by a code of "
                    f"{self.partial_bits} bits: give at most {greatest}, or more partial_bits"
                )
        if self._sum_bits > MAX_SUM_BITS:
            raise ValueError(
                f"the sum has {self._sum_bits} bits, the most is {MAX_SUM_BITS}: "
                "take fewer slices, a smaller step or fewer partial_bits"
            )
        return self

    @property
    def tokens(self) -> int:
        """Tokens of a sum with all slices."""
        return self.slices // self.lanes

    @property
    def shift(self) -> int:
        """Bits from one token to the next."""
        return self.step * self.lanes

    @property
    def partial_format(self) -> IntegerFormat:
        return IntegerFormat(bits=self.partial_bits, signed=self.partial_signed)

    @property
    def counted(self) -> bool:
        """Whether each sum brings its count of input ones."""
        return self.encoding is Encoding.OFFSET_BINARY and self.fixed_ones is None

    @property
    def signed_terms(self) -> bool:
        """Whether any partial sum can weigh negative, not only the most significant."""
        return self.partial_signed or self.encoding is Encoding.SIGN_MAGNITUDE

    @property
    def range(self) -> tuple[int, int]:
        """Least and greatest sum."""
        low, high = self.partial_format.minimum, self.partial_format.maximum
        below = sum(1 << (self.step * k) for k in range(self.slices - 1))
        top = 1 << (self.step * (self.slices - 1))
        match self.encoding:
            case Encoding.UNSIGNED:
                return low * (below + top), high * (below + top)
            case Encoding.TWOS_COMPLEMENT:
                return low * below - high * top, high * below - low * top
            case Encoding.SIGN_MAGNITUDE:
                return -high * (below + top), high * (below + top)
            case Encoding.OFFSET_BINARY:
                half = top << (self.step - 1)
                fixed = self.fixed_ones
                least, most = ((1 << self.ones_bits) - 1, 0) if fixed is None else (fixed, fixed)
                return low * (below + top) - half * least, high * (below + top) - half * most

    @property
    def _sum_bits(self) -> int:
        low, high = self.range
        if self.order is SliceOrder.LSB_FIRST and self.fixed_ones is not None:
            # the offset goes off last: what stands there before must fit as well
            offset = self.fixed_ones << (self.step * self.slices - 1)
            high += offset if self.tokens > 1 else 0
        return max((-low - 1).bit_length() + 1 if low < 0 else 0, high.bit_length() + (low < 0))

    @property
    def sum_format(self) -> IntegerFormat:
        """Holds every sum exactly."""
        return IntegerFormat(bits=max(1, self._sum_bits), signed=self.range[0] < 0)

    @property
    def unused(self) -> frozenset[str]:
        return unless(
            ones_bits=self.encoding is Encoding.OFFSET_BINARY and self.fixed_ones is None,
            fixed_ones=self.encoding is Encoding.OFFSET_BINARY,
        )

    @property
    def streams(self) -> tuple[Stream, ...]:
        bits, signed = self.partial_bits, self.partial_signed
        fields = [Field("codes", bits, "slices, lane 0 least significant", signed, self.lanes)]
        if self.encoding is Encoding.SIGN_MAGNITUDE:
            fields.append(Field("negative", 1, "signs of the codes", lanes=self.lanes))
        if self.counted:
            fields.append(Field("ones", self.ones_bits, "ones of the input, beside the top slice"))
        if self.reconfigurable:
            fields.append(Field("last", 1, "the sum ends with this token"))
        fmt = self.sum_format
        total = [Field("value", fmt.bits, "the sum", signed=fmt.signed)]
        if self.reconfigurable:
            total.append(Field("complete", 1, "the sum has all of its slices"))
        return (
            Stream("partials", "in", tuple(fields), f"slices, {self.order}"),
            Stream("sums", "out", tuple(total), "running sums" if self.reconfigurable else "sums"),
        )

    @property
    def contract(self) -> Contract:
        if self.reconfigurable:
            return Contract("token", {"partials": 1}, {"sums": 1}, latency=1, interval=1)
        return Contract(
            "sum",
            {"partials": self.tokens},
            {"sums": 1},
            latency=self.tokens,
            interval=self.tokens,
            room={"partials": self.tokens},
        )

    @property
    def inventory(self) -> Inventory:
        return shift_add_inventory(self)

    @property
    def unit_inventory(self) -> Inventory:
        """The adder and its register."""
        return unit_inventory(self)

    def model(self) -> ShiftAddModel:
        return ShiftAddModel(self)
