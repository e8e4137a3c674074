"""The digital periphery of a compute-in-memory macro."""

from collections.abc import Sequence
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.converters import Converter
from neuroloom.golden.cim.shift_add import ShiftAddSpec
from neuroloom.golden.formats import Overflow
from neuroloom.golden.inventory import index_bits
from neuroloom.hdl.cim.accumulator_bank import WordStorage, fitted
from neuroloom.hdl.cim.adc_post import flash_code
from neuroloom.hdl.cim.shift_add import ShiftAddUnit
from neuroloom.hdl.cim.zero_skip import ZeroSkip
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import counter, handed_over, output_free
from neuroloom.hdl.sharing import Shared
from neuroloom.hdl.streams.stream_fifo import StreamFifo


class CimMacro(Component[CimMacroSpec]):
    """Reads go out and answers come back under two controls, with a queue of tags between them.

    The outward one steps through the columns while the row controller keeps its word lines; a step
    without rows leaves a tag but no read. The inward one takes a code a cycle into the shift-add
    units. In the cycle after its last slice a value joins its word, and the sum leaves straight
    from the adder, so that it waits in the shift-add units while it is not taken.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, words = self.spec, self.spec.column_map.words
        tag = self._outward(m)
        filled = Signal()
        free = Signal()
        have, blank = tag["valid"], tag["blank"]
        step = Signal()
        m.d.comb += step.eq(have & (blank | self.codes.valid) & free)
        m.d.comb += self.codes.ready.eq(have & ~blank & free)
        m.d.comb += tag["ready"].eq((blank | self.codes.valid) & free)

        precision = tag["precision"]
        place, last_slice = self._counted(m, "slice", step, precision, spec.weight_bits)
        word, last_word = self._counted(m, "word", step & last_slice, precision, words)
        m.submodules.shift_add = units = ShiftAddUnits(spec.shift_add, spec.adcs)
        m.d.comb += [
            units.enable.eq(step),
            units.first.eq(place == 0),
            units.codes.eq(Cat(self._codes(m, blank, precision, word))),
        ]

        # the first group of a plane; the plane from the top
        begins = Signal(init=1)
        top = Signal(init=1)
        with m.If(step & last_slice & last_word):
            m.d.sync += begins.eq(tag["last_group"])
            with m.If(tag["last_group"]):
                m.d.sync += top.eq(tag["last_plane"])

        m.submodules.accumulator = accumulator = Accumulators(spec)
        final = Signal(init=not spec.accumulates)
        with m.If(free):
            m.d.sync += filled.eq(step & last_slice)
        with m.If(step):
            m.d.sync += [
                accumulator.precision.eq(precision),
                accumulator.index.eq(word),
                accumulator.begins.eq(begins),
                accumulator.top.eq(top),
                final.eq(tag["last_group"] & tag["last_plane"]),
            ]
        m.d.comb += free.eq(output_free(self.sums))
        m.d.comb += accumulator.enable.eq(filled & free)
        m.d.comb += accumulator.values.eq(units.sums)
        m.d.comb += self.sums.valid.eq(filled & final)
        m.d.comb += Value.cast(self.sums.payload["values"]).eq(accumulator.totals)
        m.d.comb += self.sums.payload.last.eq(
            self._last(accumulator.index, accumulator.precision, words)
        )
        return m

    def _outward(self, m: Module) -> dict[str, Any]:
        """Issues reads; the tags of those that are not answered, in order."""
        spec, reads = self.spec, self.reads
        m.submodules.row_controller = controller = ZeroSkip(spec.row_controller)
        vector, lines = controller.vector, controller.word_lines
        m.d.comb += vector.payload["values"].eq(self.vector.payload["values"])
        precision: Value = C(0)
        if spec.precision_bits:
            m.d.comb += vector.payload.tag.eq(self.vector.payload.precision)
            precision = lines.payload.tag
        m.d.comb += [vector.valid.eq(self.vector.valid), self.vector.ready.eq(vector.ready)]

        m.submodules.tags = tags = StreamFifo(spec.tag_bits, spec.reads_in_flight - 1)
        rows = lines.payload.rows
        blank = lines.payload.empty
        step = Signal()
        m.d.comb += step.eq(handed_over(tags.input))
        column, last_column = self._counted(m, "column", step, precision, spec.column_map.steps)
        m.d.comb += [
            reads.valid.eq(lines.valid & ~blank & tags.input.ready),
            reads.payload.rows.eq(rows),
            reads.payload.column.eq(column),
            tags.input.valid.eq(lines.valid & (blank | reads.ready)),
            lines.ready.eq(step & last_column),
        ]

        kept: dict[str, Value] = {"blank": blank}
        if spec.several_groups:
            kept["last_group"] = lines.payload.last_group
        if spec.bit_serial:
            kept["last_plane"] = lines.payload.last_plane
        if spec.precision_bits:
            kept["precision"] = precision
        m.d.comb += tags.input.payload.eq(Cat(kept.values()))
        out: dict[str, Any] = {"last_group": C(1), "last_plane": C(1), "precision": C(0)}
        position = 0
        for name, value in kept.items():
            out[name] = tags.output.payload[position : position + len(value)]
            position += len(value)
        return {**out, "valid": tags.output.valid, "ready": tags.output.ready}

    def _counted(
        self, m: Module, name: str, step: Value, precision: Value, numbers: Sequence[int]
    ) -> tuple[Signal, Signal]:
        """Counts the steps from 0 to one less than the number of the precision, and again; the
        count, and whether it is the last.
        """
        count = Signal(range(max(numbers)), name=name)
        last = Signal(name=f"last_{name}")
        m.d.comb += last.eq(self._last(count, precision, numbers))
        counter(m, count, step, last)
        return count, last

    def _last(self, count: Value, precision: Value, numbers: Sequence[int]) -> Value:
        """Whether the count is one less than the number of the precision."""
        return Cat(
            (count == number - 1) & (precision == index) for index, number in enumerate(numbers)
        ).any()

    def _codes(self, m: Module, blank: Value, precision: Value, word: Value) -> list[Value]:
        """The codes of all converters; 0 where nothing was read."""
        spec = self.spec
        offered = Value.cast(Value.cast(self.codes.payload))
        missing = Signal()
        with m.Switch(precision):
            columns = spec.column_map
            for index, (here, all_words) in enumerate(
                zip(columns.last_words, columns.words, strict=True)
            ):
                if here < all_words:
                    with m.Case(index):
                        m.d.comb += missing.eq(word >= here)
        codes = []
        for adc in range(spec.adcs):
            if spec.converter is Converter.FLASH:
                code = flash_code(m, offered.word_select(adc, spec.levels), spec.bubbles)
            else:
                code = offered.word_select(adc, spec.adc_bits)
            hidden = blank | missing if adc == spec.adcs - 1 else blank
            codes.append(Mux(hidden, 0, code))
        return codes


class ShiftAddUnits(wiring.Component):
    """A shift-add unit a converter; ``sums`` are their registers side by side."""

    def __init__(self, spec: ShiftAddSpec, number: int) -> None:
        self.spec = spec
        super().__init__(
            {
                "enable": In(1),
                "first": In(1),
                "codes": In(number * spec.partial_bits),
                "sums": Out(number * spec.sum_format.bits),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        bits = self.spec.partial_bits
        sums = []
        for number in range(len(self.codes) // bits):
            unit = ShiftAddUnit(self.spec)
            m.submodules[f"unit_{number}"] = Shared(unit, self.spec)
            m.d.comb += [unit.enable.eq(self.enable), unit.first.eq(self.first)]
            m.d.comb += unit.codes.eq(self.codes.word_select(number, bits))
            sums.append(unit.running)
        m.d.comb += self.sums.eq(Cat(sums))
        return m


class Accumulators(wiring.Component):
    """Adds groups of rows and planes of the inputs to the words of every unit.

    Interface: ``totals`` are word ``index`` of every unit with its value of ``values`` added; a
    cycle with ``enable`` stores them. The first group of a plane (``begins``) finds its word
    doubled, the first of the top plane (``top``) finds it 0.
    """

    def __init__(self, spec: CimMacroSpec) -> None:
        self.spec = spec
        bank = spec.accumulators
        super().__init__(
            {
                "enable": In(1),
                "precision": In(max(1, spec.precision_bits)),
                "index": In(max(1, index_bits(bank.words[0]))),
                "begins": In(1, init=1),
                "top": In(1, init=1),
                "values": In(spec.adcs * spec.shift_add.sum_format.bits),
                "totals": Out(spec.adcs * bank.widths[-1]),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, bank = self.spec, self.spec.accumulators
        storage = WordStorage(bank) if spec.accumulates else None
        if storage is not None:
            m.submodules.storage = storage
            m.d.comb += [
                storage.index.eq(self.index),
                storage.precision.eq(self.precision),
                storage.write.eq(self.enable),
            ]
        fmt = spec.shift_add.sum_format
        totals = []
        for unit in range(spec.adcs):
            value = self.values.word_select(unit, fmt.bits)
            kept: Value = C(0)
            if storage is not None:
                kept = self._kept(m, storage.words[unit])
            exact = self._added(m, kept, value.as_signed() if fmt.signed else value)
            total = fitted(m, exact, self.precision, bank)
            if storage is not None:
                clip = spec.overflow is Overflow.SATURATE
                m.d.comb += storage.totals[unit].eq(total if clip else exact)
            totals.append(total)
        m.d.comb += self.totals.eq(Cat(totals))
        return m

    def _kept(self, m: Module, word: Value) -> Value:
        """What a value is added to."""
        doubled = word << 1 if self.spec.bit_serial else word
        kept = Signal(doubled.shape())
        m.d.comb += kept.eq(Mux(self.begins, Mux(self.top, 0, doubled), word))
        return kept

    def _added(self, m: Module, kept: Value, value: Value) -> Value:
        """``kept`` and the value, negative in the top plane of signed inputs."""
        spec, bank = self.spec, self.spec.accumulators
        clip = spec.overflow is Overflow.SATURATE
        bits = len(kept + value) if clip else bank.widths[-1]
        left = Signal(bits)
        right = Signal(bits)
        negative: Value = C(0)
        if spec.input_signed:
            negative = self.top
        m.d.comb += [left.eq(kept), right.eq(value ^ negative.replicate(bits))]
        # the negative is one more than the complement: a carry-in, below bit 0
        total = Signal(bits + 1)
        m.d.comb += total.eq(Cat(C(1, 1), left) + Cat(negative, right))
        exact = Signal(signed(bits) if bank.signed else unsigned(bits))
        m.d.comb += exact.eq(total[1:])
        return exact
