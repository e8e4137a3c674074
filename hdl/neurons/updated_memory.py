"""The states of a neuron core's neurons, a word a group."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec


class CoreStates(wiring.Component):
    """A word that is read with ``read`` at ``read_group`` is at ``word`` after the next cycle.

    With ``write``, ``written`` goes to ``write_group``. Where steps may come back to a group at
    once, the word that was written in the cycle of the read is passed on; a single group is a
    register.
    """

    def __init__(self, spec: NeuronCoreSpec) -> None:
        self.spec = spec
        bits = spec.state_bits * spec.banks
        group = unsigned(spec.group_bits)
        super().__init__({
            "read": In(1), "read_group": In(group), "word": Out(bits),
            "write": In(1), "write_group": In(group), "written": In(bits),
        })  # fmt: skip

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        if self.spec.groups == 1:
            with m.If(self.write):
                m.d.sync += self.word.eq(self.written)
            return m
        storage = memory.Memory(shape=unsigned(len(self.word)), depth=self.spec.groups, init=[])
        m.submodules.storage = storage
        read, write = storage.read_port(), storage.write_port()
        m.d.comb += [read.addr.eq(self.read_group), read.en.eq(self.read)]
        m.d.comb += [write.addr.eq(self.write_group), write.data.eq(self.written)]
        m.d.comb += [write.en.eq(self.write), self.word.eq(read.data)]
        if self.spec.compressed:
            passed = Signal.like(self.written)
            same = Signal()
            with m.If(self.read):
                m.d.sync += same.eq(self.write & (self.write_group == self.read_group))
                m.d.sync += passed.eq(self.written)
            m.d.comb += self.word.eq(Mux(same, passed, read.data))
        return m
