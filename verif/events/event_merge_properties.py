"""What is proved of ``event_merge``: nothing is lost or doubled, and every source has its turn."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal

from neuroloom.golden.events.event_merge import EventMergeSpec
from neuroloom.verif.formal import Fault, Proof, Properties, chosen, implies, one_hot_or_none


class EventMergeProperties(Properties[EventMergeSpec]):
    """The event at the output is the one taken last, once; a watched source is not passed over."""

    def state(self, proof: Proof, component: Any) -> None:
        spec, m, merged = self.spec, proof.m, component.merged
        sources = [getattr(component, name) for name in spec.inputs]
        offers, taken = Signal(spec.sources, name="offers"), Signal(spec.sources, name="taken")
        room, shows = Signal(name="room"), Signal(name="shows")
        event, number = Signal(spec.bits, name="event"), Signal(spec.source_bits, name="number")
        m.d.comb += offers.eq(Cat(source.valid for source in sources))
        m.d.comb += taken.eq(offers & Cat(source.ready for source in sources))
        m.d.comb += room.eq(~merged.valid | merged.ready)
        with m.If(room):
            m.d.sync += shows.eq(taken.any())
        for place, source in enumerate(sources):
            with m.If(taken[place]):
                m.d.sync += [event.eq(source.payload.event), number.eq(place)]
        proof.always(
            "shown",
            "an event is shown from when it is taken until it leaves",
            merged.valid == shows,
        )
        proof.always(
            "kept",
            "it is the one that was taken",
            implies(merged.valid, merged.payload.event == event),
        )
        proof.always(
            "working",
            "events are taken whenever there is one and room for it",
            taken.any() == (offers.any() & room),
        )
        proof.can(
            "through",
            "one event leaves while another one is taken",
            merged.valid & merged.ready & taken.any(),
        )
        if spec.sources == 1:
            return
        if spec.attach:
            proof.always(
                "named",
                "an event comes with the number of its source",
                implies(merged.valid, merged.payload.source == number),
            )
        proof.always("one", "one event is taken at a time", one_hot_or_none(taken))
        watched = proof.constant("watched", range(spec.sources))
        proof.assume(watched < spec.sources)
        asks, wins = chosen(offers, watched), chosen(taken, watched)
        proof.at_most(
            "turns",
            "an event waits for no more than one of each other source",
            counted=taken.any() & asks & ~wins,
            cleared=wins,
            limit=spec.sources - 1,
        )
        proof.can("last", "the last source goes while all have events", offers.all() & taken[-1])

    def faults(self) -> list[Fault]:
        first, last = self.spec.inputs[0], self.spec.inputs[-1]

        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += getattr(inner, last).valid.eq(0)
            m.d.comb += getattr(outer, last).ready.eq(0)

        def forgetful(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += getattr(inner, last).valid.eq(0)
            m.d.comb += getattr(outer, last).ready.eq(1)

        def inverted(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.merged.payload.event.eq(~inner.merged.payload.event)

        def twice(m: Module, inner: Any, outer: Any) -> None:
            again = Signal()
            with m.If(inner.merged.valid & outer.merged.ready):
                m.d.sync += again.eq(~again)
            m.d.comb += inner.merged.ready.eq(outer.merged.ready & again)

        def both(m: Module, inner: Any, outer: Any) -> None:
            readies = getattr(inner, first).ready, getattr(inner, last).ready
            m.d.comb += getattr(outer, last).ready.eq(Mux(readies[0], 1, readies[1]))

        def renamed(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.merged.payload.source.eq(~inner.merged.payload.source)

        faults = [
            Fault("deaf", "events of the last source are never taken", self.tampered(deaf)),
            Fault("forgetful", "events of the last source are lost", self.tampered(forgetful)),
            Fault("inverted", "events come out inverted", self.tampered(inverted)),
            Fault("twice", "every event comes twice", self.tampered(twice)),
        ]
        if self.spec.sources > 1:
            both_taken = "the last source's event is taken with that of the first, and lost"
            faults.append(Fault("both", both_taken, self.tampered(both)))
            if self.spec.attach:
                faults.append(Fault("renamed", "sources are told wrong", self.tampered(renamed)))
        return faults

    @classmethod
    def small_specs(cls) -> list[EventMergeSpec]:
        return [
            EventMergeSpec(sources=3, bits=1),
            EventMergeSpec(sources=1, bits=2),
            EventMergeSpec(sources=2, bits=2, attach=False),
        ]
