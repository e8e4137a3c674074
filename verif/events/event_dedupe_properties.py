"""What is proved of ``event_dedupe``: the first event of an address in a tick, and no other one."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from neuroloom.verif.formal import Fault, Proof, Properties, implies


class EventDedupeProperties(Properties[EventDedupeSpec]):
    """Any one address is watched: whether it came since the last tick, at either side."""

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        events, unique = component.events, component.unique
        address, tick = events.payload.address, events.payload.tick
        watched = proof.constant("watched", len(address))
        proof.assume(watched < spec.addresses)
        came, left = Signal(name="came"), Signal(name="left")
        mine, again, taken, room = (Signal(name=n) for n in ("mine", "again", "taken", "room"))
        m.d.comb += [
            mine.eq(~tick & (address == watched)),
            again.eq(mine & came),
            taken.eq(events.valid & events.ready),
            room.eq(~unique.valid | unique.ready),
        ]
        with m.If(taken & tick):
            m.d.sync += came.eq(0)
        with m.Elif(taken & mine):
            m.d.sync += came.eq(1)
        mine_leaves = unique.valid & ~unique.payload.tick & (unique.payload.address == watched)
        with m.If(unique.valid & unique.ready & unique.payload.tick):
            m.d.sync += left.eq(0)
        with m.Elif(unique.ready & mine_leaves):
            m.d.sync += left.eq(1)
        proof.always("once", "an address leaves once a tick", implies(mine_leaves, ~left))
        passes = taken & (tick | (mine & ~came))
        sent = proof.past(events.payload.as_value())
        proof.always(
            "kept",
            "ticks and first events are shown as they came",
            implies(proof.past(passes), unique.valid & (unique.payload.as_value() == sent)),
        )
        outside = ~tick & (address >= spec.addresses)
        dropped, stays = taken & (again | outside), unique.valid & ~unique.ready
        proof.always(
            "dropped",
            "what came before in its tick, or has no place, is not shown",
            implies(proof.past(dropped), unique.valid == proof.past(stays)),
        )
        proof.always(
            "working",
            "events are taken when there is room, and repeated ones at once",
            implies(events.valid & (room | again | outside), events.ready),
        )
        proof.always(
            "waiting",
            "ticks and first events wait for room",
            implies(taken & (tick | (mine & ~came)), room),
        )
        proof.can("again", "an address comes again while the output is held", taken & again & ~room)
        proof.can(
            "anew",
            "an address that has left leaves anew",
            mine_leaves & proof.past(unique.valid & unique.payload.tick) & ~proof.fresh,
        )

    def faults(self) -> list[Fault]:
        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.events.valid.eq(0), outer.events.ready.eq(1)]

        def patient(m: Module, inner: Any, outer: Any) -> None:
            room = ~inner.unique.valid | outer.unique.ready
            m.d.comb += inner.events.valid.eq(outer.events.valid & room)
            m.d.comb += outer.events.ready.eq(inner.events.ready & room)

        def twice(m: Module, inner: Any, outer: Any) -> None:
            again = Signal()
            with m.If(inner.unique.valid & outer.unique.ready):
                m.d.sync += again.eq(~again)
            m.d.comb += inner.unique.ready.eq(outer.unique.ready & again)

        def doubtful(m: Module, inner: Any, outer: Any) -> None:
            shown = Signal()
            taken = outer.events.valid & inner.events.ready & ~outer.unique.valid
            with m.If(taken):
                m.d.sync += shown.eq(1)
            with m.Elif(outer.unique.ready):
                m.d.sync += shown.eq(0)
            m.d.comb += outer.unique.valid.eq(inner.unique.valid | shown)

        def greedy(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.events.ready.eq(1)

        return [
            Fault("deaf", "events are taken and forgotten", self.tampered(deaf), ("kept",)),
            Fault("patient", "repeated events wait for room", self.tampered(patient), ("working",)),
            Fault("twice", "every event comes twice", self.tampered(twice), ("once",)),
            Fault(
                "doubtful",
                "something is shown for every event",
                self.tampered(doubtful),
                ("dropped",),
            ),
            Fault("greedy", "everything is taken at once", self.tampered(greedy), ("waiting",)),
        ]

    @classmethod
    def small_specs(cls) -> list[EventDedupeSpec]:
        return [EventDedupeSpec(addresses=addresses) for addresses in (2, 3, 4)]
