"""Slices of a number: what they mean, and in which order they come."""

from enum import StrEnum


class SliceOrder(StrEnum):
    """Order of partial sums: which comes first."""

    MSB_FIRST = "msb-first"
    """The sum so far is shifted up; the adder is as wide as the sum."""
    LSB_FIRST = "lsb-first"
    """The sum so far is shifted down; the adder is as wide as a partial sum."""


class Encoding(StrEnum):
    """What the slices of a number mean."""

    UNSIGNED = "unsigned"
    """All slices weigh positive."""
    TWOS_COMPLEMENT = "twos-complement"
    """The most significant slice weighs negative; a sign slice is one bit wide."""
    SIGN_MAGNITUDE = "sign-magnitude"
    """Each partial sum is a magnitude with a sign of its own, as from a pair of columns that are
    sensed against each other."""
    OFFSET_BINARY = "offset-binary"
    """Stored is the number plus half its range; half the range times the ones of the input is
    taken off again."""
