"""Numbers as they are read: three significant digits, a unit with the prefix that suits."""

from collections.abc import Mapping
from math import floor, isfinite, log10

LARGEST = 1e18
"""Largest number that is written with all its digits."""
SMALL = 1e-3
"""Number below which a figure is shown with an exponent."""


def significant(value: float, digits: int = 3) -> str:
    """A number in that many significant digits, thousands set apart."""
    if not isfinite(value) or abs(value) >= LARGEST:
        return f"{value:.{digits}g}"
    if value == round(value):
        return f"{value:,.0f}"
    decimals = max(0, digits - 1 - floor(log10(abs(value))))
    return f"{value:,.{decimals}f}"


def percent(share: float, digits: int = 1) -> str:
    """A share of one as a percentage."""
    return f"{100 * share:.{digits}f} %"


def grouped(number: int) -> str:
    """An integer with its thousands set apart."""
    return f"{number:,}"


def scaled(value: float, digits: int = 3) -> tuple[str, str]:
    """A number in ``digits`` significant digits, and the SI prefix it is to be read with."""
    for factor, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return _fixed(value / factor, digits), prefix
    return _fixed(value, digits), ""


def engineering(value: float) -> str:
    """A number in three digits with the prefix that suits, before a unit: 1.23 M."""
    return " ".join(scaled(value))


def energy(picojoules: float) -> str:
    """An energy with the prefix that suits it."""
    if picojoules == 0:
        return "0"
    for prefix, size in (("n", 1e3), ("p", 1.0), ("f", 1e-3), ("a", 1e-6)):
        if abs(picojoules) >= size:
            return f"{significant(picojoules / size)} {prefix}J"
    return f"{significant(picojoules * 1e6)} aJ"


def amounts(resources: Mapping[str, int]) -> str:
    """Resources that are used, and how many of each: 1,024 LUT4, 3 FF."""
    return ", ".join(f"{number:,} {name}" for name, number in resources.items() if number)


def figure(value: float | None) -> str:
    """Counts as they are, other numbers in four digits, small ones with an exponent."""
    if value is None:
        return "–"
    if not isfinite(value):
        return str(value)
    if 0 < abs(value) < SMALL:
        return f"{value:.2e}"
    return f"{int(value):,}" if value == int(value) else significant(value, 4)


def _fixed(value: float, digits: int) -> str:
    whole = len(str(int(abs(value))))
    return f"{value:.{max(0, digits - whole)}f}"
