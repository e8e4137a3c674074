"""What is proved of ``event_replay``: ticks wait for what is known, and events leave in theirs."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal

from neuroloom.golden.events.event_replay import EventReplaySpec
from neuroloom.verif.formal import Fault, Proof, Properties, implies

SHORT = 3
"""Width of a time whose end is reached within the cycles that are searched."""


class EventReplayProperties(Properties[EventReplaySpec]):
    """Time is counted beside the macro; what was taken last is what the output shows."""

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        events, ticks, replayed = component.events, component.ticks, component.replayed
        event = events.payload
        now, ahead = (Signal(spec.time_bits, name=name) for name in ("now", "ahead"))
        coming, shows, room = (Signal(name=name) for name in ("to_come", "shows", "room"))
        taken, passed, gives = (Signal(name=name) for name in ("taken", "passed", "gives"))
        expected = Signal(replayed.payload.shape(), name="expected")
        half = 1 << (spec.time_bits - 1)
        m.d.comb += [
            ahead.eq(event.time - now),
            coming.eq((ahead > 0) & (ahead < half)),
            room.eq(~replayed.valid | replayed.ready),
            taken.eq(events.valid & events.ready),
            passed.eq(ticks.valid & ticks.ready),
            gives.eq(passed | (taken & ~event.empty)),
        ]
        m.d.sync += now.eq(Mux(passed, now + 1, Mux(taken & event.restart, 0, now)))
        with m.If(room):
            m.d.sync += shows.eq(gives)
        with m.If(gives):
            m.d.sync += [
                expected.address.eq(Mux(passed, 0, event.address)),
                expected.late.eq(~passed & (ahead >= half)),
                expected.end.eq(passed),
                expected.last.eq(passed & ticks.payload.last),
            ]
        proof.always(
            "ordered", "an event is taken when its time is now or past", implies(taken, ~coming)
        )
        proof.always(
            "known",
            "a tick ends when the event behind it is known",
            implies(passed, events.valid & coming),
        )
        proof.always("shown", "what is taken is shown until it leaves", replayed.valid == shows)
        proof.always(
            "kept",
            "it is the event with its lateness, or the end of the tick",
            implies(replayed.valid, replayed.payload.as_value() == expected.as_value()),
        )
        proof.always(
            "working",
            "what may be taken is, as soon as there is room",
            implies(events.valid & room, Mux(coming, ticks.ready, events.ready)),
        )
        proof.always(
            "promises",
            "promises are taken without room",
            implies(events.valid & event.empty & ~coming, events.ready),
        )
        proof.can("late", "an event comes late", replayed.valid & replayed.payload.late)
        if spec.time_bits <= SHORT:
            proof.can("turn", "time begins again", passed & now.all())
        proof.can(
            "restart", "a recording begins in a later tick", taken & event.restart & now.any()
        )

    def faults(self) -> list[Fault]:
        def hasty(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += inner.events.payload.time.eq(0)

        def running(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.ticks.ready.eq(1)

        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.events.valid.eq(0), outer.events.ready.eq(1)]

        def punctual(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.replayed.payload.late.eq(0)

        def stopped(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.ticks.valid.eq(0), outer.ticks.ready.eq(0)]

        def reserved(m: Module, inner: Any, outer: Any) -> None:
            room = ~inner.replayed.valid | outer.replayed.ready
            m.d.comb += inner.events.valid.eq(outer.events.valid & room)
            m.d.comb += outer.events.ready.eq(inner.events.ready & room)

        return [
            Fault("hasty", "all times are 0", self.tampered(hasty), ("ordered",)),
            Fault("running", "ticks never wait", self.tampered(running), ("known",)),
            Fault("deaf", "events are taken and forgotten", self.tampered(deaf), ("shown",)),
            Fault("punctual", "no event is late", self.tampered(punctual), ("kept",)),
            Fault("stopped", "no tick is taken", self.tampered(stopped), ("working",)),
            Fault("reserved", "promises wait for room", self.tampered(reserved), ("promises",)),
        ]

    @classmethod
    def small_specs(cls) -> list[EventReplaySpec]:
        return [EventReplaySpec(bits=1, time_bits=2), EventReplaySpec(bits=2, time_bits=3)]
