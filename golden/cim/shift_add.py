"""Shift-and-add: partial sums of different significance become one sum.

Two uses of one structure. Columns of a group hold the slices of a weight: their codes are the
partial sums, ``step`` is the width of a slice. Inputs come bit by bit: the results of the planes
are the partial sums, ``step`` is 1. An array with both needs two in a row.
"""

from enum import StrEnum
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    index_bits,
    register,
    stream_output,
)
from neuroloom.golden.ports import Field, Integers, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

MAX_SUM_BITS = 62


class SliceOrder(StrEnum):
    """Which partial sum comes first."""

    MSB_FIRST = "msb-first"
    """The sum so far is shifted up; the adder is as wide as the sum."""
    LSB_FIRST = "lsb-first"
    """The sum so far is shifted down; the adder is as wide as a partial sum."""


class Encoding(StrEnum):
    """What the slices of a number mean."""

    UNSIGNED = "unsigned"
    """All slices weigh positive."""
    TWOS_COMPLEMENT = "twos-complement"
    """The most significant slice weighs negative; a sign slice is one bit wide."""
    SIGN_MAGNITUDE = "sign-magnitude"
    """Each partial sum is a magnitude with a sign of its own, as from a pair of columns that are
    sensed against each other."""
    OFFSET_BINARY = "offset-binary"
    """Stored is the number plus half its range; half the range times the ones of the input is
    taken off again."""


class ShiftAddSpec(Spec):
    """Parameters of ``shift_add``."""

    macro: ClassVar[str] = "shift_add"
    summary: ClassVar[str] = "combine weight slices or bit planes of different significance"
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
        default=None, ge=0, le=65535,
        description="input ones of every sum, offset-binary; by default each sum brings its count",
    )  # fmt: skip
    reconfigurable: bool = Parameter(
        default=False,
        description="tokens mark the last of a sum, so that precision changes between sums",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.slices % self.lanes:
            raise ValueError(f"lanes={self.lanes} do not divide the {self.slices} slices")
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
            "sum", {"partials": self.tokens}, {"sums": 1},
            latency=self.tokens, interval=self.tokens,
        )  # fmt: skip

    @property
    def inventory(self) -> Inventory:
        control = stream_output(0)
        if not self.reconfigurable:
            control += counter(self.tokens)
        else:
            control += register(1)
            if self.order is SliceOrder.LSB_FIRST and self.tokens > 1:
                align = Inventory(multiplexers=self.sum_format.bits * index_bits(self.tokens))
                control += counter(self.tokens) + align
        return self.unit_inventory + control

    @property
    def unit_inventory(self) -> Inventory:
        """The adder and its register."""
        bits, tokens = self.sum_format.bits, self.tokens
        tree, term_bits, carry = self._term
        held = register(bits)
        if tokens == 1:
            return tree.then(_increment(min(bits, term_bits)) if carry else Inventory()) + held
        msb_first = self.order is SliceOrder.MSB_FIRST
        low = _increment(self.shift) if msb_first and carry else Inventory()
        high = bits - self.shift * (1 if msb_first else tokens - 1)
        overlap = term_bits - self.shift if msb_first else term_bits
        # msb first, a term that only the top slice makes negative meets no sum
        full = high if msb_first and self.signed_terms else min(high, overlap)
        main = Inventory(full_adders=full, half_adders=high - full, adder_depth=high)
        gating = Inventory(gates=bits - self.shift)
        return tree.then(low).then(main) + gating + held

    @property
    def _term(self) -> tuple[Inventory, int, bool]:
        """What makes a token's term, its bits, and whether it is negated with a carry-in."""
        bits = self.partial_bits
        negated = self.encoding in (Encoding.TWOS_COMPLEMENT, Encoding.SIGN_MAGNITUDE)
        if self.lanes == 1 and negated:
            return Inventory(xors=bits), bits + 1, True
        each = Inventory()
        if negated:
            each = Inventory(xors=bits).then(_increment(bits))
        made = each * (1 if self.encoding is Encoding.TWOS_COMPLEMENT else self.lanes)
        if self.encoding is Encoding.OFFSET_BINARY:
            made = adder(bits, self.ones_bits, bits) + Inventory(gates=self.ones_bits)
        width = bits + int(self.encoding is not Encoding.UNSIGNED)
        for lane in range(1, self.lanes):
            made = made.then(adder(max(1, width - self.step), width, width))
            width += self.step if lane else 0
        return made, width, False

    def model(self) -> "ShiftAddModel":
        return ShiftAddModel(self)


