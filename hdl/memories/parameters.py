"""Source of a layer's weights and thresholds: block RAM, fixed or loaded, or a stream."""

from typing import Any

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.hdl.memory_contents import parameter_memory


class ParameterMemory(wiring.Component):
    """Rows of parameters in block RAM, read in order, written in order when ``loadable``.

    Interface: in a cycle with ``step`` the row at ``address`` is read; ``row`` shows it one cycle
    later and stays until the next step. A row at ``token`` is written when ``offered`` and
    ``idle``: a load is ``depth`` rows, and ``complete`` is low before the first load has ended
    and while one goes on.
    """

    def __init__(self, bits: int, depth: int, contents: list[int] | None) -> None:
        self.bits = bits
        self.depth = depth
        self.contents = contents
        loading = (
            {}
            if contents is not None
            else {"token": In(bits), "offered": In(1), "idle": In(1), "taken": Out(1)}
        )
        super().__init__(
            {
                "step": In(1),
                "address": In(range(depth)),
                "row": Out(bits),
                "complete": Out(1),
                **loading,
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.storage = storage = parameter_memory(
            unsigned(self.bits), self.depth, self.contents
        )
        read = storage.read_port()
        m.d.comb += [read.addr.eq(self.address), read.en.eq(self.step), self.row.eq(read.data)]
        if self.contents is not None:
            m.d.comb += self.complete.eq(1)
            return m

        write = storage.write_port()
        position = Signal(range(self.depth))
        loaded = Signal()
        m.d.comb += [
            self.complete.eq(loaded & (position == 0)),
            self.taken.eq(self.offered & self.idle),
            write.addr.eq(position),
            write.data.eq(self.token),
            write.en.eq(self.taken),
        ]
        with m.If(self.taken):
            m.d.sync += position.eq(position + 1)
            with m.If(position == self.depth - 1):
                m.d.sync += position.eq(0)
                m.d.sync += loaded.eq(1)
        return m
