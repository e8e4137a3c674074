"""Numbers as they are read: three significant digits, a unit with the prefix that suits."""

from math import floor, isfinite, log10

LARGEST = 1e18
"""Largest number that is written with all its digits."""


def significant(value: float, digits: int = 3) -> str:
    """A number in that many significant digits, thousands set apart."""
    if not isfinite(value) or abs(value) >= LARGEST:
        return f"{value:.{digits}g}"
    if value == round(value):
        return f"{value:,.0f}"
    decimals = max(0, digits - 1 - floor(log10(abs(value))))
    return f"{value:,.{decimals}f}"


def engineering(value: float) -> str:
    """A number with three digits and a prefix: 1.23 M."""
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g} "


def energy(picojoules: float) -> str:
    """An energy with the prefix that suits it."""
    if picojoules == 0:
        return "0"
    for prefix, size in (("n", 1e3), ("p", 1.0), ("f", 1e-3), ("a", 1e-6)):
        if abs(picojoules) >= size:
            return f"{significant(picojoules / size)} {prefix}J"
    return f"{significant(picojoules * 1e6)} aJ"
