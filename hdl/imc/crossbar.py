"""Patches times a kernel matrix."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.hdl import formats
from neuroloom.hdl.arith.selection import chosen
from neuroloom.hdl.component import Component
from neuroloom.hdl.imc.dot_product import DotProduct
from neuroloom.hdl.memories.parameters import ParameterMemory
from neuroloom.hdl.parts import counter, handed_over, register
from neuroloom.hdl.sharing import Shared


class Crossbar(Component[CrossbarSpec]):
    """``units`` columns of each kernel a cycle: weights read, parts of the sums, sums, a register
    each.

    The patch is kept, and the sums of a pass are collected, while those of the pass before wait:
    only a pass's last sums wait for them. Weights are loaded between two patches.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, patches, sums = self.spec, self.patches, self.sums
        fold = Signal(range(spec.folds))
        window = Signal(range(spec.passes), init=spec.passes - 1)
        following = Signal.like(window)
        advance, between, start, step, last = (Signal() for _ in range(5))
        reading = Signal(2)
        multiplying, adding = Signal(2), Signal(2)

        # a patch starts with its first weights
        row, complete = self._weights(m, fold, between, step)
        first: Value | int = 0
        if spec.counted:
            first = Signal(range(spec.windows))
            m.d.comb += first.eq(spec.windows - patches.payload.windows)
        m.d.comb += [
            last.eq(fold == spec.folds - 1),
            between.eq((fold == 0) & (window == spec.passes - 1)),
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
        # each stage: whether it has anything, and a pass's last columns
        m.d.comb += reading.eq(Cat(step, step & last))
        with m.If(advance):
            m.d.sync += [multiplying.eq(reading), adding.eq(multiplying)]

        lines = self._lines(m, patch, window)
        moves = multiplying[0] & advance
        width = spec.rows * spec.weight_bits
        found = Cat(
            self._sum(m, lines[number // spec.units], row.word_select(number, width), moves, number)
            for number in range(spec.kernels * spec.units)
        )
        collected = Signal(len(found) * (spec.folds - 1))
        given = Signal(len(found) * spec.folds)
        ends, over = adding[1], Signal()
        m.d.comb += advance.eq(~(ends & sums.valid & ~over))
        with m.If(adding[0] & advance):
            m.d.sync += collected.eq(Cat(collected, found)[len(found) :])
        with m.If(over):
            m.d.sync += sums.valid.eq(0)
        with m.If(ends & advance):
            m.d.sync += [sums.valid.eq(1), given.eq(Cat(collected, found))]
        kernel = self._kernel(m, over, ends & advance, start, first, advance)
        for column in range(spec.columns):
            fold_of, unit = divmod(column, spec.units)
            totals = [
                given.word_select(
                    (fold_of * spec.kernels + number) * spec.units + unit, spec.kept_bits
                )
                for number in range(spec.kernels)
            ]
            m.d.comb += sums.payload.values[column].eq(chosen(totals, kernel).as_signed())
        return m

    def _kernel(
        self, m: Module, over: Value, ends: Value, start: Value, first: Value | int, advance: Value
    ) -> Value:
        """The kernel whose sums are given; ``over`` is when those of the last one leave."""
        spec, sums = self.spec, self.sums
        kernel = Signal(range(spec.kernels))
        if spec.kernels == 1:
            m.d.comb += over.eq(sums.ready)
            return kernel
        m.d.comb += over.eq(sums.ready & (kernel == spec.kernels - 1))
        with m.If(handed_over(sums)):
            m.d.sync += kernel.eq(kernel + 1)
        begins = first
        if spec.counted:
            # that of the patch kept, then of the pass whose sums are added
            kept = register(m, Value.cast(first), start, "first_kept")
            begins = register(m, kept, advance, "first_added")
        with m.If(ends):
            m.d.sync += kernel.eq(begins)
        return kernel

    def _weights(self, m: Module, fold: Value, between: Value, step: Value) -> tuple[Value, Value]:
        """The weights read in the step before; whether a load is there."""
        spec, weights = self.spec, self.weights
        rows = ParameterMemory(
            spec.kernels * spec.units * spec.rows * spec.weight_bits, spec.folds, None
        )
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
        """Whether the patch before has started ``period`` cycles ago."""
        if not self.spec.timed:
            return 1
        left = Signal(range(self.spec.period))
        with m.If(start):
            m.d.sync += left.eq(self.spec.period - 1)
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        return left == 0

    def _lines(self, m: Module, patch: Value, window: Value) -> list[Signal]:
        """The rows of each kernel: of its window, or of the window whose turn it is."""
        spec = self.spec
        bits = spec.block_rows * spec.input_bits

        def taken(number: int) -> Value:
            starts = [start * spec.input_bits for start in spec.starts(number)]
            return Cat(patch[start : start + bits] for start in starts)

        lines = []
        for kernel in range(spec.kernels):
            name = f"line_{kernel}" if spec.kernels > 1 else "line"
            line = Signal(spec.rows * spec.input_bits, name=name)
            with m.Switch(window):
                for number in range(spec.passes):
                    with m.Case(number):
                        m.d.comb += line.eq(taken(kernel + number))
            lines.append(line)
        return lines

    def _sum(self, m: Module, line: Value, weights: Value, moves: Value, number: int) -> Value:
        """Sum of a column's products, saturated."""
        spec = self.spec
        products = DotProduct(spec)
        m.submodules[f"products_{number}"] = Shared(products, *products.key)
        m.d.comb += [products.moves.eq(moves), products.line.eq(line), products.weights.eq(weights)]
        return formats.fit(m, products.total, spec.sum_format)[: spec.kept_bits]
