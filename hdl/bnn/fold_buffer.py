"""Keeps a vector for the groups of neurons that need it again."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.bnn.parts import RING_BITS
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.parts import register


class FoldBuffer(wiring.Component):
    """The tokens of a vector: new ones in the first pass, the same again in every later pass.

    Interface: in a cycle with ``step``, token ``fold`` is taken from ``token`` if ``first_pass``,
    else recalled; ``word`` is that token one cycle later, and stays until the next step.
    """

    def __init__(self, bits: int, folds: int, passes: int) -> None:
        self.bits = bits
        self.folds = folds
        self.passes = passes
        super().__init__(
            {
                "step": In(1),
                "first_pass": In(1),
                "fold": In(range(folds)),
                "token": In(bits),
                "word": Out(bits),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        if self.passes == 1:
            with m.If(self.step):
                m.d.sync += self.word.eq(self.token)
        elif self.bits * self.folds <= RING_BITS:
            self._ring(m)
        else:
            self._memory(m)
        return m

    def _ring(self, m: Module) -> None:
        ring = [Signal(self.bits, name=f"ring{index}") for index in range(self.folds)]
        m.d.comb += self.word.eq(ring[-1])
        with m.If(self.step):
            m.d.sync += Cat(ring[:-1]).eq(Cat(ring[1:]))
            m.d.sync += ring[-1].eq(Mux(self.first_pass, self.token, ring[0]))

    def _memory(self, m: Module) -> None:
        storage = written_first(unsigned(self.bits), self.folds)
        m.submodules.storage = storage
        write = storage.write_port()
        read = storage.read_port()
        fresh = register(m, self.token, self.step, "fresh")
        is_fresh = register(m, self.first_pass, self.step, "is_fresh")
        m.d.comb += [
            write.addr.eq(self.fold),
            write.data.eq(self.token),
            write.en.eq(self.step & self.first_pass),
            read.addr.eq(self.fold),
            read.en.eq(self.step),
            self.word.eq(Mux(is_fresh, fresh, read.data)),
        ]
