"""Input register of an array: a vector goes in, its bit planes come out."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class BitPlanes(wiring.Component):
    """Holds the inputs of ``rows`` rows and shifts them all down, the lowest bit served first.

    Interface: in a cycle with ``load`` the ``vector`` is taken, row k at bit k·``bits``; in others
    with ``step`` the next plane is shifted to ``plane``, which shows a bit a row.
    """

    def __init__(self, rows: int, bits: int) -> None:
        self.rows = rows
        self.bits = bits
        super().__init__(
            {"vector": In(rows * bits), "load": In(1), "step": In(1), "plane": Out(rows)}
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        for row in range(self.rows):
            value = self.vector.word_select(row, self.bits)
            held = Signal(self.bits, name=f"input{row}", reset_less=True)
            with m.If(self.load | self.step):
                m.d.sync += held[:-1].eq(Mux(self.load, value, held[1:]))
            with m.If(self.load):
                m.d.sync += held[-1].eq(value[-1])
            m.d.comb += self.plane[row].eq(held[0])
        return m
