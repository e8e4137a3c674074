"""Pixels of a layer to patches for a crossbar."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.input_memory import Order
from neuroloom.hdl.component import Component
from neuroloom.hdl.imc.input_memory import InputMemory


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
        buffer = [Signal(len(row), name=f"row_{number}") for number in range(spec.kernel)]
        outputs = [patches, self.residual] if spec.residual else [patches]
        m.d.comb += [
            memory.pixels.valid.eq(self.pixels.valid),
            memory.pixels.payload.eq(self.pixels.payload),
            self.pixels.ready.eq(memory.pixels.ready),
            rows.ready.eq(Cat(~each.valid | each.ready for each in outputs).all()),
        ]
        for each in outputs:
            with m.If(each.ready):
                m.d.sync += each.valid.eq(0)
        # where an image has one patch it is the last one
        last = Signal(init=spec.windows == 1)
        m.d.comb += patches.payload.last.eq(last)
        with m.If(rows.valid & rows.ready):
            m.d.sync += Cat(buffer).eq(Cat(*buffer[1:], row))
            with m.If(rows.payload.complete):
                m.d.sync += [each.valid.eq(1) for each in outputs]
                if spec.windows > 1:
                    m.d.sync += last.eq(rows.payload.last)

        pixels = [
            [line.word_select(place, spec.pixel_bits) for place in range(spec.kernel)]
            for line in buffer
        ]
        if spec.order is Order.ROWS:
            pixels = [list(column) for column in zip(*pixels, strict=True)]
        m.d.comb += patches.payload.values.eq(Cat(Cat(each) for each in pixels))
        if spec.residual:
            middle = spec.kernel // 2
            m.d.comb += self.residual.payload.values.eq(pixels[middle][middle])
        return m
