"""Slices of slices, taken from what lies below: each would otherwise cost all of the outer one."""

from amaranth.hdl import Value
from amaranth.hdl._ast import Slice


def unsliced(value: Value) -> tuple[Value, int]:
    """The value that ``value`` is a slice of, however deep, and its lowest bit in that.

    Elaboration makes every outer slice anew for each inner one: a bit of each lane of a field of
    N bits costs N² bits. Bits of the value below cost one each.
    """
    low = 0
    while isinstance(value, Slice):
        low += value.start
        value = value.value
    return value, low


def bits_of(value: Value) -> list[Value]:
    """Every bit of the value, each taken from what lies below."""
    below, low = unsliced(value)
    return [below[low + bit] for bit in range(len(value))]
