"""Population count: the tree of each style, and the macro around it."""

from typing import Any

from amaranth.hdl import Module, Signal

from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.hdl.component import Component


def count_ones(m: Module, bits: list[Any], style: PopcountStyle) -> Signal:
    total = Signal(range(len(bits) + 1))
    m.d.comb += total.eq(sum(bits))
    return total


class Popcount(Component[PopcountSpec]):
    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.d.comb += self.count.valid.eq(self.word.valid)
        m.d.comb += self.word.ready.eq(self.count.ready)
        m.d.comb += self.count.payload.ones.eq(
            count_ones(m, list(self.word.payload.bits), spec.style)
        )
        return m
