"""Events with the time at which they came."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.events.event_stamper import EventStamperSpec, Stamp
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import handed_over, output_free


class EventStamper(Component[EventStamperSpec]):
    """A counter of ticks and the output register. Ticks are taken while an event is held, up to
    the one that is to give a token.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, events, stamped = self.spec, self.events, self.stamped
        tick = events.payload.tick
        time = Signal(spec.time_bits)
        gives = Signal()
        free = Signal()
        m.d.comb += [
            gives.eq(~tick | time.all() if spec.markers else ~tick),
            free.eq(output_free(stamped)),
            events.ready.eq(free | ~gives),
        ]
        with m.If(handed_over(events)):
            with m.If(tick):
                m.d.sync += time.eq(time + 1)
            with m.Else():
                m.d.sync += time.eq(0 if spec.stamp is Stamp.DELTA else time)
        with m.If(free):
            m.d.sync += stamped.valid.eq(events.valid & gives)
            m.d.sync += stamped.payload.address.eq(events.payload.address)
            m.d.sync += stamped.payload.time.eq(time)
            if spec.markers:
                m.d.sync += stamped.payload.wrap.eq(tick)
        return m
