"""Checks that several specifications make, with the sentence for each."""

from neuroloom.golden.formats import Rounding

BY_REMAINDER = (Rounding.FLOOR, Rounding.NEAREST_EVEN)
"""Roundings of a shift that look at what is dropped, and at nothing else."""
WITHOUT_CHANCE = tuple(each for each in Rounding if each is not Rounding.STOCHASTIC)
"""Roundings that need no random bits."""


def check_divides(name: str, part: int, whole: int, what: str) -> None:
    """ValueError where the parameter ``name`` with the value ``part`` does not divide ``whole``."""
    if whole % part:
        raise ValueError(f"{name}={part} does not divide the {whole} {what}")


def check_rounding(rounding: Rounding, offered: tuple[Rounding, ...] = BY_REMAINDER) -> None:
    """ValueError for a rounding that is not offered."""
    if rounding not in offered:
        raise ValueError(f"rounding={rounding} is not offered here: take {one_of(offered)}")


def one_of(choices: tuple[str, ...]) -> str:
    """The choices in a sentence: a, b or c."""
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else last