def _increment(bits: int) -> Inventory:
    """The one of a negation: bit 0 needs no adder, its carry is a gate."""
    return Inventory(gates=1, half_adders=max(0, bits - 1), adder_depth=bits)


class ShiftAddModel(Model[ShiftAddSpec]):
    """``value = sum over k of ±partial[k] · 2**(step·k)``, exact, k = 0 the least significant.

    Signs as :class:`Encoding` says; offset-binary takes off ``ones · 2**(step·slices - 1)`` for
    the slices that came. A reconfigurable one gives the sum of the slices so far for each token:
    msb first, as if these were all; lsb first, without sign or offset before the last.
    ValueError when a sum has more than ``slices`` slices.
    """

    def __init__(self, spec: ShiftAddSpec) -> None:
        super().__init__(spec)
        self.reset()

    def reset(self) -> None:
        self._position = 0
        """Tokens of an unfinished sum."""
        self._running = 0

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = traffic["partials"]
        if not spec.reconfigurable:
            self.operations("partials", tokens["codes"])
        position, last = self._positions(tokens)
        msb_first = spec.order is SliceOrder.MSB_FIRST
        running = self._terms(tokens, position == 0 if msb_first else last)
        for nth in range(1, spec.tokens):
            here = np.flatnonzero(position == nth)
            before = np.where(here > 0, running[here - 1], self._running)
            if msb_first:
                running[here] += before << spec.shift
            else:
                running[here] = (running[here] << (spec.shift * nth)) + before
        if len(running):
            self._running = int(running[-1])
            self._position = 0 if last[-1] else int(position[-1]) + 1
        if spec.reconfigurable:
            return {"sums": {"value": running, "complete": last.astype(np.int64)}}
        return {"sums": {"value": running[last]}}

    def _positions(self, tokens: Tokens) -> tuple[Integers, Integers]:
        """Of each token: its place in its sum, and whether it is the last of it."""
        spec = self.spec
        count = np.arange(len(tokens["codes"]))
        if not spec.reconfigurable:
            position = count % spec.tokens
            return position, position == spec.tokens - 1
        last = np.asarray(tokens["last"]) == 1
        ends = np.concatenate([[-1 - self._position], count[last]])
        begun = np.concatenate([[0], np.cumsum(last)[:-1]]) if len(count) else count
        position = count - 1 - ends[begun]
        if len(position) and position.max() >= spec.tokens:
            raise ValueError(f"a sum has at most {spec.tokens} tokens, not {position.max() + 1}")
        return position, last

    def _terms(self, tokens: Tokens, top: Integers) -> Integers:
        """What each token adds, in units of its lane 0; ``top`` marks the most significant."""
        spec = self.spec
        codes = np.array(tokens["codes"], np.int64)
        match spec.encoding:
            case Encoding.TWOS_COMPLEMENT:
                codes[top, -1] *= -1
            case Encoding.SIGN_MAGNITUDE:
                codes = np.where(np.asarray(tokens["negative"]) == 1, -codes, codes)
            case Encoding.OFFSET_BINARY:
                ones = tokens["ones"] if spec.fixed_ones is None else np.int64(spec.fixed_ones)
                codes[:, -1] -= np.where(top, ones, 0) << (spec.step - 1)
        terms: Integers = (codes << (spec.step * np.arange(spec.lanes))).sum(axis=1)
        return terms
