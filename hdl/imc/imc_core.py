"""In-memory-computing core around a crossbar outside."""

from typing import Any

from amaranth.hdl import C, Module, Mux, Signal

from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.hdl.composition import Composed


class ImcCore(Composed[ImcCoreSpec]):
    """Counts the windows that have left and whose sums have not come: patches wait when there is no
    room for all of theirs, sums when there is none.
    """

    def elaborate(self, platform: Any) -> Module:
        m = super().elaborate(platform)
        spec, patches, sums = self.spec, self.at("flow.patches"), self.at("work.sums")
        parallel, most = spec.dataflow.parallel, spec.most_waiting
        windows = patches.payload.windows if spec.dataflow.counted else C(parallel)
        waiting = Signal(range(most + 1))
        room = Signal()
        asked = Signal()
        leaves = self.patches.valid & self.patches.ready
        comes = self.sums.valid & self.sums.ready
        m.d.sync += waiting.eq(waiting + Mux(leaves, windows, 0) - comes)
        full = waiting == most if parallel == 1 else waiting > most - parallel
        m.d.comb += [room.eq(~full), asked.eq(waiting.any())]
        with m.If(~room):
            m.d.comb += [self.patches.valid.eq(0), patches.ready.eq(0)]
        with m.If(~asked):
            m.d.comb += sums.valid.eq(0)
        return m
