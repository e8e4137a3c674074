"""Events to the outputs whose addresses they match."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal

from neuroloom.golden.events.event_split import EventSplitSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import register


class EventSplit(Component[EventSplitSpec]):
    """One register holds an event, and a bit an output says that its copy has not left; the next
    event is taken when the last copies leave. One that matches nothing is taken at any time.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, events = self.spec, self.events
        outputs = [getattr(self, name) for name in spec.outputs]
        event = events.payload.event
        pending = Signal(len(outputs))
        matched = Signal(len(outputs))
        staying = Signal(len(outputs))
        free = Signal()
        held = register(m, event, free, "held")
        found = Signal()
        m.d.comb += [
            matched.eq(Cat((event & mask) == match for mask, match in spec.routes)),
            staying.eq(pending & ~Cat(output.ready for output in outputs)),
            free.eq(~staying.any()),
            found.eq(matched.any() if spec.can_drop else 1),
            events.ready.eq(free | ~found),
        ]
        m.d.sync += pending.eq(Mux(free & events.valid, matched, staying))
        for output, waits in zip(outputs, pending, strict=True):
            m.d.comb += [output.valid.eq(waits), output.payload.event.eq(held)]
        if spec.can_drop:
            self._count(m, outputs, found, free)
        return m

    def _count(self, m: Module, outputs: list[Any], found: Signal, free: Signal) -> None:
        """Events dropped, told with the next one that is taken for an output."""
        dropped = Signal(self.spec.dropped_bits)
        told = Signal(self.spec.dropped_bits)
        with m.If(self.events.valid):
            with m.If(~found):
                m.d.sync += dropped.eq(Mux(dropped.all(), dropped, dropped + 1))
            with m.Elif(free):
                m.d.sync += [told.eq(dropped), dropped.eq(0)]
        m.d.comb += [output.payload.dropped.eq(told) for output in outputs]
