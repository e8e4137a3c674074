"""Checks that several specifications make, with the sentence for each."""

from neuroloom.golden.formats import IntegerFormat, Overflow, Rounding

BY_REMAINDER = (Rounding.FLOOR, Rounding.NEAREST_EVEN)
"""Roundings of a shift that look at what is dropped, and at nothing else."""
WITHOUT_CHANCE = tuple(rule for rule in Rounding if rule is not Rounding.STOCHASTIC)
"""Roundings that need no random bits."""


def check_divides(name: str, part: int, whole: int, what: str) -> None:
    """ValueError where the parameter ``name`` with the value ``part`` does not divide ``whole``."""
    if whole % part:
        raise ValueError(f"{name}={part} does not divide the {whole} {what}")


def check_rounding(rounding: Rounding, offered: tuple[Rounding, ...] = BY_REMAINDER) -> None:
    """ValueError for a rounding that is not offered."""
    if rounding not in offered:
        raise ValueError(f"rounding={rounding} is not offered here: take {one_of(offered)}")


def counted(number: int, noun: str) -> str:
    """How many there are, in words of a sentence."""
    return f"{number} {noun}" + "s" * (number != 1)


def too_narrow(fmt: IntegerFormat, needed: int, field: str, what: str) -> tuple[str, ...]:
    """The caution of an accumulator that does not hold every sum, if it is one.

    ``what`` is summed; ``field`` is the parameter of the width, of which ``needed`` bits do.
    """
    if fmt.bits >= needed:
        return ()
    wraps = fmt.overflow is Overflow.WRAP
    does = "wrap around" if wraps else f"are cut to {fmt.minimum} to {fmt.maximum}"
    return (f"{what} do not fit in {fmt.bits} bits and {does}: exact from {field}={needed} on",)


def one_of(choices: tuple[str, ...]) -> str:
    """The choices in a sentence: a, b or c."""
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last
