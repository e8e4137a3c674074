"""The lowest one of a word alone, the lowest preferred one, the number of an only one and back.

Searches are trees: whether there is a one is found on the way up, and the winner on the way down.
A prefix network of OR gates would need half the levels, but synthesis makes a chain of it, which
is smaller and far slower; here it finds nothing to share.
"""

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.arith.priority_encoder import lower_half

MANY = 128
"""Bits up to which a search tree is plain; of more, the path to its left is written otherwise."""


def lowest(m: Module, bits: Value) -> Value:
    """The lowest one of ``bits`` alone."""
    if len(bits) > MANY:
        return _lowest_of_many(m, bits)[1]
    here = Signal()
    any_one, only = _lowest(m, bits, here)
    m.d.comb += here.eq(any_one)
    return only


def _lowest(m: Module, bits: Value, here: Value) -> tuple[Value, Value]:
    """Whether any bit is one, and the lowest one if it is ``here``."""
    if len(bits) == 1:
        return bits, here
    cut = lower_half(len(bits))
    found = Signal()
    in_low = Signal()
    in_high = Signal()
    any_low, low = _lowest(m, bits[:cut], in_low)
    any_high, high = _lowest(m, bits[cut:], in_high)
    m.d.comb += found.eq(any_low | any_high)
    m.d.comb += in_low.eq(here & any_low)
    m.d.comb += in_high.eq(here & ~any_low)
    return found, Cat(low, high)


def _lowest_of_many(m: Module, bits: Value) -> tuple[Value, Value]:
    """Whether any bit is one, and the lowest one if there is any.

    Along the left side of the tree the winner is here if any is. Whether any is in a right half
    then has two uses, so that synthesis gains nothing by making chains of the halves: two or three
    levels fewer for a few gates more.
    """
    if len(bits) == 1:
        return bits, bits
    cut = lower_half(len(bits))
    found = Signal()
    in_high = Signal()
    any_low, low = _lowest_of_many(m, bits[:cut])
    any_high, high = _lowest(m, bits[cut:], in_high)
    m.d.comb += found.eq(any_low | any_high)
    m.d.comb += in_high.eq(any_high & ~any_low)
    return found, Cat(low, high)


def lowest_preferred(m: Module, bits: Value, preferred: Value) -> tuple[Value, Value]:
    """The lowest of the ``preferred`` ones alone, or without any the lowest of ``bits``; and ones
    in all places above it.
    """
    here = Signal()
    any_one, _, only, above = _lowest_preferred(m, bits, preferred, here, C(0, 1))
    m.d.comb += here.eq(any_one)
    return only, above


def _lowest_preferred(
    m: Module, bits: Value, preferred: Value, here: Value, passed: Value
) -> tuple[Value, Value, Value, Value]:
    """Whether any bit is one and any is preferred, the winner if it is ``here``, and the places
    above it, all of them if it is ``passed``.
    """
    if len(bits) == 1:
        return bits, preferred, here, passed
    cut = lower_half(len(bits))
    found = Signal()
    found_preferred = Signal()
    choose_low = Signal()
    in_low = Signal()
    in_high = Signal()
    passed_low = Signal()
    any_low, preferred_low, low, above_low = _lowest_preferred(
        m, bits[:cut], preferred[:cut], in_low, passed
    )
    any_high, preferred_high, high, above_high = _lowest_preferred(
        m, bits[cut:], preferred[cut:], in_high, passed_low
    )
    m.d.comb += found.eq(any_low | any_high)
    m.d.comb += found_preferred.eq(preferred_low | preferred_high)
    m.d.comb += choose_low.eq(Mux(preferred_high, preferred_low, any_low))
    m.d.comb += in_low.eq(here & choose_low)
    m.d.comb += in_high.eq(here & ~choose_low)
    m.d.comb += passed_low.eq(passed | in_low)
    return found, found_preferred, Cat(low, high), Cat(above_low, above_high)


def number_of(m: Module, one_hot: Value) -> Value:
    """The number of the only one; 0 without any. A balanced tree."""
    return _number_of(m, one_hot)[1]


def _number_of(m: Module, one_hot: Value) -> tuple[Value, Value]:
    if len(one_hot) == 1:
        return one_hot, C(0, 0)
    cut = lower_half(len(one_hot))
    any_low, low = _number_of(m, one_hot[:cut])
    any_high, high = _number_of(m, one_hot[cut:])
    found = Signal()
    number = Signal(len(low) + 1)
    m.d.comb += found.eq(any_low | any_high)
    m.d.comb += number.eq(Cat(low | high, any_high))
    return found, number


def one_at(m: Module, number: Value, size: int, enable: Value) -> Value:
    """One bit of ``size`` high, at the place ``number``, while ``enable`` is; none beyond ``size``.

    Rows and columns are decoded apart, so that a place costs one gate.
    """
    cut = len(number) // 2
    columns = Signal(min(size, 1 << cut))
    rows = Signal((size - 1 >> cut) + 1)
    for place in range(len(columns)):
        m.d.comb += columns[place].eq(number[:cut] == place)
    for place in range(len(rows)):
        m.d.comb += rows[place].eq(enable & (number[cut:] == place))
    return Cat(rows[place >> cut] & columns[place % (1 << cut)] for place in range(size))


def several(m: Module, bits: Value) -> Value:
    """Whether more than one of ``bits`` is high. A balanced tree."""
    return _several(m, bits)[1]


def _several(m: Module, bits: Value) -> tuple[Value, Value]:
    """Whether any is high, and more than one."""
    if len(bits) == 1:
        return bits, C(0, 1)
    cut = lower_half(len(bits))
    any_low, more_low = _several(m, bits[:cut])
    any_high, more_high = _several(m, bits[cut:])
    found = Signal()
    more = Signal()
    m.d.comb += found.eq(any_low | any_high)
    m.d.comb += more.eq(more_low | more_high | (any_low & any_high))
    return found, more
