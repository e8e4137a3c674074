"""Number formats and LFSRs against slow oracles of exact integers and fractions."""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from math import floor, trunc

import numpy as np
import pytest
from amaranth.hdl import Module, Shape, Signal
from amaranth.sim import Simulator, SimulatorContext
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from references.rounding import EXACTLY, rounded

from neuroloom.golden.arith.lfsr import TAPS, LfsrModel, step
from neuroloom.golden.checks import WITHOUT_CHANCE
from neuroloom.golden.formats import (
    IntegerFormat,
    Overflow,
    Rounding,
    dropped_unread,
    shift_right,
    unsigned_bits,
)
from neuroloom.hdl import formats as hardware

INT64 = (-(2**63), 2**63 - 1)
SHIFTABLE = st.integers(-(2**62) + 1, 2**62 - 1)

WIDTHS = pytest.mark.parametrize("bits", range(1, 64))
SIGNS = pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])


def int64(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


def limits(bits: int, signed: bool) -> tuple[int, int]:
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)


def fitted(value: int, bits: int, signed: bool, overflow: Overflow) -> int:
    low, high = limits(bits, signed)
    if overflow is Overflow.SATURATE:
        return min(max(value, low), high)
    return (value - low) % 2**bits + low


def corners(bits: int, signed: bool) -> list[int]:
    near = [end + d for end in limits(bits, signed) for d in (-2, -1, 0, 1, 2)]
    wrapped = [value + turn * 2**bits for value in near for turn in (-1, 1)]
    return [value for value in (*near, *wrapped, *INT64, 0) if INT64[0] <= value <= INT64[1]]


@WIDTHS
@SIGNS
@pytest.mark.parametrize("overflow", [Overflow.WRAP, Overflow.SATURATE])
def test_fit_at_the_corners(bits: int, signed: bool, overflow: Overflow) -> None:
    fmt = IntegerFormat(bits=bits, signed=signed, overflow=overflow)
    values = corners(bits, signed)
    expected = [fitted(value, bits, signed, overflow) for value in values]
    assert fmt.fit(int64(values)).tolist() == expected


@WIDTHS
@SIGNS
def test_error_passes_what_fits_and_names_what_does_not(bits: int, signed: bool) -> None:
    fmt = IntegerFormat(bits=bits, signed=signed)
    low, high = limits(bits, signed)
    assert (fmt.minimum, fmt.maximum) == (low, high)
    assert fmt.fit(int64([low, 0, high])).tolist() == [low, 0, high]
    for value in {low - 1, high + 1, *INT64} - {low, high}:
        if INT64[0] <= value <= INT64[1]:
            with pytest.raises(OverflowError, match=f"^{value} is outside {low} to {high} "):
                fmt.fit(int64([0, value]))


@given(st.lists(st.integers(*INT64)), st.integers(1, 63), st.booleans())
def test_fit_of_any_value(values: list[int], bits: int, signed: bool) -> None:
    for overflow in (Overflow.WRAP, Overflow.SATURATE):
        fmt = IntegerFormat(bits=bits, signed=signed, overflow=overflow)
        expected = [fitted(value, bits, signed, overflow) for value in values]
        assert fmt.fit(int64(values)).tolist() == expected


@pytest.mark.parametrize("bits", [0, 64])
def test_width_outside_1_to_63_is_refused(bits: int) -> None:
    with pytest.raises(ValidationError, match="bits"):
        IntegerFormat(bits=bits)


@given(st.lists(SHIFTABLE), st.integers(0, 62))
def test_floor_is_the_floor_of_the_fraction(values: list[int], shift: int) -> None:
    expected = [floor(Fraction(value, 2**shift)) for value in values]
    assert shift_right(int64(values), shift, Rounding.FLOOR).tolist() == expected


@given(st.lists(SHIFTABLE), st.integers(0, 62))
def test_toward_zero_is_the_whole_part_of_the_fraction(values: list[int], shift: int) -> None:
    expected = [trunc(Fraction(value, 2**shift)) for value in values]
    assert shift_right(int64(values), shift, Rounding.TOWARD_ZERO).tolist() == expected


NEAREST = (Rounding.NEAREST_UP, Rounding.NEAREST_AWAY)


