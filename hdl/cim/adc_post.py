"""What follows the converters: assembly, memories, one arithmetic stage."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, unsigned

from neuroloom.golden.arith.popcount import PopcountStyle
from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.hdl import formats
from neuroloom.hdl.arith.popcount import count_ones
from neuroloom.hdl.component import Component
from neuroloom.hdl.memories.parameters import ParameterMemory
from neuroloom.hdl.parts import counter, handed_over, output_free, register


class AdcPost(Component[AdcPostSpec]):
    """Codes are assembled and look up table and coefficients; a cycle later they are corrected.

    Without memories there is the register of the result only. A load waits for the end of a frame
    and goes before the next one; frames wait until everything is loaded.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        accept = handed_over(self.codes)
        advance = output_free(self.results)

        code, whole, begun = self._assembled(m, accept)
        taken = accept & whole
        value, gain, valid = code, None, taken
        available: Value = C(1)
        if spec.has_memory:
            held_valid = Signal()
            enter = ~held_valid | advance
            with m.If(enter):
                m.d.sync += held_valid.eq(taken)
            value, gain, available = self._looked_up(m, taken, code, begun)
            valid = held_valid
        else:
            enter = advance
        m.d.comb += self.codes.ready.eq(available & (~whole | enter))

        result = self._fitted(m, value, gain)
        with m.If(advance):
            m.d.sync += self.results.valid.eq(valid)
            m.d.sync += self.results.payload.value.eq(result)
        return m

    def _assembled(self, m: Module, accept: Value) -> tuple[Value, Value, Value]:
        """The code, whether it is whole with this token, and whether it began before it."""
        spec = self.spec
        payload = self.codes.payload
        match spec.converter:
            case Converter.BINARY:
                return payload.code, C(1), C(0)
            case Converter.FLASH:
                return flash_code(m, payload.levels, spec.bubbles), C(1), C(0)
        place = Signal(range(spec.decisions))
        whole = place == spec.decisions - 1
        code = Signal(spec.code_bits)
        counter(m, place, accept, whole)
        if spec.sar_weights is None:
            decided = register(m, code, accept, "decided", spec.code_bits - 1)
            m.d.comb += code.eq(Cat(payload.decision, decided))
        else:
            decided = Signal(spec.code_bits)
            weight = Signal(spec.code_bits)
            with m.Switch(place):
                for index, each in enumerate(spec.sar_weights):
                    with m.Case(index):
                        m.d.comb += weight.eq(each)
            m.d.comb += code.eq(decided + Mux(payload.decision, weight, 0))
            with m.If(accept):
                m.d.sync += decided.eq(code)
                with m.If(whole):
                    m.d.sync += decided.eq(0)
        return code, whole, place != 0

    def _looked_up(
        self, m: Module, taken: Value, code: Value, begun: Value
    ) -> tuple[Value, Value | None, Value]:
        """A cycle after ``taken``: the code with its offset, its gain; whether codes may come."""
        spec = self.spec
        column = Signal(range(spec.columns))
        with m.If(taken):
            m.d.sync += column.eq(column + 1)
            with m.If(column == spec.columns - 1):
                m.d.sync += column.eq(0)
        between = (column == 0) & ~begun
        complete: Value = C(1)
        offered: Value = C(0)

        if spec.table_bits is None:
            value = register(m, code, taken, "held_code")
        else:
            table = self._memory(m, "table", spec.table_bits, 1 << spec.code_bits, taken, code)
            m.d.comb += [table.token.eq(self.table.payload.value), table.idle.eq(between)]
            value, complete, offered = table.row, table.complete, self.table.valid

        gain = None
        if spec.corrected:
            offset_bits = spec.offset_bits or 0
            bits = offset_bits + (spec.gain_bits or 0)
            rows = self._memory(m, "coefficients", bits, spec.columns, taken, column)
            token = Value.cast(self.coefficients.payload)
            m.d.comb += [rows.token.eq(token), rows.idle.eq(between)]
            complete, offered = complete & rows.complete, offered | self.coefficients.valid
            if spec.offset_bits is not None:
                value = value + rows.row[:offset_bits].as_signed()
            if spec.gain_bits is not None:
                gain = rows.row[offset_bits:]
        return value, gain, complete & ~(between & offered)

    def _memory(
        self, m: Module, name: str, bits: int, depth: int, step: Value, address: Value
    ) -> ParameterMemory:
        rows = ParameterMemory(bits, depth, None)
        m.submodules[f"{name}_memory"] = rows
        stream = getattr(self, name)
        m.d.comb += [rows.step.eq(step), rows.address.eq(address), rows.offered.eq(stream.valid)]
        m.d.comb += stream.ready.eq(rows.idle)
        return rows

    def _fitted(self, m: Module, value: Value, gain: Value | None) -> Value:
        spec = self.spec
        shifted = Signal(value.shape())
        m.d.comb += shifted.eq(value)
        scaled = shifted
        if gain is not None:
            product = Signal((shifted * gain).shape())
            m.d.comb += product.eq(shifted * gain)
            scaled = formats.shift_right(m, product, spec.gain_shift, spec.rounding)
        return formats.fit(m, scaled - spec.zero_point, spec.result_format)


def flash_code(m: Module, levels: Value, bubbles: Bubbles) -> Value:
    """The code of a thermometer word, lowest threshold first; combinational."""
    bits: Sequence[Value] = list(levels)
    count = len(bits)
    if bubbles is Bubbles.ONES_COUNT:
        return count_ones(m, Cat(bits), PopcountStyle.COUNTER)
    if bubbles is Bubbles.MAJORITY:
        voted = Signal(count)
        neighbours = zip([C(1), *bits], bits, [*bits[1:], C(0)], strict=False)
        m.d.comb += voted.eq(
            Cat(Mux(below, here | above, here & above) for below, here, above in neighbours)
        )
        bits = list(voted)
    edges = Signal(unsigned(count))
    m.d.comb += edges.eq(Cat(bits) & ~Cat(bits[1:], C(0)))
    code = Signal(count.bit_length())
    m.d.comb += code.eq(
        Cat(
            Cat(edges[number - 1] for number in range(1, count + 1) if number >> bit & 1).any()
            for bit in range(len(code))
        )
    )
    return code
