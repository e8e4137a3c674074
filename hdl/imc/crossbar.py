"""Patches times a kernel matrix."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.hdl import formats
from neuroloom.hdl.component import Component
from neuroloom.hdl.imc.dot_product import DotProduct
from neuroloom.hdl.memories.parameters import ParameterMemory
from neuroloom.hdl.parts import counter, handed_over, register
from neuroloom.hdl.sharing import Shared


class Crossbar(Component[CrossbarSpec]):
    """``units`` columns a cycle: weights read, parts of the sums, sums, a register each.

    The patch is kept, and the sums of a window are collected, while those of the window before
    wait: only a window's last sums wait for them. Weights are loaded between two patches.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, patches, sums = self.spec, self.patches, self.sums
        fold = Signal(range(spec.folds))
        window = Signal(range(spec.windows), init=spec.windows - 1)
        following = Signal.like(window)
        advance, between, start, step, last = (Signal() for _ in range(5))
        reading = Signal(2)
        multiplying, adding = Signal(2), Signal(2)

        # a patch starts with its first weights
        row, complete = self._weights(m, fold, between, step)
        first: Value | int = 0
        if spec.counted:
            first = Signal.like(window)
            m.d.comb += first.eq(spec.windows - patches.payload.windows)
        m.d.comb += [
            last.eq(fold == spec.folds - 1),
            between.eq((fold == 0) & (window == spec.windows - 1)),
            following.eq(Mux(fold != 0, window, Mux(between, first, window + 1))),
            patches.ready.eq(
                advance & between & complete & ~self.weights.valid & self._in_time(m, start)
            ),
            start.eq(handed_over(patches)),
            step.eq(Mux(between, start, advance)),
        ]
        counter(m, fold, step, last)
        with m.If(step):
            m.d.sync += window.eq(following)
        patch = register(m, Value.cast(patches.payload.values), start, "patch")
        # each stage: whether it has anything, and a window's last columns
        m.d.comb += reading.eq(Cat(step, step & last))
        with m.If(advance):
            m.d.sync += [multiplying.eq(reading), adding.eq(multiplying)]

        line = self._line(m, patch, window)
        moves = multiplying[0] & advance
        found = Cat(self._sum(m, line, row, moves, unit) for unit in range(spec.units))
        collected = Signal(len(found) * (spec.folds - 1))
        given = Signal(len(found) * spec.folds)
        ends = adding[1]
        m.d.comb += advance.eq(~(ends & sums.valid & ~sums.ready))
        with m.If(adding[0] & advance):
            m.d.sync += collected.eq(Cat(collected, found)[len(found) :])
        with m.If(sums.ready):
            m.d.sync += sums.valid.eq(0)
        with m.If(ends & advance):
            m.d.sync += [sums.valid.eq(1), given.eq(Cat(collected, found))]
        for column in range(spec.columns):
            total = given.word_select(column, spec.kept_bits).as_signed()
            m.d.comb += sums.payload.values[column].eq(total)
        return m

    def _weights(self, m: Module, fold: Value, between: Value, step: Value) -> tuple[Value, Value]:
        """The weights read in the step before; whether a load is there."""
        spec, weights = self.spec, self.weights
        rows = ParameterMemory(spec.units * spec.rows * spec.weight_bits, spec.folds, None)
        m.submodules.rows = rows
        m.d.comb += [
            rows.step.eq(step),
            rows.address.eq(fold),
            rows.idle.eq(between),
            rows.token.eq(Value.cast(weights.payload.values)),
            rows.offered.eq(weights.valid),
            weights.ready.eq(between),
        ]
        return rows.row, rows.complete

    def _in_time(self, m: Module, start: Value) -> Value | int:
        """Whether the patch before has started ``interval`` cycles ago."""
        if not self.spec.timed:
            return 1
        left = Signal(range(self.spec.interval))
        with m.If(start):
            m.d.sync += left.eq(self.spec.interval - 1)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return left == 0

    def _line(self, m: Module, patch: Value, window: Value) -> Signal:
        """The rows of a window."""
        spec = self.spec
        line = Signal(spec.rows * spec.input_bits)
        bits = spec.block_rows * spec.input_bits
        with m.Switch(window):
            for number in range(spec.windows):
                with m.Case(number):
                    starts = [start * spec.input_bits for start in spec.starts(number)]
                    m.d.comb += line.eq(Cat(patch[start : start + bits] for start in starts))
        return line

    def _sum(self, m: Module, line: Value, row: Value, moves: Value, unit: int) -> Value:
        """Sum of a column's products, saturated."""
        spec = self.spec
        products = DotProduct(spec)
        m.submodules[f"products_{unit}"] = Shared(products, *products.key)
        m.d.comb += [
            products.moves.eq(moves),
            products.line.eq(line),
            products.weights.eq(row.word_select(unit, spec.rows * spec.weight_bits)),
        ]
        return formats.fit(m, products.total, spec.sum_format)[: spec.kept_bits]
