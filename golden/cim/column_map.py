"""Places of weights in an array whose converters are shared by neighbouring columns."""

from dataclasses import dataclass

import numpy as np

from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.ports import Integers


@dataclass(frozen=True)
class ColumnMap:
    """Converter a reads columns ``a·columns_per_adc`` and following, one after the other.

    A weight of w bits takes w neighbouring columns of one converter, the most significant first;
    columns left over behind the last whole weight of a converter are not read. The last converter
    may have fewer columns than the others; it is not there when these hold no whole weight of any
    width. All tuples have an entry for each of ``weight_bits``.
    """

    columns: int
    columns_per_adc: int
    weight_bits: tuple[int, ...]
    signed: bool = False
    """Whether weights are in two's complement."""

    @property
    def positions(self) -> int:
        """Columns of a converter other than the last."""
        return min(self.columns_per_adc, self.columns)

    @property
    def adcs(self) -> int:
        rest = self.columns % self.columns_per_adc
        return self.columns // self.columns_per_adc + (rest >= self.weight_bits[0])

    @property
    def words(self) -> tuple[int, ...]:
        """Weights beside each other in the columns of a converter."""
        return tuple(self.positions // bits for bits in self.weight_bits)

    @property
    def last_words(self) -> tuple[int, ...]:
        """The same of the last converter."""
        left = self.columns - (self.adcs - 1) * self.columns_per_adc
        return tuple(min(self.positions, left) // bits for bits in self.weight_bits)

    @property
    def steps(self) -> tuple[int, ...]:
        """Columns that are read for every group of rows."""
        every = zip(self.words, self.weight_bits, strict=True)
        return tuple(words * bits for words, bits in every)

    @property
    def outputs(self) -> tuple[int, ...]:
        """Weights beside each other in the whole array: sums that a vector gives."""
        every = zip(self.words, self.last_words, strict=True)
        return tuple((self.adcs - 1) * words + last for words, last in every)

    def first_column(self, precision: int) -> Integers:
        """Column of the most significant slice of every output."""
        adc, word = np.divmod(np.arange(self.outputs[precision]), self.words[precision])
        return np.asarray(adc * self.columns_per_adc + word * self.weight_bits[precision])

    def cells(self, weights: Integers, precision: int) -> Integers:
        """Bits of the array (rows, columns) that hold ``weights`` (rows, outputs).

        Columns that are not used hold 0. ValueError when shape or values do not fit.
        """
        weights = np.asarray(weights, np.int64)
        bits, outputs = self.weight_bits[precision], self.outputs[precision]
        fmt = IntegerFormat(bits=bits, signed=self.signed)
        if weights.ndim != 2 or weights.shape[1] != outputs:
            raise ValueError(
                f"weights take the shape (rows, {outputs}) at {bits} bits, not {weights.shape}"
            )
        if weights.size and (weights.min() < fmt.minimum or weights.max() > fmt.maximum):
            raise ValueError(
                f"weights of {bits} bits hold {fmt.minimum} to {fmt.maximum}, "
                f"not {weights.min()} to {weights.max()}"
            )
        cells = np.zeros((len(weights), self.columns), np.int64)
        for nth in range(bits):
            cells[:, self.first_column(precision) + nth] = weights >> (bits - 1 - nth) & 1
        return cells

    def in_order(self, sums: Integers, precision: int) -> Integers:
        """Sums of the outputs (…, outputs), from those of words and converters (…, words, adcs)."""
        flat = np.swapaxes(sums, -1, -2).reshape(*sums.shape[:-2], -1)
        return np.asarray(flat[..., : self.outputs[precision]])
