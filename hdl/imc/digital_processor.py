"""Sums of a crossbar to pixels."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value

from neuroloom.golden.cim.activation_functions import Range, bits_for
from neuroloom.golden.imc.digital_processor import STAGES, DigitalProcessorSpec
from neuroloom.hdl import formats
from neuroloom.hdl.component import Component
from neuroloom.hdl.memories.parameters import ParameterMemory
from neuroloom.hdl.parts import counter, output_free, register


class DigitalProcessor(Component[DigitalProcessorSpec]):
    """``units`` channels a cycle: sum, scaled sum, pixel, a register each. Coefficients are read
    while the sum is stored, and loaded between two pixels. All waits while a pixel is held.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        inputs = [getattr(self, each.name) for each in spec.input_streams[:-1]]
        fold = Signal(range(spec.folds))
        advance, enter, ends = Signal(), Signal(), Signal()
        row, available = self._coefficients(m, fold, enter)
        m.d.comb += [
            advance.eq(output_free(self.pixels)),
            enter.eq(advance & available & Cat(each.valid for each in inputs).all()),
            ends.eq(enter & (fold == spec.folds - 1)),
            *(each.ready.eq(ends) for each in inputs),
        ]
        counter(m, fold, enter, ends)
        # within a pixel every cycle that advances has a channel for each unit
        ended = Signal(STAGES)
        pixels = [self._pixel(m, advance, fold, unit, row) for unit in range(spec.units)]
        found = Signal(spec.channels * len(pixels[0]))
        m.d.comb += self.pixels.valid.eq(ended[-1])
        with m.If(advance):
            m.d.sync += ended.eq(Cat(ends, ended))
            m.d.sync += found.eq(Cat(found, *pixels)[len(Cat(*pixels)) :])
        for channel in range(spec.channels):
            pixel = found.word_select(channel, len(pixels[0]))
            lane = self.pixels.payload.values[channel]
            m.d.comb += lane.eq(pixel.as_signed() if spec.signed else pixel)
        return m

    def _coefficients(self, m: Module, fold: Value, enter: Value) -> tuple[Value, Value]:
        """The row of sums that entered in the cycle before; whether sums may enter."""
        spec = self.spec
        rows = ParameterMemory(spec.units * spec.coefficient_bits, spec.folds, None)
        m.submodules.rows = rows
        between = fold == 0
        m.d.comb += [
            rows.step.eq(enter),
            rows.address.eq(fold),
            rows.idle.eq(between),
            rows.token.eq(Value.cast(self.coefficients.payload)),
            rows.offered.eq(self.coefficients.valid),
            self.coefficients.ready.eq(between),
        ]
        return rows.row, ~between | (rows.complete & ~self.coefficients.valid)

    def _pixel(self, m: Module, advance: Value, fold: Value, unit: int, row: Value) -> Value:
        """The channel that a unit computes, from what has been in its registers for a cycle."""
        spec = self.spec

        def hold(value: Value, ends: Range, name: str) -> Signal:
            shape = Shape(bits_for(*ends), ends[0] < 0)
            held: Signal = register(m, value, advance, f"{name}_{unit}", shape)
            return held

        def lane(stream: Any) -> Value:
            """The channel in a token whose turn it is."""
            lanes = [stream.payload.values[each] for each in range(unit, spec.channels, spec.units)]
            shape = Value.cast(lanes[0]).shape()
            picked = Signal(shape, name=f"picked_{unit}")
            with m.Switch(fold):
                for number, each in enumerate(lanes):
                    with m.Case(number):
                        m.d.comb += picked.eq(each)
            return picked

        pixel = (spec.pixel_format.minimum, spec.pixel_format.maximum)
        total: Value = lane(self.sums)
        if spec.partial:
            total = total + lane(self.partials)
        total = hold(total, spec.sum_range, "total")
        scales = row[: spec.units * spec.scale_bits]
        scale = scales.word_select(unit, spec.scale_bits).as_signed()
        offset = row[len(scales) :].word_select(unit, spec.offset_bits).as_signed()
        scaled = hold(total * scale + offset, spec.scaled_range, "scaled")
        rounded: Value = formats.shift_right(m, scaled, spec.shift, spec.rounding)
        if spec.residual:
            first = hold(lane(self.residuals), pixel, "residual")
            rounded = rounded + hold(first, pixel, "residual_later")
        if spec.relu:
            rounded = Mux(rounded < 0, 0, rounded)
        exact = Signal(rounded.shape(), name=f"exact_{unit}")
        m.d.comb += exact.eq(rounded)
        return formats.fit(m, exact, spec.pixel_format)[: bits_for(*spec.pixel_range)]
