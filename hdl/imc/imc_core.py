"""In-memory-computing core around a crossbar outside."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.imc.dataflow_controller import DataflowController
from neuroloom.hdl.imc.digital_processor import DigitalProcessor


class ImcCore(Component[ImcCoreSpec]):
    """Counts the patches that have left and whose sums have not come: patches wait when there are
    ``in_flight``, sums when there is none.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.flow = flow = DataflowController(spec.dataflow)
        m.submodules.work = work = DigitalProcessor(spec.processor)
        waiting = Signal(range(spec.in_flight + 1))
        room = Signal()
        asked = Signal()
        leaves = self.patches.valid & self.patches.ready
        comes = self.sums.valid & self.sums.ready
        m.d.sync += waiting.eq(waiting + leaves - comes)
        m.d.comb += [room.eq(waiting != spec.in_flight), asked.eq(waiting.any())]

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
