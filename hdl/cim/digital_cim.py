"""An all-digital compute-in-memory macro: control around columns."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from neuroloom.golden.cim.digital_cim import DigitalCimSpec
from neuroloom.hdl.cim.bit_planes import BitPlanes
from neuroloom.hdl.cim.cim_column import CimColumn
from neuroloom.hdl.cim.plane_sum import PlaneSum
from neuroloom.hdl.cim.word_lines import WordLines
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import counter, handed_over, output_free, register
from neuroloom.hdl.sharing import Shared


class DigitalCim(Component[DigitalCimSpec]):
    """Serves a bit plane of the vector a cycle; every column adds it to its shifting sum.

    A vector is taken while the last plane of the one before is served. One that swaps waits for a
    complete load, and the weights change as it is taken; the next load waits for that. The sums
    are the accumulators themselves: all planes wait while the sums are held.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        take = Signal()
        advance = Signal()
        m.d.comb += take.eq(handed_over(self.vectors))
        m.d.comb += advance.eq(output_free(self.sums))

        # weights: the first vector after reset swaps in any case
        m.submodules.word_lines = word_lines = WordLines(spec.rows)
        computing = Signal()
        swap = Signal()
        m.d.comb += [
            swap.eq(self.vectors.payload.swap | ~computing),
            self.weights.ready.eq(~word_lines.complete),
            word_lines.write.eq(handed_over(self.weights)),
            word_lines.swap.eq(take & swap),
        ]

        # planes: one a cycle
        m.submodules.planes = planes = BitPlanes(spec.rows, spec.input_bits)
        serving = Signal()
        position = Signal(range(spec.input_bits))
        last = position == spec.input_bits - 1
        m.d.comb += [
            planes.vector.eq(Value.cast(self.vectors.payload.values)),
            planes.load.eq(take),
            planes.step.eq(serving & advance),
            self.vectors.ready.eq((~serving | (last & advance)) & (~swap | word_lines.complete)),
        ]
        counter(m, position, planes.step, last)
        with m.If(planes.step), m.If(last):
            m.d.sync += serving.eq(0)
        with m.If(take):
            m.d.sync += [serving.eq(1), computing.eq(1)]

        # sums: a plane joins, and ends its sum or not, ``pipeline`` cycles after it was served
        flags: Value = Cat(serving, serving & last)
        for stage in range(spec.pipeline):
            flags = register(m, flags, advance, f"stage{stage}")
        joins = Signal()
        ends = Signal()
        m.d.comb += [joins.eq(flags[0]), ends.eq(flags[1])]
        first = Signal(init=1)
        with m.If(advance):
            m.d.sync += self.sums.valid.eq(ends)
            with m.If(joins):
                m.d.sync += first.eq(ends)

        network = spec.network
        totals = []
        for number in range(spec.columns):
            column = CimColumn(spec, network)
            total = PlaneSum(
                column.total.shape(), spec.input_bits, spec.input_signed, spec.accumulator_bits
            )
            m.submodules[f"column{number}"] = Shared(column, spec)
            m.submodules[f"sum{number}"] = Shared(total, spec)
            row = Value.cast(self.weights.payload.row)
            m.d.comb += [
                column.word.eq(row.word_select(number, spec.weight_bits)),
                column.lines.eq(word_lines.lines),
                column.swap.eq(word_lines.swap),
                column.plane.eq(planes.plane),
                column.enable.eq(advance),
                total.plane.eq(column.total),
                total.enable.eq(advance),
                total.first.eq(first),
                total.last.eq(ends),
            ]
            totals.append(total.total[: spec.sum_format.bits])
        m.d.comb += Value.cast(self.sums.payload.values).eq(Cat(totals))
        return m
