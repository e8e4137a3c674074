"""Converters behind an array: how their codes come, and codes of thermometers."""

from enum import StrEnum

import numpy as np

from neuroloom.golden.ports import Integers


class Converter(StrEnum):
    """How a converter gives its code."""

    BINARY = "binary"
    """A whole code a token."""
    FLASH = "flash"
    """The thermometer code of 2**code_bits - 1 comparators a token."""
    SAR = "sar"
    """The decisions of successive approximation, one bit a token, the first weighs most."""


class Bubbles(StrEnum):
    """What is done about zeros below ones in a thermometer code."""

    NONE = "none"
    """Nothing: where several edges 1-to-0 are found, their numbers are joined by OR."""
    MAJORITY = "majority"
    """Each comparator is outvoted by its two neighbours, then as ``none``."""
    ONES_COUNT = "ones-count"
    """The code is the number of ones, wherever they are."""


def flash_codes(levels: Integers, bubbles: Bubbles) -> Integers:
    """Codes of thermometer rows (tokens, comparators)."""
    if bubbles is Bubbles.ONES_COUNT:
        return np.asarray(levels.sum(axis=1))
    padded = np.pad(levels, ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
    if bubbles is Bubbles.MAJORITY:
        votes = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
        padded[:, 1:-1] = votes >= 2
    edges = padded[:, 1:-1] & (1 - padded[:, 2:])
    numbers = edges * np.arange(1, levels.shape[1] + 1)
    return np.asarray(np.bitwise_or.reduce(numbers, axis=1))
