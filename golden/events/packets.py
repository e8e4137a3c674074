"""Packets of a mesh: which fields they have on every kind of link, and one step of their way.

Packets go along X first and along Y in the column they lead to, so that no cycle of links can
wait for itself (dimension order). A packet is injected with signed distances ``dx`` (east is
positive) and ``dy`` (north is positive). On a link between routers it carries what is left
behind the next router, without a sign, and on links along Y nothing about X any more.

With ``multicast`` it goes to a rectangle: ``dx`` leads to the nearest column and ``dy`` to the
nearest row, and ``ex`` and ``ey`` say how many columns and rows beyond get a copy, in the same
direction; a distance of 0 goes on to the east and to the north. With ``tick`` a packet may be a
tick, which every router delivers once; its distances do not count and are 0 on links.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.ports import Field, Integers, Tokens, count


class Side(StrEnum):
    """A neighbour's place."""

    NORTH = "north"
    EAST = "east"
    SOUTH = "south"
    WEST = "west"

    @property
    def along_x(self) -> bool:
        return self in (Side.EAST, Side.WEST)

    @property
    def opposite(self) -> "Side":
        sides = list(Side)
        return sides[(sides.index(self) + 2) % 4]


LOCAL = "local"
Port = Side | str
"""A side, or :data:`LOCAL`: where packets are injected and delivered."""


@dataclass(frozen=True)
class PacketFormat:
    """The widths of a packet's fields [bit] and which of them there are."""

    dx_bits: int
    dy_bits: int
    payload_bits: int
    source_bits: int
    multicast: bool
    tick: bool

    @property
    def carried(self) -> tuple[Field, ...]:
        """What is delivered."""
        fields = [Field("payload", self.payload_bits, "opaque")]
        if self.source_bits:
            fields.insert(0, Field("source", self.source_bits, "who sent it; opaque"))
        if self.tick:
            fields.insert(0, Field("tick", 1, "whether it is a tick"))
        return tuple(fields)

    @property
    def injected(self) -> tuple[Field, ...]:
        way = [
            Field("dx", self.dx_bits, "columns to go, east positive", signed=True),
            Field("dy", self.dy_bits, "rows to go, north positive", signed=True),
        ]
        if self.multicast:
            way += [self._columns_beyond, self._rows_beyond]
        return (*way, *self.carried)

    def link(self, side: Side) -> tuple[Field, ...]:
        """The fields on a link along X or along Y."""
        columns = Field("dx", self.dx_bits - 1, "columns to go behind this router")
        rows = Field("dy", self.dy_bits, "rows to go, north positive", signed=True)
        way = [columns, rows]
        if self.multicast:
            way += [self._columns_beyond, self._rows_beyond]
        if not side.along_x:
            way = [Field("dy", self.dy_bits - 1, "rows to go behind this router")]
            if self.multicast:
                way.append(self._rows_beyond)
        return (*way, *self.carried)

    def always_zero(self, side: Side) -> str | None:
        """The distance that is 0 on every link to ``side``, if there is one.

        Further copies go on at a distance of 0, so that a bit cannot count down to another value.
        """
        if self.multicast and side is Side.EAST and self.dx_bits == 2:
            return "dx"
        if self.multicast and side is Side.NORTH and self.dy_bits == 2:
            return "dy"
        return None

    def flow(self, fields: tuple[Field, ...]) -> tuple[str, ...]:
        """What tells flows apart where packets come out: their source, or else everything."""
        return ("source",) if self.source_bits else tuple(field.name for field in fields)

    @property
    def _columns_beyond(self) -> Field:
        return Field("ex", self.dx_bits - 1, "further columns that get a copy")

    @property
    def _rows_beyond(self) -> Field:
        return Field("ey", self.dy_bits - 1, "further rows that get a copy")


Leaves = dict[Port, tuple[NDArray[np.bool_], dict[str, Integers]]]
"""Packets that leave at each output (mask), and the distances they leave with."""


def outputs_of(port: Port) -> tuple[Port, ...]:
    """Outputs for a packet that came in at ``port``: from X into Y, straight on, out; not back."""
    if port == LOCAL:
        return (*Side, LOCAL)
    side = Side(port)
    turns = (Side.NORTH, Side.SOUTH) if side.along_x else ()
    return (*turns, side.opposite, LOCAL)


def step(port: Port, packets: Tokens) -> Leaves:
    """One router: where packets that came in at ``port`` leave; at several outputs when copied."""
    nothing = np.zeros(count(packets), np.int64)
    dx, ex, dy, ey, tick = (
        np.asarray(packets.get(name, nothing)) for name in ("dx", "ex", "dy", "ey", "tick")
    )
    tick = tick == 1
    along_x = {**_onward("x", dx, ex), "dy": dy, "ey": ey}
    along_y = _onward("y", dy, ey)
    columns_left, rows_left = (dx != 0) | (ex > 0), (dy != 0) | (ey > 0)
    here = dx == 0
    goes: dict[Port, NDArray[np.bool_]] = {LOCAL: here & (dy == 0)}
    if port == LOCAL:
        goes[Side.EAST], goes[Side.WEST] = columns_left & (dx >= 0), columns_left & (dx < 0)
    elif Side(port).along_x:
        goes[Side(port).opposite] = columns_left
    if port == LOCAL or Side(port).along_x:
        goes[Side.NORTH], goes[Side.SOUTH] = rows_left & (dy >= 0), rows_left & (dy < 0)
        goes[Side.NORTH], goes[Side.SOUTH] = here & goes[Side.NORTH], here & goes[Side.SOUTH]
    else:
        goes[Side(port).opposite] = rows_left
    return {
        output: (
            mask | tick,
            {
                name: np.where(tick, 0, values)
                for name, values in (along_x if output in _ALONG_X else along_y).items()
            },
        )
        for output, mask in goes.items()
    }


_ALONG_X = (Side.EAST, Side.WEST)


def _onward(axis: str, distance: Integers, extent: Integers) -> dict[str, Integers]:
    """What is left behind the next router: a step less, or a further copy less."""
    left = np.where(distance > 0, distance - 1, np.where(distance < 0, -distance - 1, 0))
    further = np.where(distance == 0, extent - 1, extent)
    return {f"d{axis}": left, f"e{axis}": further}
