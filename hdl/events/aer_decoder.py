"""Addresses as lines."""

from typing import Any

from amaranth.hdl import C, Module, Mux, Signal

from neuroloom.golden.events.aer_decoder import AerDecoderSpec
from neuroloom.hdl.arith.one_hot import one_at
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import output_free


class AerDecoder(Component[AerDecoderSpec]):
    """Gathers lines in the register of the output. The first event of the next vector is taken in
    the cycle in which the vector leaves.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, events, vector = self.spec, self.events, self.vector
        event = events.payload
        free = Signal()
        happens = Signal()
        ends = Signal()
        came = Signal(spec.lines)
        m.d.comb += [
            free.eq(output_free(vector)),
            events.ready.eq(free),
            happens.eq(events.valid & ~event.empty if spec.gathers else events.valid),
            ends.eq(events.valid & event.last if spec.gathers else events.valid),
            came.eq(one_at(m, event.address, spec.lines, happens)),
        ]
        # a vector that leaves takes its lines along
        kept = vector.payload.lines & ~vector.valid.replicate(spec.lines)
        with m.If(free):
            m.d.sync += vector.valid.eq(ends)
            m.d.sync += vector.payload.lines.eq(kept | came if spec.gathers else came)
        if spec.can_be_outside:
            outside = Signal()
            before = Signal(spec.outside_bits)
            m.d.comb += outside.eq(happens & (event.address >= spec.lines))
            if spec.gathers:
                m.d.comb += before.eq(Mux(vector.valid, C(0, 1), vector.payload.outside))
            with m.If(free):
                m.d.sync += vector.payload.outside.eq(before + (outside & ~before.all()))
        return m
