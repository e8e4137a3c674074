"""When pixels are written to a memory of a few columns, and when rows of them are read again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neuroloom.golden.contract import Cycles
from neuroloom.golden.imc.memory_mapping import MemoryMapping

Take = Callable[[int, bool], int]


@dataclass(frozen=True)
class RowRead:
    """A row of ``kernel`` pixels, one of those that make the windows of an image."""

    row: int
    """Row of the image; before its first or behind its last one where all of it is padding."""
    needed: int
    """Number of the image's pixel that must have been written for it."""
    oldest: int
    """Number of the first pixel of the image that this row or a later one may need."""
    complete: bool
    """Whether it completes a window."""


@dataclass(frozen=True)
class RowSchedule:
    """Images of ``columns`` columns of ``length`` pixels; pixels come column by column.

    A column of windows reads its rows one after the other, those of padding too. The memory holds
    ``kernel`` columns: a pixel is written once the one ``kernel`` columns before is not needed any
    more, and goes on taking places where the image before ended.
    """

    length: int
    columns: int
    stride: int
    padding: int
    memory: MemoryMapping

    @property
    def kernel(self) -> int:
        return self.memory.kernel

    @property
    def pixels(self) -> int:
        """Pixels of an image."""
        return self.length * self.columns

    @property
    def capacity(self) -> int:
        """Pixels that the memory holds."""
        return self.kernel * self.length

    def taken(self, rows: int) -> int:
        """Pixels written until there is no more room, where ``rows`` rows are read and no more."""
        images, following = divmod(rows, len(self.reads))
        return images * self.pixels + self.reads[following].oldest + self.capacity

    @property
    def windows_along(self) -> int:
        """Windows of a column."""
        return (self.length + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def windows_across(self) -> int:
        """Columns of windows."""
        return (self.columns + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def rows(self) -> int:
        """Rows read for a column of windows."""
        return (self.windows_along - 1) * self.stride + self.kernel

    @cached_property
    def reads(self) -> tuple[RowRead, ...]:
        """All rows read of an image, in order."""
        reads = []
        for across in range(self.windows_across):
            corner = across * self.stride - self.padding
            newest = min(corner + self.kernel, self.columns) - 1
            for along in range(self.rows):
                row = along - self.padding
                inside = min(max(row, 0), self.length - 1)
                complete = along - self.kernel + 1
                reads.append(
                    RowRead(
                        row,
                        newest * self.length + inside,
                        max(corner * self.length + inside, 0),
                        complete >= 0 and complete % self.stride == 0,
                    )
                )
        return tuple(reads)

    @cached_property
    def _cycles(self) -> dict[int, int]:
        """Cycles that each row takes: its words; one where all of it is padding."""
        words = self.memory.reads.tolist()
        rows = {read.row for read in self.reads}
        return {row: words[row] if 0 <= row < self.length else 1 for row in rows}

    def _writes(self) -> Iterator[int]:
        """Words of every pixel, image after image."""
        writes = self.memory.writes.T.tolist()
        column = 0
        while True:
            yield from writes[column]
            column = (column + 1) % self.kernel

    def deliveries(self, images: int, take: Take | None = None) -> Cycles:
        """When each image's last row is delivered, counted from its first pixel's acceptance.

        ``take`` gives the cycle in which a row is taken, from the one in which it is there and
        whether it completes a window, both counted from when the first pixel is offered; without
        it every row is taken at once.
        """
        writes = self._writes()
        accepted: list[int] = []
        oldest: list[int] = []  # of every row read so far, and since when
        since: list[int] = []
        freed = there = taken_at = (
            0  # the first row that left room for the next pixel; the last row
        )
        delivered = []
        for image in range(images):
            base = image * self.pixels
            for read in self.reads:
                oldest.append(base + read.oldest)
                since.append(there)
                while len(accepted) <= base + read.needed:
                    overwritten = len(accepted) - self.capacity
                    begin = accepted[-1] + 1 if accepted else 0
                    if overwritten >= 0:
                        while oldest[freed] <= overwritten:
                            freed += 1
                        begin = max(begin, since[freed])
                    accepted.append(begin + next(writes) - 1)
                begin = max(there, taken_at, accepted[base + read.needed] + 1)
                there = taken_at = begin + self._cycles[read.row]
                if take is not None:
                    taken_at = take(there, read.complete)
            delivered.append(taken_at - accepted[0])
        return np.array(delivered, np.int64)
