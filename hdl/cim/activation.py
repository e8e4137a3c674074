"""What follows an accumulator: a register a step."""

from collections.abc import Callable, Sequence
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Shape, Signal, Value, signed, unsigned

from neuroloom.golden.cim.activation import ActivationSpec
from neuroloom.golden.cim.activation_functions import Function, Range, bits_for
from neuroloom.hdl import formats
from neuroloom.hdl.arith.pipeline import filled_stages
from neuroloom.hdl.component import Component
from neuroloom.hdl.memories.parameters import ParameterMemory
from neuroloom.hdl.parts import counter, handed_over, output_free, register

Hold = Callable[[Value, Range | None, str], Signal]
"""A register that all stages share the enable of; with a range, as wide as the range needs."""


class Activation(Component[ActivationSpec]):
    """Row of coefficients, sum, product, scaled value, segment, result: a stage each, if there.

    One value a cycle; all stages wait together while a result is held. The coefficients of one
    channel are a register, loaded while no value is in progress, or constants; those of several
    lie in a memory, loaded between two frames, and go along with the value.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        advance = Signal()
        enter = handed_over(self.values)
        filled = filled_stages(m, enter, advance, spec.stages)
        m.d.comb += advance.eq(output_free(self.results))
        m.d.comb += self.results.valid.eq(filled[-1])

        def hold(value: Value, ends: Range | None, name: str) -> Signal:
            shape = None if ends is None else _shape(ends)
            held: Signal = register(m, value, advance, name, shape)
            return held

        value: Value = self.values.payload.data
        if spec.looked_up:
            row, available = self._memory(m, enter)
            value = hold(value, None, "value")
        else:
            row, available = self._register(m, ~filled.any())
        m.d.comb += self.values.ready.eq(advance & available)

        scaled = self._scaled(m, hold, value, row)
        result = self._activated(m, hold, scaled)
        m.d.comb += self.results.payload.data.eq(hold(result, None, "result"))
        return m

    def _memory(self, m: Module, enter: Value) -> tuple[Value, Value]:
        """The row of a value that entered in the cycle before; whether a value may enter."""
        spec = self.spec
        channel = Signal(range(spec.channels))
        counter(m, channel, enter, channel == spec.channels - 1)
        contents = _rows(spec) if spec.fixed else None
        rows = ParameterMemory(spec.row_bits, spec.channels, contents)
        m.submodules.rows = rows
        m.d.comb += [rows.step.eq(enter), rows.address.eq(channel)]
        if spec.fixed:
            return rows.row, C(1)
        between = channel == 0
        m.d.comb += [
            rows.token.eq(Value.cast(self.coefficients.payload)),
            rows.offered.eq(self.coefficients.valid),
            rows.idle.eq(between),
            self.coefficients.ready.eq(between),
        ]
        return rows.row, ~between | (rows.complete & ~self.coefficients.valid)

    def _register(self, m: Module, idle: Value) -> tuple[Value, Value]:
        """The only row; whether a value may enter."""
        spec = self.spec
        if spec.fixed or not spec.row_bits:
            return C(_rows(spec)[0], spec.row_bits), C(1)
        row = Signal(spec.row_bits)
        loaded = Signal()
        m.d.comb += self.coefficients.ready.eq(idle)
        with m.If(self.coefficients.valid & idle):
            m.d.sync += [row.eq(Value.cast(self.coefficients.payload)), loaded.eq(1)]
        return row, loaded & ~self.coefficients.valid

    def _scaled(self, m: Module, hold: Hold, value: Value, row: Value) -> Value:
        spec = self.spec
        coefficients: dict[str, Value] = {}
        for field in spec.coefficient_fields:
            bits, row = row[: field.bits], row[field.bits :]
            coefficients[field.name] = bits.as_signed() if field.signed else bits

        def along() -> None:
            """Takes the coefficients that are left, of several channels, a stage further."""
            if spec.looked_up:
                for name, each in coefficients.items():
                    coefficients[name] = hold(each, None, name)

        if spec.bias_bits:
            value = hold(value + coefficients.pop("bias"), spec.sum_range, "sum")
            along()
        if spec.multiplier_bits:
            value = hold(value * coefficients.pop("multiplier"), spec.product_range, "product")
            along()
        if not spec.scales:
            return value
        dropped = spec.shift
        if spec.shift_bits:
            value, dropped = _shifted(m, value, coefficients["shift"]), spec.shift + 2
        rounded = formats.shift_right(m, value, dropped, spec.rounding)
        fitted = formats.fit(m, rounded, spec.scaled_format)
        return hold(fitted, spec.scaled_range, "scaled")

    def _activated(self, m: Module, hold: Hold, scaled: Value) -> Value:
        """The function, the zero point, and the output's format."""
        spec = self.spec
        activated = Signal(_shape(spec.activated_range))
        m.d.comb += activated.eq(self._function(m, hold, scaled) + spec.zero_point)
        fitted = formats.fit(m, activated, spec.result_format)
        low, high = spec.result_range
        varying = fitted[: spec.varying_bits]
        if low < 0 <= high:
            return varying.as_signed()
        return Cat(varying, C(low >> len(varying), spec.output_bits - len(varying)))

    def _function(self, m: Module, hold: Hold, scaled: Value) -> Value:
        spec = self.spec
        positive = Mux(scaled < 0, 0, scaled)
        match spec.function:
            case Function.NONE:
                return scaled
            case Function.RELU:
                return positive
            case Function.CLIPPED_RELU:
                return Mux(scaled > spec.activation.ceiling, spec.activation.ceiling, positive)
            case Function.LEAKY_RELU:
                below = formats.shift_right(m, scaled, spec.slope_shift, spec.rounding)
                return Mux(scaled < 0, below, scaled)
            case Function.PIECEWISE:
                return self._line(m, hold, scaled)

    def _line(self, m: Module, hold: Hold, scaled: Value) -> Value:
        """The segment's line; its offset is added a stage after the product."""
        spec = self.spec
        activation = spec.activation
        above = Signal(len(activation.breakpoints))
        m.d.comb += above.eq(Cat(scaled >= start for start in activation.breakpoints))

        def chosen(of_segments: Sequence[Value]) -> Value:
            choice, *following = of_segments
            for reached, later in zip(above, following, strict=True):
                choice = Mux(reached, later, choice)
            return choice

        offsets = min(activation.offsets), max(activation.offsets)
        if activation.by_constants:
            product = chosen([scaled * slope for slope in activation.slopes])
        else:
            slopes = _shape((min(activation.slopes), max(activation.slopes)))
            product = scaled * chosen([C(slope, slopes) for slope in activation.slopes])
        product = hold(product, activation.products(*spec.scaled_range), "slope_product")
        constants = [C(each, _shape(offsets)) for each in activation.offsets]
        offset = hold(chosen(constants), offsets, "offset")
        line = Signal(_shape(activation.lines(*spec.scaled_range)))
        m.d.comb += line.eq(product + offset)
        return formats.shift_right(m, line, spec.slope_shift, spec.rounding)


def _shifted(m: Module, value: Value, amount: Value) -> Value:
    """``value * 4 >> amount``, where the lowest bit is also set if any bit that is lost is.

    So that every rounding sees ties as they are, and bits above a half as such.
    """
    wide = Cat(C(0, 2), value)
    shifted: Value = wide.as_signed() if value.shape().signed else wide
    for place, shifts in enumerate(amount):
        distance = 1 << place
        further = Signal(shifted.shape(), name=f"shifted_{distance}")
        lost = shifted[:distance].any()
        m.d.comb += further.eq(Mux(shifts, (shifted >> distance) | lost, shifted))
        shifted = further
    return shifted


def _rows(spec: ActivationSpec) -> list[int]:
    """Fixed coefficients, a word a channel."""
    words = [0] * spec.channels
    place = 0
    for field in spec.coefficient_fields:
        for channel, each in enumerate(field.pack(spec.coefficients[field.name])):
            words[channel] |= each << place
        place += field.bits
    return words


def _shape(ends: Range) -> Shape:
    bits = bits_for(*ends)
    return signed(bits) if ends[0] < 0 else unsigned(bits)
