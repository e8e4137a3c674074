"""A binarized layer over tiles of differential memory."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal

from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.hdl.composition import Composed
from neuroloom.hdl.parts import handed_over


class RramLayer(Composed[RramLayerSpec]):
    """Step by step a word line is read with the activations of its fold; the word that comes is
    what agrees. At most one read is under way.

    A load of thresholds is taken between vectors only, and before the next vector.
    """

    def elaborate(self, platform: Any) -> Module:
        m = super().elaborate(platform)
        lines, sense, sums = (self.parts[name] for name in ("lines", "sense", "sums"))
        under_way = Signal()
        asked, between = lines.asked, lines.between
        with m.If(handed_over(sense.word)):
            m.d.sync += under_way.eq(0)
        with m.If(handed_over(sense.request)):
            m.d.sync += under_way.eq(1)
        # with nothing under way the first read waits until the array has recovered from reset
        can_read = Mux(asked, sense.request.ready, under_way | sense.request.ready)
        m.d.comb += lines.go.eq(can_read)
        if self.spec.loaded:
            m.d.comb += [
                lines.go.eq(can_read & sums.complete & ~(between & sums.offered)),
                sums.idle.eq(between & ~asked & ~under_way),
            ]
        return m
