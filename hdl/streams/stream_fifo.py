"""First-in first-out queues between two streams."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.parts import counter, handed_over, output_free


class StreamFifo(wiring.Component):
    """Holds up to ``depth`` tokens in a memory and one more in an output register.

    The memory is read with a clock, so that block RAM can be used; a token that finds the queue
    empty goes straight to the register and comes out in the next cycle.

    Equal pointers mean that the memory is full after a store and empty after a load. A load and a
    store therefore never have the same address, which synthesis sees from the two enables alone.
    """

    def __init__(self, bits: int, depth: int) -> None:
        self.depth = depth
        super().__init__(
            {"input": In(stream.Signature(bits)), "output": Out(stream.Signature(bits))}
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        bits = len(self.input.payload)
        m.submodules.storage = storage = written_first(unsigned(bits), self.depth)
        write = storage.write_port()
        read = storage.read_port()
        put = Signal(range(self.depth))
        get = Signal(range(self.depth))
        meet = Signal()
        filled = Signal()
        empty = Signal()
        direct = Signal(bits)
        from_memory = Signal()

        # a token is stored only if it cannot go straight on
        free = output_free(self.output)
        accept = handed_over(self.input)
        load = free & ~empty
        bypass = accept & free & empty
        store = accept & ~bypass
        m.d.comb += [
            meet.eq(put == get),
            empty.eq(meet & ~filled),
            self.input.ready.eq(~(meet & filled)),
            self.output.payload.eq(Mux(from_memory, read.data, direct)),
            write.addr.eq(put),
            write.data.eq(self.input.payload),
            write.en.eq(store),
            read.addr.eq(get),
            read.en.eq(load),
        ]
        with m.If(free):
            m.d.sync += self.output.valid.eq(load | bypass)
            m.d.sync += from_memory.eq(load)
        with m.If(bypass):
            m.d.sync += direct.eq(self.input.payload)
        counter(m, put, store, put == self.depth - 1)
        counter(m, get, load, get == self.depth - 1)
        with m.If(store != load):
            m.d.sync += filled.eq(store)
        return m


class RegisterFifo(wiring.Component):
    """Holds up to ``depth`` tokens in registers that shift towards the output.

    A token goes to the first place that is free once the oldest has left. A single register takes
    a token in the cycle in which the one before it leaves; longer queues need not, so that no
    path leads from ``output.ready`` to ``input.ready``.
    """

    def __init__(self, bits: int, depth: int) -> None:
        self.depth = depth
        self.places = [Signal(bits, name=f"place{index}") for index in range(depth)]
        self.filled = Signal(depth)
        super().__init__(
            {"input": In(stream.Signature(bits)), "output": Out(stream.Signature(bits))}
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        places, filled = self.places, self.filled
        shift = Signal()
        accept = Signal()
        behind = Cat(filled[1:], 0)
        m.d.comb += [
            self.output.valid.eq(filled[0]),
            self.output.payload.eq(places[0]),
            shift.eq(filled[0] & self.output.ready),
            self.input.ready.eq(~filled[-1] | (shift if self.depth == 1 else 0)),
            accept.eq(handed_over(self.input)),
        ]
        with m.If(shift):
            m.d.sync += filled.eq(Mux(accept, filled, behind))
        with m.Elif(accept):
            m.d.sync += filled.eq(Cat(1, filled[:-1]))
        for index, place in enumerate(places):
            following = places[index + 1] if index + 1 < self.depth else self.input.payload
            with m.If(shift | ~filled[index]):
                m.d.sync += place.eq(Mux(behind[index], following, self.input.payload))
        return m
