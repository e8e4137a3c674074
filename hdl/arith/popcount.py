"""Population count: the tree of each style, and the macro around it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.hdl.arith.counting_trees import Term, compressor_tree, counter_tree, leaf, sum_tree
from neuroloom.hdl.component import Component

TREES = {
    PopcountStyle.SUM: sum_tree,
    PopcountStyle.COMPRESSOR: compressor_tree,
    PopcountStyle.COUNTER: counter_tree,
}


def count_ones(m: Module, bits: Sequence[Any], style: PopcountStyle) -> Value:
    """How many of ``bits`` are one; combinational, ``len(bits).bit_length()`` bits wide."""
    return PipelinedTree(m, bits, style).total


class PipelinedTree:
    """A counting tree with ``stages`` registers on every path, spread evenly over its levels.

    ``total`` is the count, ``stages`` cycles with ``enable`` after its bits.
    """

    def __init__(
        self, m: Module, bits: Sequence[Any], style: PopcountStyle, stages: int = 0,
        enable: Value | int = 1,
    ) -> None:  # fmt: skip
        self._m = m
        self._enable = enable
        self._built: dict[tuple[Term, int], Value] = {}
        roots = TREES[style]([leaf(bit) for bit in bits])
        depth = max(root.level for root in roots)
        # registers behind each level; the last ones stand behind the result
        self._cuts = Counter(round(depth * (stage + 1) / stages) for stage in range(stages))
        self.total = Cat(self._at(root, depth + 1) for root in roots)

    def _at(self, term: Term, level: int) -> Value:
        """The term's value where terms of ``level`` take their operands."""
        known = self._built.get((term, level))
        if known is not None:
            return known
        if level == term.level:
            operands = [self._at(operand, level) for operand in term.operands]
            value = self._named(term.name, term.function(*operands))
        else:
            value = self._at(term, level - 1)
            for _ in range(self._cuts[level - 1]):
                value = self._registered(term.name, value)
        self._built[term, level] = value
        return value

    def _named(self, name: str, value: Value) -> Value:
        if isinstance(value, Signal) or not name:
            return value
        signal = Signal(value.shape(), name=name)
        self._m.d.comb += signal.eq(value)
        return signal

    def _registered(self, name: str, value: Value) -> Value:
        register = Signal(value.shape(), name=f"{name or 'bit'}_held")
        with self._m.If(self._enable):
            self._m.d.sync += register.eq(value)
        return register


class Popcount(Component[PopcountSpec]):
    """``count.ones`` is the number of ones in ``word.bits``, ``pipeline`` cycles later.

    Without registers the macro is combinational, its streams tied together. With them one word
    enters every cycle, and all stages wait together while the oldest count is held.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        advance = Signal()
        tree = PipelinedTree(m, list(self.word.payload.bits), spec.style, spec.pipeline, advance)
        m.d.comb += self.count.payload.ones.eq(tree.total)
        m.d.comb += self.word.ready.eq(advance)
        if not spec.pipeline:
            m.d.comb += advance.eq(self.count.ready)
            m.d.comb += self.count.valid.eq(self.word.valid)
            return m

        filled = Signal(spec.pipeline)
        m.d.comb += self.count.valid.eq(filled[-1])
        m.d.comb += advance.eq(~self.count.valid | self.count.ready)
        with m.If(advance):
            m.d.sync += filled.eq(Cat(self.word.valid, filled[:-1]))
        return m
