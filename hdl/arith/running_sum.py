"""Accumulator that starts afresh by itself after the last addend of a sum."""

from typing import Any

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.formats import IntegerFormat
from neuroloom.hdl import formats


class RunningSum(wiring.Component):
    """Sums addends in ``fmt``, signed as it is.

    The register is cleared, not loaded, when a sum ends, so that the adder needs no multiplexer
    in front of it: on FPGAs the clear is the flip-flop's own synchronous reset.

    Interface: in a cycle with ``enable`` the ``addend`` joins the sum; ``total`` is the sum with
    this addend, combinational; ``last`` marks the last addend of a sum.
    """

    def __init__(self, addend_bits: int, fmt: IntegerFormat) -> None:
        self.fmt = fmt
        super().__init__(
            {
                "addend": In(Shape(addend_bits, fmt.signed)),
                "enable": In(1),
                "last": In(1),
                "total": Out(Shape(fmt.bits, fmt.signed)),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        accumulated = Signal.like(self.total)
        exact = Signal((accumulated + self.addend).shape())
        m.d.comb += exact.eq(accumulated + self.addend)
        m.d.comb += self.total.eq(formats.fit(m, exact, self.fmt))
        with m.If(self.enable):
            m.d.sync += accumulated.eq(self.total)
            with m.If(self.last):
                m.d.sync += accumulated.eq(0)
        return m
