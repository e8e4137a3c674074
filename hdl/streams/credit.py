"""Links on which the sender counts the free places of the receiver's buffer."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


def credit_link(shape: Any) -> wiring.Signature:
    """What a sender drives: a payload that is there while ``valid``; ``credit`` comes back."""
    return wiring.Signature({"payload": Out(shape), "valid": Out(1), "credit": In(1)})


class CreditSender(wiring.Component):
    """Sends while it has credits, ``depth`` at first; a returned one counts in the next cycle."""

    def __init__(self, shape: Any, depth: int) -> None:
        self.depth = depth
        self.credits = Signal(range(depth + 1), init=depth)
        super().__init__({"source": In(stream.Signature(shape)), "link": Out(credit_link(shape))})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        credits = self.credits
        may_send = Signal()
        m.d.comb += may_send.eq(credits.any())
        m.d.comb += [
            self.link.payload.eq(self.source.payload),
            self.link.valid.eq(self.source.valid & may_send),
            self.source.ready.eq(may_send),
        ]
        with m.If(self.link.valid & ~self.link.credit):
            m.d.sync += credits.eq(credits - 1)
        with m.If(~self.link.valid & self.link.credit):
            m.d.sync += credits.eq(credits + 1)
        return m
