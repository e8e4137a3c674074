"""Linear-feedback shift registers: the project's pseudo-random source, in Galois form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TAPS = {8: 0xB8, 16: 0xB400, 24: 0xE1_0000, 32: 0x8020_0003}
"""Degree to the mask of a primitive polynomial: the register runs through 2**degree - 1 states."""


def step(state: int, taps: int) -> int:
    """One shift right; the bit that leaves is fed back through the taps."""
    return (state >> 1) ^ (taps if state & 1 else 0)


@dataclass
class LfsrModel:
    """A register of ``degree`` bits that starts at ``seed`` (not zero, which would stay zero)."""

    degree: int
    seed: int

    def __post_init__(self) -> None:
        self.taps = TAPS[self.degree]
        self.state = self.seed

    def reset(self) -> None:
        self.state = self.seed

    def words(self, count: int, bits: int) -> NDArray[np.int64]:
        """``count`` words of ``bits`` (at most ``degree``), shifted ``bits`` times for each.

        A word is the low bits of the register before its shifts, so no bit is used twice.
        """
        columns = [1 << index for index in range(self.degree)]
        for _ in range(bits):
            columns = [step(column, self.taps) for column in columns]
        states = np.array([self.state], np.int64)
        while len(states) <= count:  # the next as many states lie one power of the map away
            states = np.concatenate([states, _map(states, columns)])
            columns = [int(column) for column in _map(np.array(columns, np.int64), columns)]
        self.state = int(states[count])
        return states[:count] & ((1 << bits) - 1)


def _map(states: NDArray[np.int64], columns: list[int]) -> NDArray[np.int64]:
    """The linear map over GF(2) that takes bit i to ``columns[i]``."""
    mapped = np.zeros_like(states)
    for index, column in enumerate(columns):
        mapped ^= ((states >> index) & 1) * column
    return mapped
