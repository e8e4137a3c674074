"""What is proved of ``event_split``: each event comes to all outputs that it matches, once each."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal

from neuroloom.golden.events.event_split import EventSplitSpec
from neuroloom.verif.formal import Fault, Proof, Properties, implies


class EventSplitProperties(Properties[EventSplitSpec]):
    """Copies of the event that was taken last: one is owed to each output that it matches until it
    is given; events that match none are counted.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec, m, events = self.spec, proof.m, component.events
        outputs = [getattr(component, name) for name in spec.outputs]
        number = len(outputs)
        matched, owed = Signal(number, name="matched"), Signal(number, name="owed")
        left, taken = Signal(number, name="left"), Signal(name="taken")
        event = Signal(spec.bits, name="event")
        came = events.payload.event
        m.d.comb += matched.eq(Cat((came & mask) == match for mask, match in spec.routes))
        m.d.comb += left.eq(owed & ~Cat(output.valid & output.ready for output in outputs))
        m.d.comb += taken.eq(events.valid & events.ready & matched.any())
        m.d.sync += owed.eq(Mux(taken, matched, left))
        with m.If(taken):
            m.d.sync += event.eq(came)
        proof.always(
            "shown",
            "an event is shown to those outputs that it matches, until each has taken it",
            Cat(output.valid for output in outputs) == owed,
        )
        proof.always(
            "kept",
            "it is the one that was taken",
            Cat(implies(output.valid, output.payload.event == event) for output in outputs).all(),
        )
        proof.always(
            "whole",
            "no event is taken before all copies of the last one have left",
            implies(taken, ~left.any()),
        )
        proof.always(
            "working",
            "events are taken as soon as that is so, and those without output at once",
            events.ready == (~left.any() | ~matched.any()),
        )
        proof.can("through", "an event is taken while the last copy leaves", taken & owed.any())
        if number > 1 and (spec.matched(self._copied) == 1).all():
            proof.can("copies", "all outputs have a copy", owed.all())
            proof.can("late", "one output has its copy later", owed.any() & ~owed.all())
        if spec.can_drop:
            dropped, told = (Signal(spec.dropped_bits, name=name) for name in ("dropped", "told"))
            with m.If(taken):
                m.d.sync += [told.eq(dropped), dropped.eq(0)]
            with m.Elif(events.valid & events.ready & ~dropped.all()):
                m.d.sync += dropped.eq(dropped + 1)
            proof.always(
                "told",
                "an event says how many were dropped before it",
                Cat(
                    implies(output.valid, output.payload.dropped == told) for output in outputs
                ).all(),
            )
            proof.can("most", "as many are dropped as can be told", dropped.all())

    @property
    def _copied(self) -> Any:
        """The event with all bits of all matches: it goes everywhere if any event does."""
        together = 0
        for _, match in self.spec.routes:
            together |= match
        return [together]

    def faults(self) -> list[Fault]:
        first = self.spec.outputs[0]

        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.events.valid.eq(0), outer.events.ready.eq(1)]

        def reluctant(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.events.valid.eq(0), outer.events.ready.eq(0)]

        def greedy(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.events.ready.eq(1)

        def inverted(m: Module, inner: Any, outer: Any) -> None:
            payload = getattr(outer, first).payload
            m.d.comb += payload.event.eq(~getattr(inner, first).payload.event)

        def silent(m: Module, inner: Any, outer: Any) -> None:
            payload = getattr(outer, first).payload
            m.d.comb += payload.dropped.eq(~getattr(inner, first).payload.dropped)

        def partial(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [getattr(outer, first).valid.eq(0), getattr(inner, first).ready.eq(1)]

        faults = [
            Fault("deaf", "events are taken and forgotten", self.tampered(deaf)),
            Fault("reluctant", "no event is taken", self.tampered(reluctant)),
            Fault("greedy", "events are taken while copies wait", self.tampered(greedy)),
            Fault("inverted", "the first output's events are inverted", self.tampered(inverted)),
            Fault("partial", "the first output gets no copies", self.tampered(partial)),
        ]
        if self.spec.can_drop:
            faults.append(Fault("silent", "losses are told wrong", self.tampered(silent)))
        return faults

    @classmethod
    def small_specs(cls) -> list[EventSplitSpec]:
        return [
            EventSplitSpec(bits=2, routes=((0, 0), (1, 1), (2, 2))),
            EventSplitSpec(bits=2, routes=((2, 0), (2, 2))),
            EventSplitSpec(bits=2, routes=((3, 1), (1, 1)), dropped_bits=2),
            EventSplitSpec(bits=1, routes=((1, 1),), dropped_bits=1),
        ]
