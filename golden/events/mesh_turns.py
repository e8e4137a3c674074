"""How long an input of a mesh waits where all of them send to one router."""

from collections.abc import Iterator
from functools import lru_cache

from neuroloom.golden.contract import Waits
from neuroloom.golden.events.packets import Side

Place = tuple[int, int]
"""Column from the west and row from the south, from 0."""
Entry = tuple[str, tuple[Side | None, Place]]
"""Name of an input, and its side and router: None is the local port."""
MOVES = {Side.NORTH: (0, 1), Side.EAST: (1, 0), Side.SOUTH: (0, -1), Side.WEST: (-1, 0)}
"""Columns and rows from a router to its neighbours."""


def neighbour(place: Place, side: Side) -> Place:
    x, y = MOVES[side]
    return place[0] + x, place[1] + y


@lru_cache(16)  # of a large mesh they are tens of thousands
def delivery_waits(inputs: tuple[Entry, ...]) -> tuple[Waits, ...]:
    """Who shares each output at which packets are delivered, where several inputs do.

    Each router on their way takes turns among those that come in there, so that an input waits
    for as many packets as its share at every router, multiplied.
    """
    places = sorted({place for _, (_, place) in inputs})
    waits = (Waits(f"deliver_{x}_{y}", dict(_waits_for((x, y), places, inputs))) for x, y in places)
    return tuple(wait for wait in waits if len(wait.most) > 1)


def _waits_for(
    goal: Place, places: list[Place], inputs: tuple[Entry, ...]
) -> Iterator[tuple[str, int]]:
    """Packets along Y come from the goal's column only: they cannot turn into it."""
    ways_in: dict[Place, list[str | Place]] = {place: [] for place in places}
    for name, (side, place) in inputs:
        if side is None or side.along_x or place[0] == goal[0]:
            ways_in[place].append(name)
    for place in places:
        if place != goal:
            ways_in[neighbour(place, _way_out(place, goal))].append(place)
    routers = [(goal, 1)]
    while routers:
        router, behind = routers.pop()
        waits = behind * len(ways_in[router])
        for origin in ways_in[router]:
            if isinstance(origin, str):
                yield origin, waits
            else:
                routers.append((origin, waits))


def _way_out(place: Place, goal: Place) -> Side:
    """Side at which a packet leaves a router for a goal that is elsewhere: along X first."""
    if place[0] != goal[0]:
        return Side.EAST if place[0] < goal[0] else Side.WEST
    return Side.NORTH if place[1] < goal[1] else Side.SOUTH
