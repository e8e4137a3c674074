"""Grid of crossbar cores with a mesh between them."""

from functools import reduce
from operator import and_
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from neuroloom.hdl.arith.one_hot import lowest, number_of
from neuroloom.hdl.composition import Composed
from neuroloom.hdl.parts import handed_over, output_free


class CrossbarChip(Composed[CrossbarChipSpec]):
    """A tick begins in all cores at once, when the one before it has ended; that is when every
    core has swept and the mesh is empty: what goes in and what comes out of it is counted.

    Events come in at the west edge of row 0 between two ticks. Packets that leave at any edge go
    through one register, which the end of the tick passes last.
    """

    def elaborate(self, platform: Any) -> Module:
        m = super().elaborate(platform)
        spec, events, mesh = self.spec, self.events, self.parts["mesh"]
        ticking = Signal()
        flying = Signal(range(spec.most_in_flight + 1))
        empty = Signal()
        offered = Signal()
        begins = Signal()
        m.d.comb += empty.eq(flying == 0)
        m.d.comb += offered.eq(events.valid & events.payload.tick & ~ticking & empty)

        came, went, readies, ends = [], [], [], []
        for x, y in spec.places:
            core = self.parts[spec.named((x, y))]
            inject, deliver = getattr(mesh, f"inject_{x}_{y}"), getattr(mesh, f"deliver_{x}_{y}")
            packet, ended = core.packets, Signal(name=f"ended_{x}_{y}")
            m.d.comb += [
                core.events.valid.eq(begins | deliver.valid),
                core.events.payload.tick.eq(offered),
            ]
            with m.If(packet.payload.tick):
                m.d.sync += ended.eq(1)
            with m.If(begins):
                m.d.sync += ended.eq(0)
            came.append(handed_over(inject))
            went.append(handed_over(deliver))
            readies.append(core.events.ready)
            ends.append(ended)

        door = mesh.from_west_0
        ready = Signal()
        between = Signal()
        m.d.comb += [
            ready.eq(reduce(and_, readies)),
            between.eq(ready & ~ticking),
            begins.eq(offered & ready),
            door.valid.eq(events.valid & ~events.payload.tick & between),
            events.ready.eq(Mux(events.payload.tick, begins, door.ready & between)),
        ]
        came.append(handed_over(door))
        finished = Signal()
        m.d.comb += finished.eq(ticking & empty & reduce(and_, ends))
        free = self._output(m, mesh, finished)
        went += [handed_over(getattr(mesh, name)) for name in spec.ports]
        entering = Signal(range(len(came) + 1))
        leaving = Signal(range(len(spec.places) + 2))  # only one at an edge
        m.d.comb += [entering.eq(sum(came)), leaving.eq(sum(went))]
        m.d.sync += flying.eq(flying + entering - leaving)
        with m.If(begins):
            m.d.sync += ticking.eq(1)
        with m.If(finished & free):
            m.d.sync += ticking.eq(0)
        return m

    def _output(self, m: Module, mesh: Any, finished: Value) -> Value:
        """Packets from the edges, the first port first; whether the register takes a token."""
        spec, output = self.spec, self.packets
        sources = [getattr(mesh, name) for name in spec.ports]
        offered = Signal(len(sources))
        free = Signal()
        only = lowest(m, offered)
        token = Signal(output.payload.shape())
        axon_bits = spec.core.scheduler.axon_bits
        m.d.comb += [
            offered.eq(Cat(source.valid for source in sources)),
            free.eq(output_free(output)),
            token.port.eq(number_of(m, only)),
            token.tick.eq(finished),
            token.time.eq(output.payload.time),
        ]
        for place, source in enumerate(sources):
            fields = source.payload
            m.d.comb += source.ready.eq(free & only[place])
            with m.If(only[place]):
                m.d.comb += [
                    token.source.eq(fields.source),
                    token.dy.eq(fields.dy),
                    token.axon.eq(fields.payload[:axon_bits]),
                    token.delay.eq(fields.payload[axon_bits:]),
                ]
                if "dx" in dict(fields.shape()):
                    m.d.comb += token.dx.eq(fields.dx)
        time = Signal.like(output.payload.time)
        with m.If(free):
            m.d.sync += output.valid.eq(offered.any() | finished)
            m.d.sync += output.payload.eq(token)
            m.d.sync += output.payload.time.eq(time)
        with m.If(free & finished):
            m.d.sync += time.eq(time + 1)
        return free
