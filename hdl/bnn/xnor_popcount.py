"""The processing element of a binarized layer."""

from typing import Any

from amaranth.hdl import Module, Signal, Value

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.hdl.arith.popcount import count_ones
from neuroloom.hdl.arith.running_sum import RunningSum
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import handed_over, output_free


def count_matches(m: Module, activations: Value, weights: Value, style: PopcountStyle) -> Signal:
    """Number of positions in which two words of bits agree; combinational."""
    agree = Signal(len(activations))
    m.d.comb += agree.eq(~(activations ^ weights))
    return count_ones(m, agree, style)


class XnorPopcount(Component[XnorPopcountSpec]):
    """XNOR, popcount and accumulation of one fold a cycle.

    The score of a dot product stands in the cycle after its last fold was taken. Only that fold
    waits while a score is held: the others go on into the accumulator.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        operands = self.operands.payload

        matches = count_matches(m, operands.activations, operands.weights, spec.style)
        m.submodules.accumulator = accumulator = RunningSum(len(matches), spec.matches_format)
        m.d.comb += accumulator.addend.eq(matches)

        fold = Signal(range(spec.folds))
        last = fold == spec.folds - 1
        accept = handed_over(self.operands)
        m.d.comb += self.operands.ready.eq(~last | output_free(self.score))
        m.d.comb += accumulator.enable.eq(accept)
        m.d.comb += accumulator.last.eq(last)

        with m.If(self.score.ready):
            m.d.sync += self.score.valid.eq(0)
        with m.If(accept):
            m.d.sync += fold.eq(fold + 1)
            with m.If(last):
                m.d.sync += fold.eq(0)
                m.d.sync += self.score.payload.matches.eq(accumulator.total)
                m.d.sync += self.score.valid.eq(1)
        return m
