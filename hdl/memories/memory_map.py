"""Memories of a :class:`neuroloom.golden.memories.memory_map.MappedMemory` layout."""

from typing import Any

from amaranth.hdl import Module, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.memories.memory_map import MappedMemory
from neuroloom.golden.ports import Integers
from neuroloom.hdl.memory_contents import parameter_memory


class ParameterStore(wiring.Component):
    """One memory with a clocked read, written by a programming stream or filled from the start.

    Parameters: its ``layout``; ``contents`` its words (depth,), with which it is never written.

    Interface: in a cycle with ``enable`` the word at ``address`` is read; a field's output has it
    from the next cycle until the next read. Without contents a word is written in a cycle with
    ``write``, of the low bits of ``at`` and ``data``. Reads and writes must not meet.
    """

    def __init__(self, layout: MappedMemory, contents: Integers | None = None) -> None:
        self.layout = layout
        self.contents = contents
        writing = {"write": In(1), "at": In(layout.address_bits), "data": In(layout.width)}
        super().__init__(
            {
                "enable": In(1),
                "address": In(layout.address_bits),
                "word": Out(layout.width),
                **(writing if contents is None else {}),
            }
        )

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the word that was read."""
        found = {}
        for field in self.layout.fields:
            low = self.layout.low_bits[field.name]
            bits = self.word[low : low + field.bits]
            found[field.name] = bits.as_signed() if field.signed else bits
        return found

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        contents = None if self.contents is None else self.contents.tolist()
        m.submodules.storage = storage = parameter_memory(
            unsigned(self.layout.width), self.layout.depth, contents
        )
        read = storage.read_port()
        m.d.comb += [read.addr.eq(self.address), read.en.eq(self.enable), self.word.eq(read.data)]
        if self.contents is None:
            write = storage.write_port()
            m.d.comb += [write.addr.eq(self.at), write.data.eq(self.data), write.en.eq(self.write)]
        return m
