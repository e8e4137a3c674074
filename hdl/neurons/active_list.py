"""The axons that are active in a tick, to be read again for every neuron."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.inventory import index_bits
from neuroloom.hdl.memory_contents import written_first


class ActiveList(wiring.Component):
    """Axons in the order they are found, each with its type, which comes a cycle later.

    Interface: in a cycle with ``found`` the number ``axon`` is taken, in the next one its
    ``type``; ``count`` entries stand in the list from the cycle after on. ``clear`` empties it. In
    a cycle with ``enable`` the entry at ``position`` is read.
    """

    def __init__(self, axons: int, types: int) -> None:
        self.axons = axons
        bits, type_bits = index_bits(axons), index_bits(types)
        super().__init__(
            {
                "clear": In(1),
                "found": In(1),
                "axon": In(bits),
                "type": In(type_bits),
                "count": Out(range(axons + 1)),
                "position": In(range(axons + 1)),
                "enable": In(1),
                "entry_axon": Out(bits),
                "entry_type": Out(type_bits),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        taken = Signal()
        taken_axon = Signal(len(self.axon))
        m.d.sync += [taken.eq(self.found), taken_axon.eq(self.axon)]
        with m.If(taken):
            m.d.sync += self.count.eq(self.count + 1)
        with m.If(self.clear):
            m.d.sync += self.count.eq(0)
        entry = Cat(self.type, taken_axon)
        if not len(entry):
            return m
        m.submodules.storage = storage = written_first(unsigned(len(entry)), self.axons)
        write = storage.write_port()
        read = storage.read_port()
        m.d.comb += [
            write.addr.eq(self.count),
            write.data.eq(entry),
            write.en.eq(taken),
            read.addr.eq(self.position),
            read.en.eq(self.enable),
            Cat(self.entry_type, self.entry_axon).eq(read.data),
        ]
        return m
