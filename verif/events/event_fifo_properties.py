"""What is proved of ``event_fifo``: nothing is lost, doubled or overtaken."""

from typing import Any

from amaranth.hdl import Module, Signal, Value

from neuroloom.golden.events.event_fifo import EventFifoSpec, Storage, WhenFull
from neuroloom.verif.formal import Fault, Proof, Properties, implies


class EventFifoProperties(Properties[EventFifoSpec]):
    """Any one event is followed: how many stand before it is known when it is taken, and when as
    many have left it is the one at the output.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        write, read = component.write, component.read
        level = Signal(range(spec.depth + 1), name="level")
        taken, given, room = Signal(name="taken"), Signal(name="given"), Signal(name="room")
        m.d.comb += given.eq(read.valid & read.ready)
        m.d.comb += room.eq((level != spec.depth) | (given if spec.depth == 1 else 0))
        m.d.comb += taken.eq(write.valid & room)
        m.d.sync += level.eq(level + taken - given)
        proof.always(
            "shown", "an event is shown exactly while there is one", read.valid == level.any()
        )
        accepts = Value.cast(1) if spec.drops else room
        proof.always("room", "it takes events as long as there is room", write.ready == accepts)

        chosen = proof.anything("chosen", 1)
        followed = Signal(name="followed")
        before = Signal(range(spec.depth + 1), name="before_followed")
        event = Signal(spec.bits, name="event_followed")
        with m.If(~followed & taken & chosen):
            m.d.sync += [followed.eq(1), event.eq(write.payload.event)]
            m.d.sync += before.eq(level - given)
        with m.Elif(followed & given):
            m.d.sync += before.eq(before - 1)
            with m.If(before == 0):
                m.d.sync += followed.eq(0)
        proof.always(
            "kept",
            "an event leaves in its turn as it came",
            implies(followed & (before == 0) & read.valid, read.payload.event == event),
        )
        proof.always(
            "inside",
            "an event that has not left is in the queue",
            implies(followed, before < level),
        )
        proof.can("full", "it fills up", level == spec.depth)
        proof.can(
            "through",
            "an event goes through a queue that was full",
            followed & given & (before == 0) & proof.past(level == spec.depth),
        )
        if spec.drops:
            self._lost(proof, component, taken, given, room)

    def _lost(self, proof: Proof, component: Any, taken: Value, given: Value, room: Value) -> None:
        """Events dropped are counted by the next one."""
        m, most = proof.m, (1 << self.spec.lost_bits) - 1
        lost = Signal(self.spec.lost_bits, name="dropped")
        with m.If(taken):
            m.d.sync += lost.eq(0)
        with m.Elif(component.write.valid & (lost != most)):
            m.d.sync += lost.eq(lost + 1)
        if self.spec.depth == 1:  # the event in the register is the one taken last
            told = Signal(self.spec.lost_bits, name="told")
            with m.If(taken):
                m.d.sync += told.eq(lost)
            proof.always(
                "told",
                "an event says how many were dropped before it",
                implies(component.read.valid, component.read.payload.lost == told),
            )
        proof.can("dropped", "an event is dropped", component.write.valid & ~room)
        proof.can("said", "a loss is told", given & component.read.payload.lost.any())

    def faults(self) -> list[Fault]:
        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.write.valid.eq(0), outer.write.ready.eq(1)]

        def inverted(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.read.payload.event.eq(~inner.read.payload.event)

        def twice(m: Module, inner: Any, outer: Any) -> None:
            again = Signal()
            with m.If(inner.read.valid & outer.read.ready):
                m.d.sync += again.eq(~again)
            m.d.comb += inner.read.ready.eq(outer.read.ready & again)

        def reluctant(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.write.valid.eq(0), outer.write.ready.eq(0)]

        def silent(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.read.payload.lost.eq(~inner.read.payload.lost)

        faults = [
            Fault("deaf", "events are taken and forgotten", self.tampered(deaf)),
            Fault("inverted", "events come out inverted", self.tampered(inverted)),
            Fault("twice", "every event comes twice", self.tampered(twice)),
            Fault("reluctant", "no event is taken", self.tampered(reluctant)),
        ]
        if self.spec.drops:
            faults.append(Fault("silent", "losses are told wrong", self.tampered(silent)))
        return faults

    @classmethod
    def small_specs(cls) -> list[EventFifoSpec]:
        memory, registers = Storage.MEMORY, Storage.REGISTERS
        drop = WhenFull.DROP
        return [
            EventFifoSpec(bits=2, depth=1, storage=memory, when_full=drop, lost_bits=2),
            EventFifoSpec(bits=2, depth=1, storage=registers),
            EventFifoSpec(bits=2, depth=2, storage=memory),
            EventFifoSpec(bits=2, depth=3, storage=memory),
            EventFifoSpec(bits=2, depth=3, storage=registers),
            EventFifoSpec(bits=2, depth=2, storage=registers, when_full=drop, lost_bits=1),
        ]
