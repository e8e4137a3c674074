"""Binary max pooling of images that come pixel by pixel."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned

from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.parts import following, handed_over, output_free, register


class MaxPool(Component[MaxPoolSpec]):
    """Collects along a row of a window in registers, over its rows in a memory.

    The registers hold a pixel. At the last pixel of a window's row its part of the memory is read;
    in the next cycle both together are written back and, in the last row, given.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        pixels, pooled = self.pixels, self.pooled
        accept = Signal()
        m.d.comb += pixels.ready.eq(output_free(pooled))
        m.d.comb += accept.eq(handed_over(pixels))
        if self.spec.kernel == 1:
            with m.If(pixels.ready):
                m.d.sync += pooled.valid.eq(pixels.valid)
            with m.If(accept):
                m.d.sync += pooled.payload.bits.eq(pixels.payload.bits)
        else:
            self._collect(m, accept)
        return m

    def _collect(self, m: Module, accept: Value) -> None:
        spec = self.spec
        pixels, pooled = self.pixels, self.pooled
        across = Signal(range(spec.kernel))
        down = Signal(range(spec.kernel))
        slot, last_across, last_down = self._position(m, accept, across, down)

        ring = [Signal(spec.lanes, name=f"collected{index}") for index in range(spec.folds)]
        with m.If(accept):
            m.d.sync += Cat(ring[:-1]).eq(Cat(ring[1:]))
            m.d.sync += ring[-1].eq(pixels.payload.bits | Mux(across == 0, 0, ring[0]))

        m.submodules.storage = storage = written_first(
            unsigned(spec.lanes), spec.columns * spec.folds
        )
        write = storage.write_port()
        read = storage.read_port()
        first_row = register(m, down == 0, accept, "first_row")
        m.d.comb += [
            read.addr.eq(slot),
            read.en.eq(accept & last_across),
            write.data.eq(ring[-1] | Mux(first_row, 0, read.data)),
            pooled.payload.bits.eq(write.data),
        ]
        with m.If(accept):
            m.d.sync += write.addr.eq(slot)
        m.d.sync += write.en.eq(accept & last_across)
        with m.If(pixels.ready):
            m.d.sync += pooled.valid.eq(accept & last_across & last_down)

    def _position(
        self, m: Module, accept: Value, across: Signal, down: Signal
    ) -> tuple[Signal, Value, Value]:
        """Part of the memory that a token belongs to, and whether its window's row or the window
        ends with its pixel.
        """
        spec = self.spec
        fold = Signal(range(spec.folds))
        column = Signal(range(spec.width))
        row = Signal(range(spec.height))
        slot = Signal(range(spec.columns * spec.folds))
        last_fold = fold == spec.folds - 1
        last_column = column == spec.width - 1
        last_row = row == spec.height - 1
        last_across = Signal()
        last_down = Signal()
        m.d.comb += last_across.eq(across == spec.kernel - 1)
        m.d.comb += last_down.eq(down == spec.kernel - 1)
        with m.If(accept):
            m.d.sync += fold.eq(following(fold, last_fold))
            with m.If(last_across):
                m.d.sync += slot.eq(slot + 1)
            with m.If(last_fold):
                m.d.sync += column.eq(following(column, last_column))
                m.d.sync += across.eq(following(across, last_across | last_column))
                with m.If(last_column):
                    m.d.sync += slot.eq(0)
                    m.d.sync += row.eq(following(row, last_row))
                    restart = last_down | last_row if spec.height % spec.kernel else last_down
                    m.d.sync += down.eq(following(down, restart))
        return slot, last_across, last_down
