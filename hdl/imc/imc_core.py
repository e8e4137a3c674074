"""In-memory-computing core around a crossbar outside."""

from typing import Any

from amaranth.hdl import C, Module, Mux, Signal

from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.imc.dataflow_controller import DataflowController
from neuroloom.hdl.imc.digital_processor import DigitalProcessor


class ImcCore(Component[ImcCoreSpec]):
    """Counts the windows that have left and whose sums have not come: patches wait when there is no
    room for all of theirs, sums when there is none.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.flow = flow = DataflowController(spec.dataflow)
        m.submodules.work = work = DigitalProcessor(spec.processor)
        parallel, most = spec.dataflow.parallel, spec.most_waiting
        windows = flow.patches.payload.windows if spec.dataflow.counted else C(parallel)
        waiting = Signal(range(most + 1))
        room = Signal()
        asked = Signal()
        leaves = self.patches.valid & self.patches.ready
        comes = self.sums.valid & self.sums.ready
        m.d.sync += waiting.eq(waiting + Mux(leaves, windows, 0) - comes)
        full = waiting == most if parallel == 1 else waiting > most - parallel
        m.d.comb += [room.eq(~full), asked.eq(waiting.any())]

        pairs = [(self.pixels, flow.pixels), (flow.patches, self.patches),
                 (work.pixels, self.results)]  # fmt: skip
        if spec.dataflow.residual:
            pairs.append((flow.residual, self.forwarded))
        for port in spec.processor.input_streams:
            pairs.append((getattr(self, port.name), getattr(work, port.name)))
        for source, sink in pairs:
            m.d.comb += sink.valid.eq(source.valid)
            m.d.comb += sink.payload.eq(source.payload)
            m.d.comb += source.ready.eq(sink.ready)
        with m.If(~room):
            m.d.comb += [self.patches.valid.eq(0), flow.patches.ready.eq(0)]
        with m.If(~asked):
            m.d.comb += work.sums.valid.eq(0)
        return m
