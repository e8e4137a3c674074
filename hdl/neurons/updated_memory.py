"""A memory whose words are read, updated and written back."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.inventory import index_bits
from neuroloom.hdl.memory_contents import written_first


class UpdatedMemory(wiring.Component):
    """``depth`` words of ``bits``; a word that is read with ``read`` at ``read_address`` is at
    ``word`` from the next cycle on.

    With ``write``, ``written`` goes to ``write_address``. Where a read may come in the cycle in
    which its word is written, ``passes`` hands that on. A single word is a register.
    """

    def __init__(self, bits: int, depth: int, passes: bool) -> None:
        self.depth = depth
        self.passes = passes
        address = unsigned(index_bits(depth))
        super().__init__(
            {
                "read": In(1),
                "read_address": In(address),
                "word": Out(bits),
                "write": In(1),
                "write_address": In(address),
                "written": In(bits),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        if self.depth == 1:
            with m.If(self.write):
                m.d.sync += self.word.eq(self.written)
            return m
        storage = written_first(unsigned(len(self.word)), self.depth)
        m.submodules.storage = storage
        read, write = storage.read_port(), storage.write_port()
        m.d.comb += [read.addr.eq(self.read_address), read.en.eq(self.read)]
        m.d.comb += [write.addr.eq(self.write_address), write.data.eq(self.written)]
        m.d.comb += [write.en.eq(self.write), self.word.eq(read.data)]
        if self.passes:
            passed = Signal.like(self.written)
            same = Signal()
            with m.If(self.read):
                m.d.sync += same.eq(self.write & (self.write_address == self.read_address))
                m.d.sync += passed.eq(self.written)
            m.d.comb += self.word.eq(Mux(same, passed, read.data))
        return m
