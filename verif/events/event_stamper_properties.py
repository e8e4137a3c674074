"""What is proved of ``event_stamper``: every event once, with the ticks that came before it."""

from typing import Any

from amaranth.hdl import Module, Signal, Value

from neuroloom.golden.events.event_stamper import EventStamperSpec, Stamp
from neuroloom.verif.formal import Fault, Proof, Properties, implies

SHORT = 3
"""Width of a time whose end is reached within the cycles that are searched."""


class EventStamperProperties(Properties[EventStamperSpec]):
    """Ticks are counted beside the macro; what was taken last is what the output shows."""

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        events, stamped = component.events, component.stamped
        tick, address = events.payload.tick, events.payload.address
        time, told = Signal(spec.time_bits, name="time"), Signal(spec.time_bits, name="time_told")
        gives, taken, room = (Signal(name=name) for name in ("gives", "taken", "room"))
        shows, wraps = Signal(name="shows"), Signal(name="wraps")
        kept = Signal(spec.bits, name="address_kept")
        m.d.comb += [
            gives.eq(~tick | (time.all() if spec.markers else 0)),
            room.eq(~stamped.valid | stamped.ready),
            taken.eq(events.valid & events.ready),
        ]
        with m.If(taken & tick):
            m.d.sync += time.eq(time + 1)
        if spec.stamp is Stamp.DELTA:
            with m.If(taken & ~tick):
                m.d.sync += time.eq(0)
        with m.If(room):
            m.d.sync += shows.eq(taken & gives)
        with m.If(taken & gives):
            m.d.sync += [kept.eq(address), told.eq(time), wraps.eq(tick)]
        proof.always(
            "shown",
            "an event is shown from when it is taken until it leaves",
            stamped.valid == shows,
        )
        proof.always(
            "kept",
            "it is the one that was taken",
            implies(stamped.valid, stamped.payload.address == kept),
        )
        proof.always(
            "stamped",
            "its time are the ticks before it",
            implies(stamped.valid, stamped.payload.time == told),
        )
        if spec.markers:
            proof.always(
                "marked",
                "the end of a turn is told from an event",
                implies(stamped.valid, stamped.payload.wrap == wraps),
            )
            if spec.time_bits <= SHORT:
                proof.can("turn", "a turn of the time ends", stamped.valid & wraps)
        proof.always(
            "working",
            "events are taken when there is room, and ticks in any case",
            implies(events.valid, events.ready == (room | ~gives)),
        )
        proof.can(
            "through",
            "an event is taken while another one leaves",
            taken & gives & stamped.valid & stamped.ready,
        )
        proof.can("held", "a tick passes while an event is held", taken & tick & ~room)
        if spec.time_bits <= SHORT:
            proof.can("late", "an event has the greatest time", stamped.valid & told.all())

    def faults(self) -> list[Fault]:
        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.events.valid.eq(0), outer.events.ready.eq(1)]

        def inverted(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.stamped.payload.address.eq(~inner.stamped.payload.address)

        def early(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.stamped.payload.time.eq(inner.stamped.payload.time - 1)

        def waiting(m: Module, inner: Any, outer: Any) -> None:
            room = ~inner.stamped.valid | outer.stamped.ready
            m.d.comb += inner.events.valid.eq(outer.events.valid & room)
            m.d.comb += outer.events.ready.eq(Value.cast(inner.events.ready) & room)

        def unmarked(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.stamped.payload.wrap.eq(0)

        faults = [
            Fault("deaf", "events are taken and forgotten", self.tampered(deaf), ("shown",)),
            Fault("inverted", "addresses are inverted", self.tampered(inverted), ("kept",)),
            Fault("early", "times are one too small", self.tampered(early), ("stamped",)),
            Fault("waiting", "ticks wait for room", self.tampered(waiting), ("working",)),
        ]
        if self.spec.markers:
            marks = "the ends of turns look like events"
            faults.append(Fault("unmarked", marks, self.tampered(unmarked), ("marked",)))
        return faults

    @classmethod
    def small_specs(cls) -> list[EventStamperSpec]:
        return [
            EventStamperSpec(bits=2, time_bits=2),
            EventStamperSpec(bits=1, time_bits=2, stamp=Stamp.DELTA, markers=True),
            EventStamperSpec(bits=1, time_bits=1, markers=True),
        ]
