"""Counts what was dropped until tokens have told it."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class DropCounter(wiring.Component):
    """Counter: up by ``lost`` every cycle, down by one at ``take``; stays at its highest value.

    ``waiting`` says that it is not 0.
    """

    def __init__(self, lost_bits: int, bits: int) -> None:
        self.bits = bits
        super().__init__({"lost": In(lost_bits), "take": In(1), "waiting": Out(1)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        pending = Signal(self.bits)
        following = Signal(self.bits + 1)
        m.d.comb += self.waiting.eq(pending.any())
        m.d.comb += following.eq(pending - (self.waiting & self.take) + self.lost)
        m.d.sync += pending.eq(Mux(following[-1], (1 << self.bits) - 1, following))
        return m
