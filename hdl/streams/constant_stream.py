"""Tokens that are always the same, sent once."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import Out

from neuroloom.hdl.parts import output_free


class ConstantStream(wiring.Component):
    """Offers ``tokens`` of a read-only memory one after the other, from reset on."""

    def __init__(self, bits: int, tokens: Sequence[int]) -> None:
        self.bits, self.tokens = bits, tuple(tokens)
        super().__init__({"output": Out(stream.Signature(bits))})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.storage = storage = memory.Memory(
            shape=unsigned(self.bits), depth=len(self.tokens), init=self.tokens
        )
        read = storage.read_port()
        free, more = Signal(), Signal()
        position = Signal(range(len(self.tokens) + 1))
        m.d.comb += [
            free.eq(output_free(self.output)),
            more.eq(position != len(self.tokens)),
            read.addr.eq(position),
            read.en.eq(free & more),
            self.output.payload.eq(read.data),
        ]
        with m.If(free):
            m.d.sync += self.output.valid.eq(more)
            m.d.sync += position.eq(position + more)
        return m
