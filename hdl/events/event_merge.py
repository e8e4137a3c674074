"""Several streams of events in one."""

from functools import reduce
from operator import or_
from typing import Any

from amaranth.hdl import Cat, Module, Signal

from neuroloom.golden.events.event_merge import EventMergeSpec
from neuroloom.hdl.arith.one_hot import number_of
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import output_free
from neuroloom.hdl.streams.arbitration import round_robin


class EventMerge(Component[EventMergeSpec]):
    """Each cycle in which the output register is free takes an event of the source whose turn it
    is: the next one that has any after the one before, or the first one after a pause of all.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, merged = self.spec, self.merged
        sources = [getattr(self, name) for name in spec.inputs]
        offers = Signal(spec.sources)
        turn = Signal(spec.sources)
        free = Signal()
        m.d.comb += offers.eq(Cat(source.valid for source in sources))
        m.d.comb += free.eq(output_free(merged))
        grant, _ = round_robin(m, offers, free)
        m.d.comb += turn.eq(grant)
        chosen = Signal(spec.bits)
        m.d.comb += chosen.eq(
            reduce(
                or_,
                (
                    source.payload.event & granted.replicate(spec.bits)
                    for source, granted in zip(sources, turn, strict=True)
                ),
            )
        )
        m.d.comb += [
            source.ready.eq(granted & free) for source, granted in zip(sources, turn, strict=True)
        ]
        with m.If(free):
            m.d.sync += [merged.valid.eq(offers.any()), merged.payload.event.eq(chosen)]
            if spec.attach:
                m.d.sync += merged.payload.source.eq(number_of(m, turn))
        return m
