"""Simultaneous events as addresses, one after the other."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.events.aer_encoder import AerEncoderSpec, ServingOrder
from neuroloom.hdl.arith.one_hot import lowest, number_of, several
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import handed_over
from neuroloom.hdl.streams.arbitration import round_robin


class AerEncoder(Component[AerEncoderSpec]):
    """A register holds the events that are left of a vector; the next vector is taken in the cycle
    in which the last of them leaves, so that no cycle is lost.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, vector, events = self.spec, self.vector, self.events
        left = Signal(spec.lines)
        chosen = Signal(spec.lines)
        more = Signal()
        advance = Signal()
        found = Signal()
        m.d.comb += found.eq(left.any())
        if spec.order is ServingOrder.ROUND_ROBIN:
            grant, _ = round_robin(m, left, handed_over(events) & found)
            m.d.comb += chosen.eq(grant)
        else:
            m.d.comb += chosen.eq(lowest(m, left))
        m.d.comb += [
            more.eq(several(m, left)),
            advance.eq(~events.valid | (events.ready & ~more)),
            vector.ready.eq(advance),
            events.payload.address.eq(number_of(m, chosen)),
            events.payload.last.eq(~more),
            events.payload.empty.eq(~found),
        ]
        with m.If(advance):
            m.d.sync += [left.eq(vector.payload.lines), events.valid.eq(vector.valid)]
        with m.Elif(events.ready):
            m.d.sync += left.eq(left & ~chosen)
        return m
