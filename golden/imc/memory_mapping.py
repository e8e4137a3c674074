"""Places of the pixels of a feature map in the words of a memory (Dazzi et al. 2021, 2.3)."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
BITS_A_BYTE = 8


class Mapping(StrEnum):
    """What begins at the first bit of a word."""

    IWAP = "iwap"
    """Intra-word adjacent placing: nothing but the first pixel; pixels stand bit by bit."""
    KLIP = "klip"
    """Kernel-level interleaved placing: each row of ``kernel`` pixels."""
    PLIP = "plip"
    """Pixel-level interleaved placing: each pixel."""


@dataclass(frozen=True)
class MemoryMapping:
    """``rows`` rows of ``kernel`` pixels of ``pixel_bits``, in words of ``word_bits``.

    Pixel (x, y), row x and column y, lies at place ``y mod kernel`` of row x, so that column y
    takes the words of column ``y - kernel``. All arrays are (rows, kernel): by row and place.
    ValueError for a size below 1.
    """

    mapping: Mapping
    pixel_bits: int
    word_bits: int
    kernel: int
    rows: int

    def __post_init__(self) -> None:
        for name in ("pixel_bits", "word_bits", "kernel", "rows"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} is less than 1")

    @property
    def pixel_pitch(self) -> int:
        """Bits from a pixel to the next one of its row."""
        if self.mapping is Mapping.PLIP:
            return self._whole_words(self.pixel_bits)
        return self.pixel_bits

    @property
    def row_pitch(self) -> int:
        """Bits from a row to the next one; Δkernel of the paper, in words, for KLIP and PLIP."""
        pixels = self.kernel * self.pixel_pitch
        return pixels if self.mapping is Mapping.IWAP else self._whole_words(pixels)

    def _whole_words(self, bits: int) -> int:
        return -(-bits // self.word_bits) * self.word_bits

    @cached_property
    def starts(self) -> Counts:
        """First bit of every pixel."""
        rows, places = np.arange(self.rows), np.arange(self.kernel)
        return rows[:, np.newaxis] * self.row_pitch + places * self.pixel_pitch

    @property
    def first_words(self) -> Counts:
        """Word of every pixel's first bit."""
        return self.starts // self.word_bits

    @property
    def offsets(self) -> Counts:
        """First bit of every pixel within its first word [bit]."""
        return self.starts % self.word_bits

    @property
    def last_words(self) -> Counts:
        """Word of every pixel's last bit."""
        return (self.starts + self.pixel_bits - 1) // self.word_bits

    @property
    def writes(self) -> Counts:
        """Words written of every pixel."""
        return self.last_words - self.first_words + 1

    @property
    def reads(self) -> Counts:
        """Words read for every row of ``kernel`` pixels: (rows,)."""
        return self.last_words[:, -1] - self.first_words[:, 0] + 1

    def masks(self, row: int, place: int) -> Counts:
        """Bits that each word written of a pixel takes over: (words, word_bits) of 0 and 1."""
        words, start = int(self.writes[row, place]), int(self.offsets[row, place])
        bits = np.arange(words * self.word_bits)
        inside = (bits >= start) & (bits < start + self.pixel_bits)
        return inside.reshape(words, self.word_bits).astype(np.int64)

    @property
    def masked(self) -> bool:
        """Whether a write must leave bits of a word as they are: two pixels share a word."""
        first, last = self.first_words.ravel(), self.last_words.ravel()
        return bool((first[1:] == last[:-1]).any())

    @property
    def words(self) -> int:
        """Words of the memory."""
        return int(self.last_words[-1, -1]) + 1

    @property
    def span(self) -> int:
        """Bits from the first pixel's first to the last pixel's last."""
        return int(self.starts[-1, -1]) + self.pixel_bits

    @property
    def stored(self) -> int:
        """Bits of all pixels."""
        return self.rows * self.kernel * self.pixel_bits


@dataclass(frozen=True)
class Metrics:
    """A row of Table 1, counted from the addresses; a KB is 1,000 bytes."""

    kilobytes: float
    empty: float
    """Share of the memory that holds no pixel [%]."""
    reads: tuple[int, ...]
    """Every number of words that a row of pixels takes."""
    writes: tuple[int, ...]
    """Every number of words that a pixel takes."""


def metrics(mapping: MemoryMapping, whole_words: bool) -> Metrics:
    """Metrics of all words or, without ``whole_words``, up to the last bit of the last pixel."""
    bits = mapping.words * mapping.word_bits if whole_words else mapping.span
    return Metrics(
        bits / BITS_A_BYTE / 1000,
        100 * (1 - mapping.stored / bits),
        tuple(np.unique(mapping.reads).tolist()),
        tuple(np.unique(mapping.writes).tolist()),
    )
