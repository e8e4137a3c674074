"""Loading of an array, a row a token."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class WordLines(wiring.Component):
    """Raises the word line of the next row, the first row first, until all of them are written.

    Interface: in a cycle with ``write``, allowed while ``complete`` is low, one of ``lines`` is
    high. ``complete`` is high after the last row until ``swap``, which is allowed then only.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        super().__init__({"write": In(1), "swap": In(1), "lines": Out(rows), "complete": Out(1)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        row = Signal(range(self.rows))
        for number in range(self.rows):
            m.d.comb += self.lines[number].eq(self.write & (row == number))
        with m.If(self.write):
            m.d.sync += row.eq(row + 1)
            with m.If(self.lines[-1]):
                m.d.sync += [row.eq(0), self.complete.eq(1)]
        with m.If(self.swap):
            m.d.sync += self.complete.eq(0)
        return m
