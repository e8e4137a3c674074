"""A memory whose words are read, updated and written back."""

from typing import Any

from amaranth.hdl import Module, Mux, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.inventory import index_bits
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.parts import register


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
            meets = self.write & (self.write_address == self.read_address)
            passed = register(m, self.written, self.read, "passed")
            same = register(m, meets, self.read, "same")
            m.d.comb += self.word.eq(Mux(same, passed, read.data))
        return m
