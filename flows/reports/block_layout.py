"""Places of the blocks and wires of a composed macro in its drawing: columns from left to right."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from neuroloom.golden.wires import Wire
from neuroloom.golden.wiring import Wiring

ROW, HEAD, GAP = 18, 40, 22
"""Height of a stream's line in a block and of its heading, and least space between two [pixel]."""
LETTER = 6.4
"""Width of a letter [pixel], no less than any font has on average."""
LANE = 12
"""Height that a wire takes where it passes a column [pixel]."""
CLEAR = 52
"""Straight run of wires before a block [pixel]: the mark of a queue stands on its wire alone."""
TURN = 46
"""Width in which wires change their height [pixel]."""
SWEEPS = 12


@dataclass(eq=False)
class Block:
    """A part, a stream outside, or the place where a wire passes a column (without a name)."""

    name: str
    kind: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    column: int = 0
    sides: tuple[float, float] = (0, 0)
    """Ends of its column [pixel]."""
    x: float = 0
    y: float = 0

    @property
    def outside(self) -> bool:
        """Whether it is a stream of the composed macro itself."""
        return bool(self.name) and not self.kind

    @property
    def width(self) -> float:
        """Width [pixel]."""
        if not self.name:
            return 0
        left, right = (max(map(len, names), default=0) for names in (self.inputs, self.outputs))
        if self.outside:
            return LETTER * len(self.name) + 12
        return LETTER * max(left + right + 4, len(self.name) + 2, len(self.kind) + 2) + 8

    @property
    def height(self) -> float:
        """Height [pixel]."""
        if not self.name:
            return LANE
        lines = max(len(self.inputs), len(self.outputs))
        return ROW if self.outside else HEAD + ROW * lines

    def port(self, stream: str, incoming: bool) -> tuple[float, float]:
        """Point at which a stream enters at the left or leaves at the right [pixel]."""
        x = self.x if incoming else self.x + self.width
        if not self.name or self.outside:
            return x, self.y + self.height / 2
        streams = self.inputs if incoming else self.outputs
        return x, self.y + HEAD + ROW * (streams.index(stream) + 0.5) - 4


@dataclass(eq=False)
class Route:
    """Route from a block to another through those columns that lie between; backwards where tokens
    come back to a part before.
    """

    wire: Wire
    source: Block
    stream: str
    sink: Block
    taken: str
    passing: list[Block] = field(default_factory=list)
    lane: int = 0
    """Line of a route that leads back: those below the blocks are counted from above."""

    @property
    def backward(self) -> bool:
        return self.sink.column <= self.source.column


@dataclass
class Layout:
    """Blocks and routes in their places, and the size of the drawing [pixel]."""

    blocks: list[Block]
    routes: list[Route]
    width: float
    height: float
    below: float
    """Lower end of the blocks [pixel]."""


def layout(wiring: Wiring) -> Layout:
    """Parts in the order of their wires; each column's blocks beside those that they are wired to,
    as near as a few sweeps bring them.
    """
    blocks = {name: _of_part(name, wiring) for name in wiring.parts}
    blocks |= {name: Block(name, "") for name in wiring.outer}
    routes = [
        Route(
            wire,
            blocks[_owner(source)],
            _stream(source),
            blocks[_owner(wire.sink)],
            _stream(wire.sink),
        )
        for wire in wiring.wires
        for source in wire.sources
    ]
    _columns(wiring, blocks, routes)
    columns: dict[int, list[Block]] = defaultdict(list)
    for block in blocks.values():
        columns[block.column].append(block)
    for route in routes:
        for column in range(route.source.column + 1, route.sink.column):
            passing = Block("", "", column=column)
            route.passing.append(passing)
            columns[column].append(passing)
    ordered = [columns[column] for column in sorted(columns)]
    _sort(ordered, routes)
    return _placed(ordered, routes)


def _of_part(name: str, wiring: Wiring) -> Block:
    part = wiring.parts[name]
    return Block(
        name,
        part.macro,
        tuple(stream.name for stream in part.input_streams),
        tuple(stream.name for stream in part.output_streams),
    )


def _owner(end: str) -> str:
    return end.rpartition(".")[0] or end


def _stream(end: str) -> str:
    return end.rpartition(".")[2]


def _columns(wiring: Wiring, blocks: dict[str, Block], routes: Sequence[Route]) -> None:
    """Each part behind those before it that it takes from; streams outside beside their parts."""
    place = {name: number for number, name in enumerate(wiring.order)}
    for name in wiring.order:
        before = [
            route.source.column
            for route in routes
            if route.sink is blocks[name] and place.get(route.source.name, len(place)) < place[name]
        ]
        blocks[name].column = 1 + max(before, default=0)
    last = max(block.column for block in blocks.values()) + 1
    for name, stream in wiring.outer.items():
        if stream.direction == "out":
            blocks[name].column = last
        else:
            takers = [route.sink.column for route in routes if route.source is blocks[name]]
            blocks[name].column = min(takers, default=1) - 1


def _sort(columns: list[list[Block]], routes: Sequence[Route]) -> None:
    """Barycentres, from left to right and back: few wires cross."""
    neighbours: dict[Block, list[Block]] = defaultdict(list)
    for route in routes:
        if route.backward:
            continue
        way = [route.source, *route.passing, route.sink]
        for one, other in pairwise(way):
            neighbours[one].append(other)
            neighbours[other].append(one)
    height = {
        block: place / len(column) for column in columns for place, block in enumerate(column)
    }
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = {
                block: sum(height[neighbour] for neighbour in neighbours[block])
                / len(neighbours[block])
                if neighbours[block]
                else height[block]
                for block in column
            }
            column.sort(key=wanted.__getitem__)
            height |= {block: (place + 0.5) / len(column) for place, block in enumerate(column)}


def _placed(columns: list[list[Block]], routes: list[Route]) -> Layout:
    x = 0.0
    heights = [sum(block.height + GAP for block in column) for column in columns]
    tallest = max(heights)
    for column, height in zip(columns, heights, strict=True):
        width = max(block.width for block in column)
        y = (tallest - height) / 2 + GAP / 2
        for block in column:
            # streams outside stand close to what takes them, others in the middle of the column
            inset = width - block.width
            block.x = x + (inset if block.outside and column is not columns[-1] else inset / 2)
            block.y, block.sides = y, (x, x + width)
            y += block.height + GAP
        x += width + CLEAR + TURN + 6 * len(column) ** 0.5
    blocks = [block for column in columns for block in column if block.name]
    lanes = _lanes([route for route in routes if route.backward])
    width = max(block.x + block.width for block in blocks)
    return Layout(blocks, routes, width, tallest + (LANE * (lanes + 1) if lanes else 0), tallest)


def _lanes(back: list[Route]) -> int:
    """Give each route that leads back the first lane in which none is beside it; how many."""
    ends: list[int] = []
    for route in sorted(back, key=lambda route: route.sink.column):
        free = [lane for lane, end in enumerate(ends) if end < route.sink.column]
        route.lane = free[0] if free else len(ends)
        ends[route.lane : route.lane + 1] = [route.source.column]
    return len(ends)


def points(route: Route) -> Iterator[tuple[float, float]]:
    """Points at which a route that does not lead back changes its direction, from source to
    sink.
    """
    yield route.source.port(route.stream, incoming=False)
    for passing in route.passing:
        yield passing.port("", incoming=True)
    yield route.sink.port(route.taken, incoming=True)
