"""Number formats in hardware, equal to :mod:`neuroloom.golden.formats` bit for bit."""

from amaranth.hdl import C, Module, Signal, Value, signed, unsigned

from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding


def fit(m: Module, value: Value, fmt: IntegerFormat) -> Signal:
    """``value`` brought into ``fmt``; combinational. Under ``error`` the value must fit."""
    fitted = Signal(signed(fmt.bits) if fmt.signed else unsigned(fmt.bits))
    m.d.comb += fitted.eq(value)
    if fmt.overflow is Overflow.SATURATE:
        with m.If(value > fmt.maximum):
            m.d.comb += fitted.eq(fmt.maximum)
        with m.Elif(value < fmt.minimum):
            m.d.comb += fitted.eq(fmt.minimum)
    return fitted


def shift_right(
    m: Module, value: Value, shift: int, rounding: Rounding, entropy: Value | None = None
) -> Signal:
    """``value / 2**shift`` rounded to an integer; combinational, no bit of the result lost.

    ``entropy`` has ``shift`` uniform bits, for stochastic rounding only.
    """
    if rounding is Rounding.TOWARD_ZERO:
        # moved toward zero it cannot leave its range
        whole = Signal((value >> shift).shape())
        m.d.comb += whole.eq((value >> shift) + toward_zero(value, shift))
        return whole
    increment: Value = C(0)
    if rounding is Rounding.STOCHASTIC:
        assert entropy is not None
        increment = entropy
    elif rounding is Rounding.NEAREST_EVEN and shift:
        # one unit short of a half, and the unit back where the kept part is odd: ties go to even
        odd = Signal()
        m.d.comb += odd.eq(value >> shift)
        increment = C((1 << (shift - 1)) - 1, shift) + odd
    elif rounding is Rounding.NEAREST_UP and shift:
        increment = C(1 << (shift - 1), shift)
    elif rounding is Rounding.NEAREST_AWAY and shift:
        # one unit short of a half below zero: ties stay down
        increment = C((1 << (shift - 1)) - 1, shift) + ~_negative(value)
    total = Signal((value + increment).shape())
    m.d.comb += total.eq(value + increment)
    rounded = Signal((total >> shift).shape())
    m.d.comb += rounded.eq(total >> shift)
    return rounded


def toward_zero(value: Value, shift: int) -> Value:
    """What is added to the floor of ``value / 2**shift`` to round toward zero: one bit."""
    return value[-1] & value[:shift].any() if value.shape().signed else C(0, 1)


def rounds_up(value: Value, shift: int, rounding: Rounding) -> Value:
    """What is added to the floor of ``value / 2**shift``: one bit. Not for stochastic rounding.

    For whoever has a carry to spare; ``shift_right`` adds in the bits that are dropped instead.
    """
    if rounding is Rounding.FLOOR or not shift:
        return C(0, 1)
    half, below = value[shift - 1], value[: shift - 1].any()
    match rounding:
        case Rounding.TOWARD_ZERO:
            return toward_zero(value, shift)
        case Rounding.NEAREST_EVEN:
            return half & (below | value[shift])
        case Rounding.NEAREST_UP:
            return half
        case Rounding.NEAREST_AWAY:
            return half & (below | ~_negative(value))
        case Rounding.STOCHASTIC:
            raise ValueError("stochastic rounding adds its entropy")


def _negative(value: Value) -> Value:
    return value[-1] if value.shape().signed else C(0, 1)
