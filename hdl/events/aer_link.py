"""An asynchronous link for events, or one end of it."""

from typing import Any

from amaranth.hdl import Module, Signal, Value

from neuroloom.golden.events.aer_link import AerLinkSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import following, handed_over, output_free


def synchronized(m: Module, wire: Value, stages: int, init: int) -> Value:
    """An asynchronous wire behind ``stages`` flip-flops, which begin at ``init``."""
    for _ in range(stages):
        stage = Signal(init=init)
        m.d.sync += stage.eq(wire)
        wire = stage
    return wire


class AerLink(Component[AerLinkSpec]):
    """Every wire that leaves comes from a flip-flop, and every control wire that enters goes
    through a synchronizer; the address is read while the protocol holds it still.

    The acknowledge counts as high after reset, so that a transmitter waits for a receiver that
    has not finished; so does a strobe, so that half a pulse is no event.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        address = Signal(spec.bits)
        forward = Signal()
        """Request or strobe."""
        ack = Signal()
        if spec.transmits:
            (self._strobe if spec.strobes else self._request)(m, address, forward, ack)
        else:
            m.d.comb += address.eq(self.link.payload.address)
            m.d.comb += forward.eq(self.link.strobe if spec.strobes else self.link.req)
        if spec.receives:
            (self._sample if spec.strobes else self._acknowledge)(m, address, forward, ack)
            if not spec.transmits and not spec.strobes:
                m.d.comb += self.link.ack.eq(ack)
            return m
        m.d.comb += self.link.payload.address.eq(address)
        if spec.strobes:
            m.d.comb += self.link.strobe.eq(forward)
        else:
            m.d.comb += [self.link.req.eq(forward), ack.eq(self.link.ack)]
        return m

    def _request(self, m: Module, address: Signal, req: Signal, ack: Signal) -> None:
        """Address, ``setup`` cycles later the request, down after the acknowledge; the next event
        is taken when that is down, too.
        """
        spec, events = self.spec, self.events
        acknowledged = synchronized(m, ack, spec.synchronizer, init=1)
        wait = Signal(range(spec.setup + 1))
        idle = Signal()
        take = Signal()
        m.d.comb += [
            idle.eq(~req & ~acknowledged & (wait == 0)),
            events.ready.eq(idle),
            take.eq(events.valid & idle),
        ]
        with m.If(take):
            m.d.sync += [address.eq(events.payload.address), wait.eq(spec.setup)]
        with m.Elif(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.If(wait == 1 if spec.setup else take):
            m.d.sync += req.eq(1)
        with m.If(acknowledged):
            m.d.sync += req.eq(0)

    def _strobe(self, m: Module, address: Signal, strobe: Signal, ack: Signal) -> None:
        """Counts through setup, pulse and gap; the next event is taken in their last cycle."""
        spec, events = self.spec, self.events
        period = spec.setup + spec.pulse + spec.gap
        busy = Signal()
        elapsed = Signal(range(period))
        last = elapsed == period - 1
        take = Signal()
        m.d.comb += [events.ready.eq(~busy | last), take.eq(handed_over(events))]
        with m.If(take):
            m.d.sync += [busy.eq(1), elapsed.eq(0), address.eq(events.payload.address)]
        with m.Elif(busy):
            m.d.sync += [busy.eq(~last), elapsed.eq(following(elapsed, last))]
        with m.If(elapsed == spec.setup + spec.pulse - 1):
            m.d.sync += strobe.eq(0)
        with m.If(busy & (elapsed == spec.setup - 1) if spec.setup else take):
            m.d.sync += strobe.eq(1)

    def _acknowledge(self, m: Module, address: Signal, req: Signal, ack: Signal) -> None:
        """Takes the address as soon as there is room, and acknowledges it."""
        received = self.received
        requested = synchronized(m, req, self.spec.synchronizer, init=0)
        capture = Signal()
        m.d.comb += capture.eq(requested & ~ack & output_free(received))
        with m.If(received.ready):
            m.d.sync += received.valid.eq(0)
        with m.If(capture):
            m.d.sync += [received.valid.eq(1), received.payload.address.eq(address), ack.eq(1)]
        with m.If(~requested):
            m.d.sync += ack.eq(0)

    def _sample(self, m: Module, address: Signal, strobe: Signal, ack: Signal) -> None:
        """Takes the address behind the edge of the strobe, or notes that there was no room."""
        received = self.received
        high = synchronized(m, strobe, self.spec.synchronizer, init=1)
        before = Signal(init=1)
        lost = Signal()
        free = Signal()
        m.d.comb += free.eq(output_free(received))
        m.d.sync += before.eq(high)
        with m.If(received.ready):
            m.d.sync += received.valid.eq(0)
        with m.If(high & ~before):
            with m.If(free):
                m.d.sync += [received.valid.eq(1), received.payload.address.eq(address)]
                m.d.sync += [received.payload.lost.eq(lost), lost.eq(0)]
            with m.Else():
                m.d.sync += lost.eq(1)
