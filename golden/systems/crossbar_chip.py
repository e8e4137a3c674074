"""Grid of crossbar cores with a mesh between them."""

from functools import cache, cached_property
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Contract, Counts, Variation
from neuroloom.golden.events.delay_scheduler import events_of_ticks
from neuroloom.golden.events.mesh import Edges, MeshSpec
from neuroloom.golden.events.mesh_turns import Place
from neuroloom.golden.inventory import Inventory, index_bits, register
from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.crossbar_chip_model import TIME_BITS, CrossbarChipModel
from neuroloom.golden.wire_fields import Bits, Taken
from neuroloom.golden.wires import Constant, Wire

FLOW = ("tick", "port", "source")
RELAY = CoreContents(
    crossbar=("1",),
    types=(0,),
    weights=((1,),),
    leak=(0,),
    positive_threshold=(1,),
    negative_threshold=(1,),
    reset_value=(0,),
    reset_mode=("value",),
    floor=("reset",),
    dx=(2,),
    dy=(0,),
    axon=(0,),
    delay=(1,),
)
"""Contents of a core with one axon, one neuron and one type: an event leaves in the east when it
is due.
"""


@cache
def _distance_bits(columns: int, rows: int) -> tuple[int, int]:
    """Kept, for a mesh is as much work as the chip, and every specification asks."""
    return MeshSpec(columns=columns, rows=rows, edges=Edges.OPEN).distance_bits


class CrossbarChipSpec(Composition):
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
        default=(RELAY,), description="of every core, row after row from the south-west"
    )

    def check(self) -> None:
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

    @property
    def mesh_distance_bits(self) -> tuple[int, int]:
        return _distance_bits(self.columns, self.rows)

    @property
    def places(self) -> list[Place]:
        return [(x, y) for y in range(self.rows) for x in range(self.columns)]

    def core_at(self, number: int) -> CrossbarCoreSpec:
        """The core of that number, with its contents and its seed."""
        seed = (self.core.seed + number - 1) % ((1 << 31) - 1) + 1
        fields = {**dict(self.core), "contents": self.contents[number], "seed": seed}
        return CrossbarCoreSpec.model_validate(fields)

    @cached_property
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

    @cached_property
    def ports(self) -> list[str]:
        """The streams of the mesh beyond its edges; a port is a place in this list."""
        return [name for name, (side, _) in self.mesh.outputs.items() if side is not None]

    @staticmethod
    def named(place: Place) -> str:
        """The core at a place."""
        return "core_{}_{}".format(*place)

    @cached_property
    def parts(self) -> dict[str, Spec]:
        cores = {self.named(place): self.core_at(k) for k, place in enumerate(self.places)}
        return {"mesh": self.mesh, **cores}

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Packets of the cores into the mesh, and those that it delivers into the cores.

        By hand: events go in at the west edge of row 0 between two ticks, what leaves at the edges
        goes out tick by tick, and a tick goes to all cores at once.
        """
        scheduler = self.core.scheduler
        word = ("axon", "delay")
        event: dict[str, Taken] = {
            "tick": 0,
            "axon": (Bits("payload", 0, scheduler.axon_bits),),
            "delay": (Bits("payload", scheduler.axon_bits, scheduler.delay_bits),),
        }
        wires = [
            Wire(
                "events",
                "mesh.from_west_0",
                fields={"dx": "x", "dy": "y", "source": len(self.places), "payload": word},
            )
        ]
        for number, place in enumerate(self.places):
            x, y = place
            packet: dict[str, Taken] = {"dx": "dx", "dy": "dy", "source": number, "payload": word}
            core = self.named(place)
            inject = f"mesh.inject_{x}_{y}"
            wires += [
                Wire(f"{core}.packets", inject, fields=packet, where=(Bits("tick"), 0)),
                Wire(f"mesh.deliver_{x}_{y}", f"{core}.events", fields=event),
            ]
        return *wires, *(Wire(f"mesh.{name}", "packets", by_hand=True) for name in self.ports)

    @property
    def constants(self) -> tuple[Constant, ...]:
        """Nothing comes in at the other edges."""
        edges = [name for name, (side, _) in self.mesh.inputs.items() if side is not None]
        return tuple(Constant(f"mesh.{name}") for name in edges if name != "from_west_0")

    @property
    def outer(self) -> dict[str, Stream]:
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
        return {
            "events": Stream("events", "in", events, "packets for cores, and ticks"),
            "packets": Stream("packets", "out", packets, "that leave the grid, tick by tick", FLOW),
        }

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
        """The parts, the count of packets in the mesh, and the output register."""
        number = self.columns * self.rows
        token = sum(field.bits for field in self.output_streams[0].fields)
        flying = index_bits(self.most_in_flight + 1)
        control = register(number + 1 + flying) + Inventory(
            full_adders=2 * number + len(self.ports), half_adders=flying
        )
        output = register(token + 1) + Inventory(multiplexers=token * len(self.ports))
        return super().inventory + control + output

    @property
    def most_in_flight(self) -> int:
        """No fewer than the packets that all registers of the mesh hold."""
        return self.columns * self.rows * 5 * (self.mesh.depth + 2)

    def model(self) -> CrossbarChipModel:
        return CrossbarChipModel(self)
