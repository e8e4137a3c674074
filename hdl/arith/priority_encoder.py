"""First input that is one; leading and trailing zeros."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.arith.priority_encoder import First, PriorityEncoderSpec, Report, lower_half
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component


def search(m: Module, bits: Value, first: First) -> tuple[Value, Value]:
    """Whether any bit is one, and the number of the first one; a balanced tree, combinational.

    Without any, the number is 0.
    """
    size = len(bits)
    if size == 1:
        return bits, C(0, 0)
    cut = lower_half(size)
    any_low, low = search(m, bits[:cut], first)
    any_high, high = search(m, bits[cut:], first)
    found = Signal(name="found_any")
    upper = Signal()
    rest = Signal(len(low))
    m.d.comb += found.eq(any_low | any_high)
    if first is First.MSB:
        m.d.comb += upper.eq(any_high)
        m.d.comb += rest.eq(high | Mux(any_high, 0, low))
    else:
        m.d.comb += upper.eq(any_high & ~any_low)
        m.d.comb += rest.eq(low | Mux(any_low, 0, high))
    return found, Cat(rest, upper)


class PriorityEncoder(Component[PriorityEncoderSpec]):
    """The first one of ``word.bits``, combinational, in log2 depth for any number of bits."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        lockstep(m, self.word, self.found, stages=0)
        bits, found = self.word.payload.bits, self.found.payload
        zeros = spec.report is Report.ZEROS
        if zeros and spec.first is First.MSB:
            any_one, before = search(m, bits[::-1], First.LSB)
        else:
            any_one, before = search(m, bits, spec.first)
        m.d.comb += found.none.eq(~any_one)
        if zeros:
            m.d.comb += found.zeros.eq(Mux(found.none, spec.inputs, before))
        else:
            m.d.comb += found.index.eq(before)
        return m
