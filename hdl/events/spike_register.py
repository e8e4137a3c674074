"""Rising edges of lines, held until they are served as addresses."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal

from neuroloom.golden.events.aer_encoder import ServingOrder
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.hdl.arith.one_hot import lowest, number_of
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import output_free
from neuroloom.hdl.streams.arbitration import round_robin


class SpikeRegister(Component[SpikeRegisterSpec]):
    """A bit a line says that it rose, another one that it did so again. A line that rises while it
    is served is held anew.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, samples, spikes = self.spec, self.samples, self.spikes
        every = (1 << spec.lines) - 1
        level = samples.payload.lines
        for index in range(spec.synchronizer):
            stage = Signal(spec.lines, init=every, name=f"stage{index}")
            with m.If(samples.valid):
                m.d.sync += stage.eq(level)
            level = stage
        before = Signal(spec.lines, init=every)
        rising = Signal(spec.lines)
        held = Signal(spec.lines)
        again = Signal(spec.lines)
        chosen = Signal(spec.lines)
        staying = Signal(spec.lines)
        free = Signal()
        m.d.comb += [
            samples.ready.eq(1),
            rising.eq(Mux(samples.valid, level & ~before, 0)),
            free.eq(output_free(spikes)),
            staying.eq(held & ~Mux(free, chosen, 0)),
        ]
        if spec.order is ServingOrder.ROUND_ROBIN:
            grant, _ = round_robin(m, held, free)
            m.d.comb += chosen.eq(grant)
        else:
            m.d.comb += chosen.eq(lowest(m, held))
        with m.If(samples.valid):
            m.d.sync += before.eq(level)
        m.d.sync += held.eq(staying | rising)
        m.d.sync += again.eq(staying & (again | rising))
        with m.If(free):
            m.d.sync += [
                spikes.valid.eq(held.any()),
                spikes.payload.address.eq(number_of(m, chosen)),
                spikes.payload.merged.eq((again & chosen).any()),
            ]
        return m
