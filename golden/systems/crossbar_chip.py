"""Grid of crossbar cores with a mesh between them."""

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.events.delay_scheduler import events_of_ticks
from neuroloom.golden.events.mesh import Edges, MeshSpec
from neuroloom.golden.events.mesh_turns import Place
from neuroloom.golden.events.packets import Side
from neuroloom.golden.inventory import Inventory, index_bits, register
from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.neurons.crossbar_model import CrossbarCoreModel
from neuroloom.golden.ports import Field, Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec

TIME_BITS = 16
FLOW = ("tick", "port", "source")
SILENT = CoreContents(
    crossbar=("0",),
    types=(0,),
    weights=((0,),),
    leak=(0,),
    positive_threshold=(1,),
    negative_threshold=(1,),
    reset_value=(0,),
    reset_mode=("value",),
    floor=("reset",),
    dx=(1,),
    dy=(0,),
    axon=(0,),
    delay=(0,),
)
"""Contents of a core with one axon, one neuron and one type: nothing ever happens."""


class CrossbarChipSpec(Spec):
    """Parameters of ``crossbar_chip``."""

    macro: ClassVar[str] = "crossbar_chip"
    summary: ClassVar[str] = "grid of crossbar cores whose packets go through a mesh"
    """grid of crossbar cores and a mesh, described by one file; every packet in its tick"""
    source: ClassVar[str] = "TrueNorth: Merolla et al. 2014, Akopyan et al. 2015"

    columns: int = Parameter(default=1, ge=1, le=16, description="cores from west to east")
    rows: int = Parameter(default=1, ge=1, le=16, description="cores from south to north")
    core: CrossbarCoreSpec = Parameter(
        default=CrossbarCoreSpec(axons=1, neurons=1, types=1, slots=2),
        description="what all cores have in common; core k has seed + k",
    )
    contents: tuple[CoreContents, ...] = Parameter(
        default=(SILENT,), description="of every core, row after row from the south-west"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.core.contents is not None:
            raise ValueError("core has contents of its own: give those of every core in contents")
        number = self.columns * self.rows
        if len(self.contents) != number:
            raise ValueError(
                f"contents has {len(self.contents)} cores for a grid of "
                f"{self.columns} × {self.rows}"
            )
        needed = self.mesh_distance_bits
        widths = (self.core.dx_bits, self.core.dy_bits)
        for name, bits, least in zip(("dx_bits", "dy_bits"), widths, needed, strict=True):
            if bits < least:
                raise ValueError(
                    f"core.{name}={bits} does not reach across and out of a grid of "
                    f"{self.columns} × {self.rows}: choose {least} or more"
                )
        for (x, y), contents in zip(self.places, self.contents, strict=True):
            try:
                contents.words(self.core)
            except ValueError as error:
                raise ValueError(f"core of column {x}, row {y}: {error}") from None
        return self

    @property
    def mesh_distance_bits(self) -> tuple[int, int]:
        grid = MeshSpec(columns=self.columns, rows=self.rows, edges=Edges.OPEN)
        return grid.distance_bits

    @property
    def places(self) -> list[Place]:
        return [(x, y) for y in range(self.rows) for x in range(self.columns)]

    def core_at(self, number: int) -> CrossbarCoreSpec:
        """The core of that number, with its contents and its seed."""
        seed = (self.core.seed + number - 1) % ((1 << 31) - 1) + 1
        fields = {**dict(self.core), "contents": self.contents[number], "seed": seed}
        return CrossbarCoreSpec.model_validate(fields)

    @property
    def mesh(self) -> MeshSpec:
        scheduler = self.core.scheduler
        # the mesh wants every input of its own to be told apart; most are not used here
        inputs = self.columns * self.rows + 2 * (self.columns + self.rows)
        return MeshSpec(
            columns=self.columns,
            rows=self.rows,
            edges=Edges.OPEN,
            dx_bits=self.core.dx_bits,
            dy_bits=self.core.dy_bits,
            payload_bits=scheduler.axon_bits + scheduler.delay_bits,
            source_bits=index_bits(inputs),
        )

    @property
    def ports(self) -> list[str]:
        """The streams of the mesh beyond its edges; a port is a place in this list."""
        return [name for name, (side, _) in self.mesh.outputs.items() if side is not None]

    @property
    def streams(self) -> tuple[Stream, ...]:
        scheduler, core = self.core.scheduler, self.core
        events = (
            Field("tick", 1, "a tick begins; the other fields are not looked at"),
            Field("x", max(1, index_bits(self.columns)), "column of the core, 0 in the west"),
            Field("y", max(1, index_bits(self.rows)), "row of the core, 0 in the south"),
            *scheduler.input_streams[0].fields[1:],
        )
        names = ", ".join(f"{place} {name}" for place, name in enumerate(self.ports))
        packets = (
            Field("tick", 1, "the tick has ended; the rest but time is 0"),
            Field("time", TIME_BITS, "number of the tick, from 0"),
            Field("port", index_bits(len(self.ports)), f"where it leaves: {names}"),
            Field("source", self.mesh.source_bits, "number of the core"),
            Field("dx", core.dx_bits - 1, "columns to go behind the next one outside"),
            Field("dy", core.dy_bits, "rows to go; to north and south behind the next one", True),
            *core.destination_fields[2:],
        )
        return (
            Stream("events", "in", events, "packets for cores, and ticks"),
            Stream("packets", "out", packets, "that leave the grid, tick by tick", FLOW),
        )

    @property
    def contract(self) -> Contract:
        core = self.core_at(0).contract
        neurons = self.core.neurons * self.columns * self.rows
        hops = 8 * (self.columns + self.rows)
        slowest = core.latency + neurons + hops
        return Contract(
            "tick",
            {"events": 1},
            {"packets": neurons + 1},
            latency=slowest,
            interval=slowest,
            start=core.start,
            varies="as long as the slowest core and the way of its last packet",
            contention="packets wait for each other in the mesh",
        )

    def consumption(self, sent: Traffic) -> dict[str, Counts]:
        return {"events": events_of_ticks(sent) + 1}

    def variation(self, sent: Traffic, got: Traffic) -> Variation:
        """Packets of every tick; the cycles are those of the slowest tick there is."""
        produces = np.diff(np.flatnonzero(got["packets"]["tick"]), prepend=-1)
        return Variation(np.full(len(produces), self.contract.interval), {"packets": produces})

    @property
    def inventory(self) -> Inventory:
        number = self.columns * self.rows
        cores = sum((self.core_at(each).inventory for each in range(number)), Inventory())
        token = sum(field.bits for field in self.output_streams[0].fields)
        flying = index_bits(self.most_in_flight + 1)
        control = register(number + 1 + flying) + Inventory(
            full_adders=2 * number + len(self.ports), half_adders=flying, gates=2 * number
        )
        output = register(token + 1) + Inventory(multiplexers=token * len(self.ports))
        return cores + self.mesh.inventory + control + output

    @property
    def most_in_flight(self) -> int:
        """No fewer than the packets that all registers of the mesh hold."""
        return self.columns * self.rows * 5 * (self.mesh.depth + 2)

    def model(self) -> "CrossbarChipModel":
        return CrossbarChipModel(self)


class CrossbarChipModel(Model[CrossbarChipSpec]):
    """All cores tick together; a packet of a tick is at its core before the next tick begins.

    The distances of a packet lead to a core of the grid, or out of it: along X in the row of its
    core, or else along Y. ValueError for an event whose core is not there.
    """

    def __init__(self, spec: CrossbarChipSpec) -> None:
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
                name: np.concatenate([each[name] for each in [empty, *routed]]) for name in names
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
            name: np.concatenate([*(each[name] for each in waiting), np.zeros(1, np.int64)])
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
