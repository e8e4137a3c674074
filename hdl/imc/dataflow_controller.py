"""Pixels of a layer to patches for a crossbar."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.input_memory import Order
from neuroloom.hdl.component import Component
from neuroloom.hdl.imc.input_memory import InputMemory
from neuroloom.hdl.parts import connect, counter, handed_over, output_free


class DataflowController(Component[DataflowControllerSpec]):
    """The rows of a patch move through a buffer, the oldest one first, as those of the next patch
    come. While a patch waits for the crossbar the memory reads the next row.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.memory = memory = InputMemory(spec.input_memory)
        rows, patches = memory.rows, self.patches
        row = Value.cast(rows.payload.values)
        buffer = [Signal(len(row), name=f"row_{number}") for number in range(spec.held_rows)]
        outputs = [patches, self.residual] if spec.residual else [patches]
        connect(m, self.pixels, memory.pixels)
        m.d.comb += [rows.ready.eq(Cat(output_free(each) for each in outputs).all())]
        for each in outputs:
            with m.If(each.ready):
                m.d.sync += each.valid.eq(0)
        # where an image has one patch it is the last one
        last = Signal(init=spec.patches == 1)
        m.d.comb += patches.payload.last.eq(last)
        moves, complete, grouped = Signal(), Signal(), Signal()
        m.d.comb += [
            moves.eq(handed_over(rows)),
            complete.eq(moves & rows.payload.complete),
            grouped.eq(complete & self._groups(m, complete)),
        ]
        with m.If(moves):
            m.d.sync += Cat(buffer).eq(Cat(*buffer[1:], row))
        with m.If(grouped):
            m.d.sync += patches.valid.eq(1)
            if spec.patches > 1:
                m.d.sync += last.eq(rows.payload.last)
        if spec.residual:
            with m.If(complete):
                m.d.sync += self.residual.valid.eq(1)

        pixels = [
            [line.word_select(place, spec.pixel_bits) for place in range(spec.kernel)]
            for line in buffer
        ]
        if spec.order is Order.ROWS:
            pixels = [list(column) for column in zip(*pixels, strict=True)]
        m.d.comb += patches.payload.values.eq(Cat(Cat(each) for each in pixels))
        if spec.residual:
            middle = buffer[spec.held_rows - 1 - spec.kernel // 2]
            pixel = middle.word_select(spec.kernel // 2, spec.pixel_bits)
            m.d.comb += self.residual.payload.values.eq(pixel)
        return m

    def _groups(self, m: Module, complete: Value) -> Value:
        """Whether the window that is complete is the last one of a patch."""
        spec = self.spec
        if spec.parallel == 1:
            return C(1)
        window = Signal(range(spec.parallel))
        grouped = Signal(name="patch_ends")
        m.d.comb += grouped.eq(window == spec.parallel - 1)
        counter(m, window, complete, grouped)
        if not spec.counted:
            return grouped
        along = Signal(range(spec.schedule.windows_along))
        line_ends = Signal()
        m.d.comb += line_ends.eq(along == spec.schedule.windows_along - 1)
        m.d.comb += self.patches.payload.windows.eq(Mux(along == 0, spec.tail, spec.parallel))
        counter(m, along, complete, line_ends)
        with m.If(line_ends):
            m.d.sync += window.eq(0)
        return grouped | line_ends
