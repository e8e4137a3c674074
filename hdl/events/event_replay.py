"""Recorded events, each in its tick."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal

from neuroloom.golden.events.event_replay import EventReplaySpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import handed_over, output_free


class EventReplay(Component[EventReplaySpec]):
    """Looks at how far the next event lies ahead of now: one to come lets a tick pass."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, events, ticks, replayed = self.spec, self.events, self.ticks, self.replayed
        event, given = events.payload, replayed.payload
        now = Signal(spec.time_bits)
        ahead = Signal(spec.time_bits)
        past = Signal()
        to_come = Signal()
        free = Signal()
        ends = Signal()
        m.d.comb += [
            ahead.eq(event.time - now),
            past.eq(ahead[-1]),
            to_come.eq(ahead.any() & ~past),
            free.eq(output_free(replayed)),
            events.ready.eq(~to_come & (free | event.empty)),
            ticks.ready.eq(events.valid & to_come & free),
            ends.eq(handed_over(ticks)),
        ]
        with m.If(ends):
            m.d.sync += now.eq(now + 1)
        with m.Elif(handed_over(events) & event.restart):
            m.d.sync += now.eq(0)
        with m.If(free):
            m.d.sync += [
                replayed.valid.eq(Mux(to_come, ends, events.valid & ~event.empty)),
                given.address.eq(Mux(to_come, 0, event.address)),
                given.late.eq(past),
                given.end.eq(to_come),
                given.last.eq(to_come & ticks.payload.last),
            ]
        return m
