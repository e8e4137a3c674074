"""Comparison of two numbers: which is greater."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from neuroloom.golden.arith.comparator import ComparatorSpec, ComparatorStyle
from neuroloom.hdl.arith.pipeline import lockstep
from neuroloom.hdl.component import Component


def compare_halves(m: Module, a: Value, b: Value) -> tuple[Value, Value]:
    """``a < b`` and ``a > b`` of unsigned words of equal width, in log2 depth; combinational."""
    size = len(a)
    if size == 1:
        return ~a & b, a & ~b
    cut = size // 2
    less_low, greater_low = compare_halves(m, a[:cut], b[:cut])
    less_high, greater_high = compare_halves(m, a[cut:], b[cut:])
    less, greater = Signal(name="less"), Signal(name="greater")
    # neither half is ever both: a low half counts where the high one does not say the contrary
    m.d.comb += less.eq(less_high | (less_low & ~greater_high))
    m.d.comb += greater.eq(greater_high | (greater_low & ~less_high))
    return less, greater


class Comparator(Component[ComparatorSpec]):
    """Less, equal or greater, combinational."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        lockstep(m, self.pair, self.order, stages=0)
        a, b, order = self.pair.payload.a, self.pair.payload.b, self.order.payload
        if self.spec.style is ComparatorStyle.CARRY:
            m.d.comb += order.less.eq(a < b)
            m.d.comb += order.equal.eq(a == b)
            m.d.comb += order.greater.eq(~(order.less | order.equal))
            return m
        left, right = Value.cast(a).as_unsigned(), Value.cast(b).as_unsigned()
        if self.spec.signed:
            # a sign weighs negatively: the number that has it is less
            left, right = Cat(left[:-1], right[-1]), Cat(right[:-1], left[-1])
        less, greater = compare_halves(m, left, right)
        m.d.comb += order.less.eq(less)
        m.d.comb += order.greater.eq(greater)
        m.d.comb += order.equal.eq(~(less | greater))
        return m
