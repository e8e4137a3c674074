"""A queue of events."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal

from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import connect
from neuroloom.hdl.streams.stream_fifo import RegisterFifo, StreamFifo


class EventFifo(Component[EventFifoSpec]):
    """The queue with one event a token; events that drop are counted and told by the next one."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, write, read = self.spec, self.write, self.read
        queue = (
            StreamFifo(spec.width, spec.words)
            if spec.words
            else RegisterFifo(spec.width, spec.depth)
        )
        m.submodules.queue = queue
        lost = Signal(spec.width - spec.bits)
        m.d.comb += [
            queue.input.payload.eq(Cat(write.payload.event, lost)),
            queue.input.valid.eq(write.valid),
            write.ready.eq(1 if spec.drops else queue.input.ready),
        ]
        connect(m, queue.output, read)
        if spec.drops:
            with m.If(write.valid & queue.input.ready):
                m.d.sync += lost.eq(0)
            with m.Elif(write.valid & ~lost.all()):
                m.d.sync += lost.eq(lost + 1)
        return m