@pytest.mark.parametrize("rounding", NEAREST)
@given(st.lists(SHIFTABLE), st.integers(0, 62))
def test_ties_go_up_or_away_from_zero(rounding: Rounding, values: list[int], shift: int) -> None:
    expected = [rounded(Fraction(value, 2**shift), rounding) for value in values]
    assert shift_right(int64(values), shift, rounding).tolist() == expected


def test_every_rounding_has_an_oracle() -> None:
    assert set(EXACTLY) | {"stochastic"} == set(Rounding)


def test_ties_and_what_is_beside_them() -> None:
    quarters = int64([-11, -10, -9, -7, -6, -5, -2, -1, 0, 1, 2, 5, 6, 7, 9, 10, 11])
    found = {rounding: shift_right(quarters, 2, rounding).tolist() for rounding in NEAREST}
    assert found[Rounding.NEAREST_UP] == [-3, -2, -2, -2, -1, -1, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert found[Rounding.NEAREST_AWAY] == [
        -3,
        -3,
        -2,
        -2,
        -2,
        -1,
        -1,
        0,
        0,
        0,
        1,
        1,
        2,
        2,
        2,
        3,
        3,
    ]


@SIGNS
@pytest.mark.parametrize("rounding", WITHOUT_CHANCE)
def test_every_value_of_six_bits_in_hardware(rounding: Rounding, signed: bool) -> None:
    """Both forms: the rounded quotient, and the floor with the bit that is added to it."""
    low, high = limits(6, signed)
    m = Module()
    value = Signal(Shape(6, signed))
    quotients, carried = [], []
    for shift in range(6):
        quotients.append(hardware.shift_right(m, value, shift, rounding))
        carried.append(Signal(Shape(8, True)))
        m.d.comb += carried[-1].eq((value >> shift) + hardware.rounds_up(value, shift, rounding))

    async def every(sim: SimulatorContext) -> None:
        for number in range(low, high + 1):
            sim.set(value, number)
            for shift in range(6):
                expected = rounded(Fraction(number, 2**shift), rounding)
                assert shift_right(int64([number]), shift, rounding).tolist() == [expected]
                assert sim.get(quotients[shift]) == expected, (number, shift)
                assert sim.get(carried[shift]) == expected, (number, shift)

    sim = Simulator(m)
    sim.add_testbench(every)
    sim.run()


@SIGNS
@pytest.mark.parametrize("rounding", WITHOUT_CHANCE)
def test_what_a_rounding_does_not_read(rounding: Rounding, signed: bool) -> None:
    values = int64(list(range(*limits(7, signed))))
    for shift in range(6):
        unread = dropped_unread(shift, rounding, signed)
        for bits in range(shift + 1):
            cleared = values >> bits << bits
            same = shift_right(values, shift, rounding) == shift_right(cleared, shift, rounding)
            assert same.all() == (bits <= unread), (shift, bits)


def half_even(value: int, shift: int) -> int:
    with localcontext() as context:
        context.prec = 100
        return int((Decimal(value) / 2**shift).to_integral_value(ROUND_HALF_EVEN))


@given(st.lists(SHIFTABLE), st.integers(0, 62))
def test_nearest_even_of_any_value(values: list[int], shift: int) -> None:
    expected = [half_even(value, shift) for value in values]
    assert shift_right(int64(values), shift, Rounding.NEAREST_EVEN).tolist() == expected


@pytest.mark.parametrize("shift", range(1, 60))
def test_nearest_even_at_ties_and_beside_them(shift: int) -> None:
    ties = [kept * 2**shift + 2 ** (shift - 1) for kept in range(-3, 3)]
    values = [tie + d for tie in ties for d in (-1, 0, 1)]
    rounded = shift_right(int64(values), shift, Rounding.NEAREST_EVEN)
    assert rounded.tolist() == [half_even(value, shift) for value in values]
    assert rounded[1::3].tolist() == [-2, -2, 0, 0, 2, 2]


@given(SHIFTABLE, st.integers(0, 61), st.data())
def test_stochastic_uses_exactly_the_entropy_given(
    value: int, shift: int, data: st.DataObject
) -> None:
    entropy = data.draw(st.integers(0, 2**shift - 1))
    rounded = shift_right(int64([value]), shift, Rounding.STOCHASTIC, int64([entropy]))
    assert rounded.tolist() == [floor(Fraction(value + entropy, 2**shift))]


@pytest.mark.parametrize("value", [-1000, -37, -1, 0, 1, 77, 255])
@pytest.mark.parametrize("shift", [1, 3, 6])
def test_stochastic_rounds_up_as_often_as_the_fraction_says(value: int, shift: int) -> None:
    values = np.full(2**shift, value, np.int64)
    every = shift_right(values, shift, Rounding.STOCHASTIC, np.arange(2**shift))
    assert Fraction(int(every.sum()), 2**shift) == Fraction(value, 2**shift)

    count = 40_000
    entropy = LfsrModel(32, 12345).words(count, shift)
    drawn = shift_right(np.full(count, value), shift, Rounding.STOCHASTIC, entropy)
    assert abs(drawn.mean() - value / 2**shift) < 5 * 0.5 / count**0.5


def test_stochastic_needs_entropy() -> None:
    with pytest.raises(ValueError, match="needs entropy"):
        shift_right(int64([1]), 1, Rounding.STOCHASTIC)


def test_unsigned_bits_holds_the_maximum_and_no_bit_more() -> None:
    assert unsigned_bits(0) == 1
    for maximum in range(1, 3000):
        bits = unsigned_bits(maximum)
        assert 2 ** (bits - 1) <= maximum < 2**bits


def polynomial(taps: int) -> int:
    """The characteristic polynomial of a right-shifting Galois register: bit i is x^(i+1)."""
    return taps << 1 | 1


def product(a: int, b: int, modulus: int) -> int:
    """a · b in GF(2)[x] modulo ``modulus``."""
    result = 0
    while b:
        if b & 1:
            result ^= a
        b >>= 1
        a <<= 1
        if a.bit_length() == modulus.bit_length():
            a ^= modulus
    return result


def power_of_x(exponent: int, modulus: int) -> int:
    result, square = 1, 2
    while exponent:
        if exponent & 1:
            result = product(result, square, modulus)
        square = product(square, square, modulus)
        exponent >>= 1
    return result


def prime_factors(number: int) -> set[int]:
    primes, candidate = set(), 2
    while candidate * candidate <= number:
        while number % candidate == 0:
            primes.add(candidate)
            number //= candidate
        candidate += 1
    return primes | ({number} if number > 1 else set())


@pytest.mark.parametrize("degree", TAPS)
def test_lfsr_polynomial_is_primitive(degree: int) -> None:
    modulus, order = polynomial(TAPS[degree]), 2**degree - 1
    assert modulus.bit_length() == degree + 1
    assert power_of_x(order, modulus) == 1
    for prime in prime_factors(order):
        assert power_of_x(order // prime, modulus) != 1, f"the order divides ({order}) / {prime}"


@pytest.mark.parametrize("degree", [8, 16])
def test_lfsr_runs_through_every_state(degree: int) -> None:
    state, seen = 1, set()
    while state not in seen:
        seen.add(state)
        state = step(state, TAPS[degree])
    assert len(seen) == 2**degree - 1
    assert state == 1


def stepped(degree: int, seed: int, count: int, bits: int) -> tuple[list[int], int]:
    """The words of a register drawn as a list of flip-flops, shifted one by one."""
    taps = {index for index in range(degree) if TAPS[degree] >> index & 1}
    register = [seed >> index & 1 for index in range(degree)]
    words = []
    for _ in range(count):
        words.append(sum(register[index] << index for index in range(bits)))
        for _ in range(bits):
            leaving, register = register[0], [*register[1:], 0]
            register = [bit ^ (leaving & (index in taps)) for index, bit in enumerate(register)]
    return words, sum(bit << index for index, bit in enumerate(register))


@given(st.sampled_from(sorted(TAPS)), st.data())
def test_lfsr_words_equal_single_steps(degree: int, data: st.DataObject) -> None:
    seed = data.draw(st.integers(1, 2**degree - 1))
    bits, counts = data.draw(st.integers(0, degree)), data.draw(st.lists(st.integers(0, 20)))
    lfsr = LfsrModel(degree, seed)
    split = [int(word) for count in counts for word in lfsr.words(count, bits)]
    assert (split, lfsr.state) == stepped(degree, seed, sum(counts), bits)
    lfsr.reset()
    assert lfsr.words(sum(counts), bits).tolist() == split


def test_lfsr_words_of_a_long_run() -> None:
    lfsr = LfsrModel(32, 0xDEADBEEF)
    assert (lfsr.words(5000, 7).tolist(), lfsr.state) == stepped(32, 0xDEADBEEF, 5000, 7)
