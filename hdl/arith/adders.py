"""Adders of two words in every style."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.arith.adders import AdderStyle, prefix_levels, select_blocks


def add_words(m: Module, left: Value, right: Value, width: int, style: AdderStyle) -> Value:
    """``left + right`` in ``width`` bits, no carry-in; combinational."""
    if style is AdderStyle.RIPPLE:
        left, right = topped(left, right, width)
        return (left + right)[:width]
    a, b = (Cat(each, C(0, max(0, width - len(each))))[:width] for each in (left, right))
    return _prefix(m, a, b) if style is AdderStyle.PREFIX else _carry_select(m, a, b)


def topped(left: Value, right: Value, width: int) -> tuple[Value, Value]:
    """Both operands with the same bit at the top of the sum, where only the carry may come.

    The carry goes through a sum position of its own, and the sum seems to overflow, so that
    synthesis does not merge it with the next.
    """
    if width <= max(len(left), len(right)):
        return left, right
    above = [C(0, width - 1 - len(each)) for each in (left, right)]
    return Cat(left, above[0], left[0]), Cat(right, above[1], left[0])


def _carry_select(m: Module, a: Value, b: Value) -> Value:
    total: list[Value] = []
    carry: Value = C(0, 1)
    start = 0
    for index, length in enumerate(select_blocks(len(a))):
        x, y = a[start : start + length], b[start : start + length]
        chosen = Signal(length + 1, name="block")
        if index:
            without, with_carry = Signal(length + 1), Signal(length + 1)
            m.d.comb += [without.eq(x + y), with_carry.eq((Cat(C(1, 1), x) + Cat(C(1, 1), y)) >> 1)]
            m.d.comb += chosen.eq(Mux(carry, with_carry, without))
        else:
            m.d.comb += chosen.eq(x + y)
        total.append(chosen[:length])
        carry = chosen[length]
        start += length
    return Cat(total)


def _prefix(m: Module, a: Value, b: Value) -> Value:
    """Carries from generate and propagate of groups of bits; see :func:`prefix_levels`."""
    width = len(a)
    differ, both = Signal(width), Signal(width)
    m.d.comb += [differ.eq(a ^ b), both.eq(a & b)]
    generate, propagate = list(both), list(differ)
    for pairs in prefix_levels(width - 1):
        generate, propagate = list(generate), list(propagate)
        for bit, lower in pairs:
            carries, passes = Signal(name="generate"), Signal(name="propagate")
            m.d.comb += carries.eq(generate[bit] | propagate[bit] & generate[lower])
            m.d.comb += passes.eq(propagate[bit] & propagate[lower])
            generate[bit], propagate[bit] = carries, passes
    carry = Signal(width)
    m.d.comb += carry.eq(Cat(C(0, 1), generate[: width - 1]))
    return differ ^ carry
