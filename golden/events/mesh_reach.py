"""Reach of packets in a mesh, in closed form: a rectangle of routers and what passes edges.

Columns count from the west and rows from the south. -1 and the number of columns or rows stand for
the places beyond the edges; a packet that came in at an edge was sent from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.events.packets import Side
from neuroloom.golden.ports import Integers, Tokens, count

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Span:
    """Columns or rows that packets get to, both ends included."""

    low: Integers
    high: Integers

    def holds(self, place: int) -> Mask:
        inside: Mask = (self.low <= place) & (place <= self.high)
        return inside

    def beyond(self, size: int, upwards: bool) -> tuple[Mask, Integers, Integers]:
        """Mask of what passes the edge of 0 … ``size`` - 1; behind it, the steps to the nearest
        place that gets a copy, and how many further places get one.
        """
        low, high = (
            (self.low, self.high) if upwards else (size - 1 - self.high, size - 1 - self.low)
        )
        return high >= size, np.maximum(low - size, 0), high - np.maximum(low, size)


NOT_ALONG_X = -2
KEPT = ("payload", "source", "tick", "dy", "ey")


class Reach:
    """All packets of a run, those of an input in order, input after input.

    ``inputs`` has the side (None for the local port), the router and the tokens of each.
    """

    def __init__(
        self, columns: int, rows: int, inputs: Sequence[tuple[Side | None, tuple[int, int], Tokens]]
    ) -> None:
        self.width, self.height = columns, rows
        sent = [self._sent(*stream) for stream in inputs]
        empty = np.zeros(0, np.int64)
        joined = {
            name: np.concatenate([empty, *(packets[name] for packets in sent)])
            for name in (*KEPT, "low_x", "high_x", "low_y", "high_y", "row")
        }
        self.carried = {name: joined[name] for name in KEPT}
        self.tick = joined["tick"] == 1
        self.columns = Span(joined["low_x"], joined["high_x"])
        self.rows = Span(joined["low_y"], joined["high_y"])
        self.row = joined["row"]
        """The row along which they go from column to column."""

    def _sent(
        self, side: Side | None, place: tuple[int, int], tokens: Tokens
    ) -> dict[str, Integers]:
        """Tokens of one input with their rectangle."""
        nothing = np.zeros(count(tokens), np.int64)
        values = {name: np.asarray(tokens.get(name, nothing)) for name in (*KEPT, "dx", "ex")}
        x, y = place
        dx, dy, tick = values["dx"], values["dy"], values["tick"] == 1
        everywhere = [-1, self.width, -1, self.height]
        match side:
            case Side.WEST:
                x, dx, everywhere[0] = -1, dx + 1, 0
            case Side.EAST:
                x, dx, everywhere[1] = self.width, -(dx + 1), self.width - 1
            case Side.SOUTH:
                y, dy, everywhere = -1, dy + 1, [x, x, 0, self.height]
            case Side.NORTH:
                y, dy, everywhere = self.height, -(dy + 1), [x, x, -1, self.height - 1]
        low_x, high_x = _span(x + dx, values["ex"], dx < 0)
        low_y, high_y = _span(y + dy, values["ey"], dy < 0)
        names = ("low_x", "high_x", "low_y", "high_y")
        ends = zip(names, (low_x, high_x, low_y, high_y), everywhere, strict=True)
        along_x = side is None or side.along_x
        return {
            **values,
            **{name: np.where(tick, flooded, end) for name, end, flooded in ends},
            "row": nothing + (y if along_x else NOT_ALONG_X),
        }

    def delivered(self, place: tuple[int, int]) -> tuple[Mask, dict[str, Integers]]:
        """Packets that a router delivers (mask)."""
        x, y = place
        return self.columns.holds(x) & self.rows.holds(y), {}

    def left(self, side: Side, place: tuple[int, int]) -> tuple[Mask, dict[str, Integers]]:
        """Packets that leave the mesh at a side of a router (mask), and the distances then left."""
        x, y = place
        up = side in (Side.NORTH, Side.EAST)
        if side.along_x:
            leaves, dx, ex = self.columns.beyond(self.width, up)
            leaves &= self.row == y
            distances = {"dx": dx, "ex": ex, "dy": self.carried["dy"], "ey": self.carried["ey"]}
        else:
            leaves, dy, ey = self.rows.beyond(self.height, up)
            leaves &= self.columns.holds(x)
            distances = {"dy": dy, "ey": ey}
        return leaves, {
            name: np.where(self.tick, 0, distance) for name, distance in distances.items()
        }

    def lost(self) -> int:
        """Copies that go beyond edges, one for each link on which they do."""
        columns = sum(self.columns.holds(x).astype(np.int64) for x in range(self.width))
        number = 0
        for up in (True, False):
            number += (self.columns.beyond(self.width, up)[0] & ~self.tick).sum()
            number += (columns * (self.rows.beyond(self.height, up)[0] & ~self.tick)).sum()
        return int(number)


def _span(first: Integers, further: Integers, downwards: Mask) -> tuple[Integers, Integers]:
    """The lowest and the highest place of the first one and ``further`` ones behind it."""
    return np.where(downwards, first - further, first), np.where(downwards, first, first + further)
