"""Each address at most once a tick."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from neuroloom.hdl.arith.one_hot import one_at
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import output_free


class EventDedupe(Component[EventDedupeSpec]):
    """A flip-flop an address says that it came; a tick clears all of them in one cycle.

    A repeated event is taken even while the output is held.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        events, unique = self.events, self.unique
        address, tick = events.payload.address, events.payload.tick
        seen = Signal(self.spec.addresses)
        fresh = Signal()
        passes = Signal()
        free = Signal()
        take = Signal()
        m.d.comb += [
            fresh.eq((address < self.spec.addresses) & ~seen.bit_select(address, 1)),
            passes.eq(tick | fresh),
            free.eq(output_free(unique)),
            events.ready.eq(free | ~passes),
            take.eq(events.valid & free & passes),
        ]
        with m.If(free):
            m.d.sync += unique.valid.eq(take)
        with m.If(take):
            m.d.sync += unique.payload.eq(events.payload)
        came = one_at(m, address, self.spec.addresses, events.valid & free)
        with m.If(events.valid & tick):  # one that waits clears already: no event overtakes it
            m.d.sync += seen.eq(0)
        with m.Else():
            m.d.sync += seen.eq(seen | came)
        return m
