"""What a grid of crossbar cores computes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.events.packets import Side
from neuroloom.golden.neurons.crossbar_model import CrossbarCoreModel
from neuroloom.golden.ports import Tokens, Traffic
from neuroloom.golden.spec import Model

if TYPE_CHECKING:
    from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec

TIME_BITS = 16
"""Bits of the number of a tick."""


class CrossbarChipModel(Model["CrossbarChipSpec"]):
    """All cores tick together; a packet of a tick is at its core before the next tick begins.

    The distances of a packet lead to a core of the grid, or out of it: along X in the row of its
    core, or else along Y. ValueError for an event whose core is not there.
    """

    def __init__(self, spec: "CrossbarChipSpec") -> None:
        super().__init__(spec)
        self.cores: list[CrossbarCoreModel] = [
            spec.core_at(number).model() for number in range(len(spec.places))
        ]
        self.ports = {name: place for place, name in enumerate(spec.ports)}
        self.time = 0
        self.reset()

    def reset(self) -> None:
        for core in self.cores:
            core.reset()
        self.time = 0
        self.travelling: list[list[Tokens]] = [[] for _ in self.cores]
        """Events for each core that no tick has followed yet."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        routed: list[Tokens] = []
        for events in self._ticks(traffic["events"]):
            self._enter(events)
            if not events["tick"][-1]:
                break
            fired = [self._core_ticks(number) for number in range(len(self.cores))]
            routed += [self._routed(number, packets) for number, packets in enumerate(fired)]
            end = {field.name: np.zeros(1, np.int64) for field in spec.output_streams[0].fields}
            routed.append({**end, "tick": np.ones(1, np.int64), "time": np.array([self.time])})
            self.time = (self.time + 1) % (1 << TIME_BITS)
        empty = {field.name: np.zeros(0, np.int64) for field in spec.output_streams[0].fields}
        names = [field.name for field in spec.output_streams[0].fields]
        return {
            "packets": {
                name: np.concatenate([packets[name] for packets in [empty, *routed]])
                for name in names
            }
        }

    def _ticks(self, events: Tokens) -> Iterator[Tokens]:
        """The events up to each tick with it, and those behind the last one."""
        tick = np.asarray(events["tick"])
        ends = np.flatnonzero(tick) + 1
        for begin, end in zip([0, *ends], [*ends, len(tick)], strict=True):
            if end > begin:
                yield {name: np.asarray(values)[begin:end] for name, values in events.items()}

    def _enter(self, events: Tokens) -> None:
        spec = self.spec
        mine = events["tick"] == 0
        x, y = events["x"][mine], events["y"][mine]
        wrong = np.flatnonzero((x >= spec.columns) | (y >= spec.rows))
        if wrong.size:
            raise ValueError(
                f"there is no core in column {x[wrong[0]]}, row {y[wrong[0]]}: the grid has "
                f"{spec.columns} × {spec.rows}"
            )
        for number, (column, row) in enumerate(spec.places):
            here = (x == column) & (y == row)
            self.travelling[number].append(
                {name: events[name][mine][here] for name in ("axon", "delay")}
            )

    def _core_ticks(self, number: int) -> Tokens:
        """A core's packets of its next tick."""
        waiting = self.travelling[number]
        self.travelling[number] = []
        columns = {
            name: np.concatenate([*(step[name] for step in waiting), np.zeros(1, np.int64)])
            for name in ("axon", "delay")
        }
        tick = (np.arange(len(columns["axon"])) == len(columns["axon"]) - 1).astype(np.int64)
        packets = self.cores[number].run({"events": {"tick": tick, **columns}})["packets"]
        return {name: values[:-1] for name, values in packets.items()}

    def _routed(self, number: int, packets: Tokens) -> Tokens:
        """Packets to their cores; what leaves the grid, as output tokens."""
        spec = self.spec
        x, y = spec.places[number]
        column, row = x + packets["dx"], y + packets["dy"]
        for other, place in enumerate(spec.places):
            there = (column == place[0]) & (row == place[1])
            if there.any():
                self.travelling[other].append(
                    {name: packets[name][there] for name in ("axon", "delay")}
                )
        within = (column >= 0) & (column < spec.columns)
        sides = {
            Side.EAST: column >= spec.columns,
            Side.WEST: column < 0,
            Side.NORTH: within & (row >= spec.rows),
            Side.SOUTH: within & (row < 0),
        }
        port = np.full(len(column), -1, np.int64)
        dx, dy = np.zeros_like(port), np.asarray(packets["dy"], np.int64).copy()
        for side, mask in sides.items():
            for packet in np.flatnonzero(mask):
                at = y if side.along_x else int(column[packet])
                port[packet] = self.ports[f"to_{side}_{at}"]
        dx = np.where(
            sides[Side.EAST], column - spec.columns, np.where(sides[Side.WEST], -1 - column, 0)
        )
        dy = np.where(sides[Side.NORTH], row - spec.rows, np.where(sides[Side.SOUTH], -1 - row, dy))
        out = port >= 0
        constant = {"tick": 0, "time": self.time, "source": number}
        columns = {name: np.full(len(port), value) for name, value in constant.items()}
        columns |= {"port": port, "dx": dx, "dy": dy}
        columns |= {name: packets[name] for name in ("axon", "delay")}
        return {name: values[out] for name, values in columns.items()}
