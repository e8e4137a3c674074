"""How rows are counted into groups: segments, a prefix network over them, and what is counted.

The rows of a vector are cut into segments that are counted on their own; a prefix network after
Sklansky (1960) adds the counts of all segments before each one. A count never exceeds the group:
it saturates there, or starts again at 1.
"""

from dataclasses import dataclass
from functools import cached_property

from neuroloom.golden.inventory import Inventory


@dataclass(frozen=True)
class RowGroups:
    """The network for ``rows`` in groups of ``group``, counted ``segment`` rows at a time.

    ``running[level][k]`` is the greatest number that stands at segment k behind that level of the
    network; level 0 are the counts of the segments alone. The last segment's count is not needed.
    """

    rows: int
    group: int
    segment: int

    @property
    def single(self) -> bool:
        """Whether all rows fit in one group."""
        return self.group >= self.rows

    @cached_property
    def segments(self) -> list[range]:
        """The rows of each segment; a segment is not longer than a group."""
        size = min(self.segment, self.group)
        return [range(first, min(first + size, self.rows)) for first in range(0, self.rows, size)]

    @cached_property
    def steps(self) -> list[list[tuple[int, int]]]:
        """Level by level, the segments that add the sum of others: (segment, other)."""
        counted = len(self.segments) - 1
        return [
            [(k, (k >> level << level) - 1) for k in range(counted) if k >> level & 1]
            for level in range((counted - 1).bit_length() if counted > 1 else 0)
        ]

    @cached_property
    def running(self) -> list[list[int]]:
        """Greatest numbers, level by level."""
        levels = [[len(segment) for segment in self.segments[:-1]]]
        for pairs in self.steps:
            before, sums = levels[-1], list(levels[-1])
            for segment, other in pairs:
                sums[segment] = min(self.group, before[segment] + before[other])
            levels.append(sums)
        return levels

    @cached_property
    def used(self) -> list[set[int]]:
        """Level by level, the segments whose number is read behind that level.

        The first rows of a vector, as many as a group has, are always in the first group.
        """
        needed = {k for k, segment in enumerate(self.segments[1:]) if segment.stop > self.group}
        levels = [needed]
        for pairs in reversed(self.steps):
            needed = needed | {other for segment, other in pairs if segment in needed}
            levels.append(needed)
        return levels[::-1]

    def held_bits(self, level: int) -> int:
        """Flip-flops of a register behind ``level``: the numbers that are read later.

        The count of a single row is its bit, which is held anyway.
        """
        added = {segment for pairs in self.steps[:level] for segment, _ in pairs}
        return sum(
            self.running[level][segment].bit_length()
            for segment in self.used[level]
            if segment in added or len(self.segments[segment]) > 1
        )

    @property
    def inventory(self) -> Inventory:
        """The counts, the network, and the comparison of every row with its place in the group."""
        if self.single:
            return Inventory()
        counts = Inventory()
        for segment in self.segments:  # one row joins the count of those before it
            for rank in range(1, len(segment)):
                counts += Inventory(half_adders=rank.bit_length())
        bits = self.group.bit_length()
        # added, held against the group, and brought back below it
        node = Inventory(full_adders=bits - 1, half_adders=1 + bits, gates=bits, multiplexers=bits)
        nodes = sum(len(pairs) for pairs in self.steps)
        compared = self.rows - self.group
        rows = Inventory(xors=compared * bits, gates=compared * bits)
        return counts + nodes * node + rows
