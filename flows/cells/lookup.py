"""Tables of a Liberty file as functions."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True)
class LookupTable:
    """A function of slew and load (or of two slews), interpolated and extrapolated linearly."""

    rows: tuple[float, ...]
    columns: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]

    def at(self, row: float, column: float) -> float:
        """The value at a point, in the table's own unit."""
        if len(self.rows) == 1:
            return _between(self.columns, self.values[0], column)
        low = min(max(bisect_right(self.rows, row) - 1, 0), len(self.rows) - 2)
        first = _between(self.columns, self.values[low], column)
        second = _between(self.columns, self.values[low + 1], column)
        share = (row - self.rows[low]) / (self.rows[low + 1] - self.rows[low])
        return first + (second - first) * share


def _between(axis: tuple[float, ...], values: tuple[float, ...], point: float) -> float:
    if len(axis) == 1:
        return values[0]
    low = min(max(bisect_right(axis, point) - 1, 0), len(axis) - 2)
    share = (point - axis[low]) / (axis[low + 1] - axis[low])
    return values[low] + (values[low + 1] - values[low]) * share
