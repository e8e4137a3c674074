"""Shift accumulator: the sums of bit planes, the least significant plane first, become one sum."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Shape, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class PlaneSum(wiring.Component):
    """``total = sum over k of ±plane[k] · 2**k`` of ``planes`` planes, k = 0 first.

    The sum so far is shifted down, so that the adder is hardly wider than ``plane``. With
    ``signed_inputs`` the last plane weighs negative: it is inverted, and a carry-in added.

    Interface: in a cycle with ``enable`` a plane joins, ``first`` and ``last`` mark the ends of a
    sum; ``total`` is the register, ``bits`` wide.
    """

    def __init__(self, plane: Shape, planes: int, signed_inputs: bool, bits: int) -> None:
        self.planes = planes
        self.signed_inputs = signed_inputs
        super().__init__(
            {"plane": In(plane), "first": In(1), "last": In(1), "enable": In(1), "total": Out(bits)}
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        passed = Signal(self.planes - 1)
        high = Signal(len(self.total) - len(passed))
        negative = self.last if self.signed_inputs else C(0, 1)

        term = Signal(len(high))
        m.d.comb += term.eq(self.plane ^ negative.as_signed() if self.signed_inputs else self.plane)
        added = Signal(len(high) + 1)
        # the carry-in comes from a position below bit 0
        m.d.comb += added.eq(Cat(C(1, 1), self._kept(m, high)) + Cat(negative, term))
        with m.If(self.enable):
            m.d.sync += [high.eq(added[1:]), passed.eq(Cat(passed[1:], high[0]))]
        m.d.comb += self.total.eq(Cat(passed, high))
        return m

    def _kept(self, m: Module, high: Signal) -> Value:
        """The sum so far without the bit that is passed on, or zero."""
        if self.planes == 1:
            return C(0, len(high))
        sign = high[-1:] if self.plane.shape().signed else C(0, 1)
        follows = Signal()
        m.d.comb += follows.eq(~self.first)
        return Cat(high[1:], sign) & follows.replicate(len(high))
