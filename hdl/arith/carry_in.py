"""Sum of two numbers with a carry: one carry chain."""

from amaranth.hdl import C, Cat, Module, Shape, Signal, Value, signed


def sum_with_carry(m: Module, left: Value, right: Value, carry: Value) -> Signal:
    """``left + right + carry``, signed, no bit of it lost; combinational.

    The carry comes in below bit 0, where the ones of both operands pass it on.
    """
    a, b = as_signed(left), as_signed(right)
    width = max(len(a), len(b)) + 1
    total = Signal(signed(width + 1), name="total")
    m.d.comb += total.eq(Cat(C(1, 1), a).as_signed() + Cat(carry, b).as_signed())
    return total[1:].as_signed()


def as_signed(value: Value) -> Value:
    """The same number in two's complement; an unsigned one gets a zero above it."""
    return value if Shape.cast(value.shape()).signed else Cat(value, C(0, 1)).as_signed()
