"""Cores as the equations say, and packets that are simply put where they go."""

from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from references.neurons.crossbar_core import ReferenceCore
from references.plain import Lists, columns

KIND = "equations of Cassidy et al. 2013, packet by packet"
Packet = tuple[int, ...]
FIELDS = ("tick", "time", "port", "source", "dx", "dy", "axon", "delay")


class ReferenceChip:
    """The cores, each with the seed of its number."""

    def __init__(self, spec: CrossbarChipSpec) -> None:
        self.spec = spec
        self.cores: list[ReferenceCore] = []
        for number, contents in enumerate(spec.contents):
            seed = (spec.core.seed - 1 + number) % (2**31 - 1) + 1
            core = ReferenceCore(spec.core, seed)
            core.hold(contents)
            self.cores.append(core)

    def leaving(self, number: int, time: int, packet: Packet) -> Packet:
        """The token of a packet that leaves the grid: along X in its row, or else along Y."""
        spec = self.spec
        dx, dy, axon, delay = packet
        x, y = number % spec.columns, number // spec.columns
        column, row = x + dx, y + dy
        sides = ["north"] * spec.columns + ["east"] * spec.rows
        sides += ["south"] * spec.columns + ["west"] * spec.rows
        if not 0 <= column < spec.columns:
            side, place = ("east" if column > x else "west"), y
            left = column - spec.columns if column > x else -1 - column
            return (0, time, sides.index(side) + place, number, left, dy, axon, delay)
        side = "north" if row > y else "south"
        left = row - spec.rows if row > y else -1 - row
        return (0, time, sides.index(side) + column, number, 0, left, axon, delay)

    def run(self, events: list[Packet]) -> list[Packet]:
        """Tokens of every packet that leaves, and of the end of each tick."""
        spec, time = self.spec, 0
        waiting: list[list[tuple[int, int]]] = [[] for _ in self.cores]
        left: list[Packet] = []
        for tick, x, y, axon, delay in events:
            if not tick:
                waiting[y * spec.columns + x].append((axon, delay))
                continue
            arriving: list[list[tuple[int, int]]] = [[] for _ in self.cores]
            for number, core in enumerate(self.cores):
                for ended, *packet in core.run(
                    [(0, *event) for event in waiting[number]] + [(1, 0, 0)]
                ):
                    if ended:
                        continue
                    dx, dy, there, later = packet
                    column, row = number % spec.columns + dx, number // spec.columns + dy
                    if 0 <= column < spec.columns and 0 <= row < spec.rows:
                        arriving[row * spec.columns + column].append((there, later))
                    else:
                        left.append(self.leaving(number, time, tuple(packet)))
            left.append((1, time, 0, 0, 0, 0, 0, 0))
            waiting, time = arriving, (time + 1) % 2**16
        return left


def expected(spec: CrossbarChipSpec, _: Lists, sent: Lists) -> Lists:
    events = [sent["events"][name] for name in ("tick", "x", "y", "axon", "delay")]
    packets = ReferenceChip(spec).run(list(zip(*events, strict=True)))
    return {"packets": columns(list(packets), *FIELDS)}
