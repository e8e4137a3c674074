"""A memory array as it should be, and what every array model has in common."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.ports import Integers

Analog = NDArray[np.float64]


class Array(ABC):
    """Cells at ``rows`` by ``columns``, programmed once and read many times.

    Parameters: ``weights`` integers (rows, columns) of 0 … ``levels`` - 1, the weight slice that
    each cell holds; ``levels`` of a cell, 2 for bits. ValueError when they do not fit.
    """

    def __init__(self, weights: Integers, levels: int = 2) -> None:
        if levels < 2:
            raise ValueError(f"a cell has at least 2 levels, not {levels}")
        weights = np.asarray(weights)
        if weights.ndim != 2 or not weights.size:
            raise ValueError(f"weights take the shape (rows, columns), not {weights.shape}")
        if weights.min() < 0 or weights.max() >= levels:
            raise ValueError(
                f"a cell of {levels} levels holds 0 to {levels - 1}, "
                f"not {weights.min()} to {weights.max()}"
            )
        self.weights: Integers = weights.astype(np.int64)
        self.levels = levels

    @property
    def rows(self) -> int:
        return len(self.weights)

    @property
    def columns(self) -> int:
        return len(self.weights[0])

    @abstractmethod
    def counts(self, word_lines: Integers) -> Analog:
        """The sum of the weights in raised rows as each column shows it: (batch, columns).

        ``word_lines`` are bits (batch, rows). In units of one weight level, not rounded: an ideal
        array gives integers.
        """

    def raised(self, word_lines: Integers) -> Integers:
        """``word_lines`` as bits (batch, rows); ValueError when they are not."""
        bits = np.asarray(word_lines)
        if bits.ndim != 2 or bits.shape[1] != self.rows:
            raise ValueError(
                f"word lines take the shape (batch, {self.rows}), one bit a row, not {bits.shape}"
            )
        if ((bits != 0) & (bits != 1)).any():
            raise ValueError("word lines are raised, 1, or not, 0")
        return np.asarray(bits, np.int64)


class IdealArray(Array):
    """``counts = word_lines @ weights``, exact."""

    def counts(self, word_lines: Integers) -> Analog:
        # exact: the product stays far below 2**53
        return np.asarray(self.raised(word_lines) @ self.weights, np.float64)
