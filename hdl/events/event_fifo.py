"""A queue of events."""

from typing import Any

from amaranth.hdl import Module

from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.stream_fifo import RegisterFifo, StreamFifo


class EventFifo(Component[EventFifoSpec]):
    """The queue with one event a token."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, write, read = self.spec, self.write, self.read
        queue = (
            StreamFifo(spec.bits, spec.words) if spec.words else RegisterFifo(spec.bits, spec.depth)
        )
        m.submodules.queue = queue
        m.d.comb += [
            queue.input.payload.eq(write.payload.event), queue.input.valid.eq(write.valid),
            write.ready.eq(queue.input.ready),
            read.payload.event.eq(queue.output.payload), read.valid.eq(queue.output.valid),
            queue.output.ready.eq(read.ready),
        ]  # fmt: skip
        return m
