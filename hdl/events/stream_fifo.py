"""A first-in first-out queue between two streams."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out


class StreamFifo(wiring.Component):
    """Holds up to ``depth`` tokens in a memory and one more in an output register.

    The memory is read with a clock, so that block RAM can be used; a token that finds the queue
    empty goes straight to the register and comes out in the next cycle.
    """

    def __init__(self, bits: int, depth: int) -> None:
        self.depth = depth
        super().__init__({
            "input": In(stream.Signature(bits)), "output": Out(stream.Signature(bits)),
        })  # fmt: skip

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        bits = len(self.input.payload)
        m.submodules.storage = storage = memory.Memory(
            shape=unsigned(bits), depth=self.depth, init=[]
        )
        write = storage.write_port()
        read = storage.read_port()
        level = Signal(range(self.depth + 1))
        put = Signal(range(self.depth))
        get = Signal(range(self.depth))
        direct = Signal(bits)
        from_memory = Signal()

        # a token is stored only if it cannot go straight on
        free = ~self.output.valid | self.output.ready
        accept = self.input.valid & self.input.ready
        load = free & (level != 0)
        bypass = accept & free & (level == 0)
        store = accept & ~bypass
        m.d.comb += [
            self.input.ready.eq(level != self.depth),
            self.output.payload.eq(Mux(from_memory, read.data, direct)),
            write.addr.eq(put), write.data.eq(self.input.payload), write.en.eq(store),
            read.addr.eq(get), read.en.eq(load),
        ]  # fmt: skip
        with m.If(free):
            m.d.sync += self.output.valid.eq(load | bypass)
            m.d.sync += from_memory.eq(load)
        with m.If(bypass):
            m.d.sync += direct.eq(self.input.payload)
        with m.If(store):
            m.d.sync += put.eq(Mux(put == self.depth - 1, 0, put + 1))
        with m.If(load):
            m.d.sync += get.eq(Mux(get == self.depth - 1, 0, get + 1))
        m.d.sync += level.eq(level + store - load)
        return m
