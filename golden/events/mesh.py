"""Mesh of routers: columns × rows, a local port at each, edges closed or open."""

from enum import StrEnum
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Contract, shared
from neuroloom.golden.events.mesh_reach import Reach
from neuroloom.golden.events.mesh_turns import Place, delivery_waits, neighbour
from neuroloom.golden.events.packets import PacketFormat, Side
from neuroloom.golden.events.router import DROPPED, drop_counter, dropped, everything, sources_apart
from neuroloom.golden.events.router_node import RouterNodeSpec
from neuroloom.golden.inventory import Inventory, index_bits, register
from neuroloom.golden.ports import Stream, Tokens, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.wires import Wire

HOP_CYCLES = 2
"""Cycles through a router: one in the buffer, and one in the register of the output."""
CREDIT_LOOP = 3
"""Cycles from sending a packet until its credit can send another: buffers are at least as deep."""


class FlowControl(StrEnum):
    """How a router knows that the next one has room."""

    CREDIT = "credit"
    """It counts the free places; a credit comes back through a register for each packet gone."""
    READY = "ready"
    """The next one's buffer says so, without a register."""


class Edges(StrEnum):
    """What is beyond the outer routers."""

    CLOSED = "closed"
    """Nothing: copies that should go there are dropped."""
    OPEN = "open"
    """A stream in and one out at every outer router, with the packets of a link."""


class MeshSpec(Composition):
    """Parameters of ``mesh``."""

    macro: ClassVar[str] = "mesh"
    summary: ClassVar[str] = "network of packet routers in columns and rows, with a local port each"
    """network of routers, up to 16×16, edges closed or open"""
    source: ClassVar[str] = (
        "dimension-order routing: Dally and Seitz 1987; copies along a tree: Merolla et al. 2014"
    )

    columns: int = Parameter(default=2, ge=1, le=16, description="routers from west to east")
    rows: int = Parameter(default=2, ge=1, le=16, description="routers from south to north")
    payload_bits: int = Parameter(
        default=16, ge=1, le=63, description="opaque bits that a packet carries [bit]"
    )
    source_bits: int = Parameter(
        default=0,
        ge=0,
        le=32,
        description="bits that say who sent a packet, different at every input [bit]; 0: none",
    )
    dx_bits: int | None = Parameter(
        default=None,
        ge=2,
        le=16,
        description="width of a signed distance in columns [bit]; by default that of the mesh",
    )
    dy_bits: int | None = Parameter(
        default=None,
        ge=2,
        le=16,
        description="width of a signed distance in rows [bit]; by default that of the mesh",
    )
    multicast: bool = Parameter(
        default=False, description="packets may go to a rectangle of routers"
    )
    tick: bool = Parameter(default=False, description="packets may be ticks, which flood the mesh")
    flow_control: FlowControl = Parameter(
        default=FlowControl.CREDIT, description="how a router knows that the next one has room"
    )
    depth: int = Parameter(
        default=4,
        ge=2,
        le=16,
        description=f"packets an input buffer holds [packet]; {CREDIT_LOOP} or more for credit",
    )
    edges: Edges = Parameter(default=Edges.CLOSED, description="what is beyond the outer routers")
    count_drops: bool = Parameter(
        default=False, description="a token for each copy that was dropped at a closed edge"
    )

    def check(self) -> None:
        if self.flow_control is FlowControl.CREDIT and self.depth < CREDIT_LOOP:
            raise ValueError(
                f"depth={self.depth} is less than the {CREDIT_LOOP} cycles a credit takes to come "
                f"back: choose {CREDIT_LOOP} or more, or flow_control=ready"
            )
        for name, needed in zip(("dx_bits", "dy_bits"), self.distance_bits, strict=True):
            chosen = getattr(self, name)
            if chosen is not None and chosen < needed:
                raise ValueError(
                    f"{name}={chosen} does not reach across {self.columns} × {self.rows} routers "
                    f"with {self.edges} edges: choose {needed} or more"
                )
        if self.count_drops and self.edges is Edges.OPEN:
            raise ValueError("count_drops goes with edges=closed: nothing is dropped at open ones")
        needed = index_bits(len(self.inputs))
        if 0 < self.source_bits < needed:
            raise ValueError(
                f"source_bits={self.source_bits} cannot tell {len(self.inputs)} inputs apart: "
                f"choose {needed} or more, or 0"
            )

    @property
    def packets(self) -> PacketFormat:
        dx_bits, dy_bits = self.distance_bits
        return PacketFormat(
            self.dx_bits or dx_bits,
            self.dy_bits or dy_bits,
            self.payload_bits,
            self.source_bits,
            self.multicast,
            self.tick,
        )

    @property
    def distance_bits(self) -> tuple[int, int]:
        """Bits of signed distances from any router to any other, and across from edge to edge."""
        beyond = self.edges is Edges.OPEN
        columns, rows = (index_bits(extent + beyond) for extent in (self.columns, self.rows))
        return max(2, columns + 1), max(2, rows + 1)

    @property
    def places(self) -> list[Place]:
        return [(x, y) for y in range(self.rows) for x in range(self.columns)]

    def outside(self, place: Place) -> tuple[Side, ...]:
        """The sides of a router at which the mesh ends."""
        x, y = place
        ends = {
            Side.NORTH: y == self.rows - 1,
            Side.EAST: x == self.columns - 1,
            Side.SOUTH: y == 0,
            Side.WEST: x == 0,
        }
        return tuple(side for side, here in ends.items() if here)

    def router(self, place: Place) -> RouterNodeSpec:
        """The router at a place. Those of the same specification are the same hardware."""
        packets = self.packets
        closed = self.outside(place) if self.edges is Edges.CLOSED else ()
        credited = self.flow_control is FlowControl.CREDIT
        return RouterNodeSpec(
            dx_bits=packets.dx_bits,
            dy_bits=packets.dy_bits,
            payload_bits=self.payload_bits,
            source_bits=self.source_bits,
            multicast=self.multicast,
            tick=self.tick,
            depth=self.depth,
            edges=closed,
            count_drops=self.count_drops and bool(closed),
            credited=tuple(s for s in Side if credited and s not in self.outside(place)),
        )

    @staticmethod
    def named(place: Place) -> str:
        """The part at a place."""
        return "router_{}_{}".format(*place)

    @cached_property
    def parts(self) -> dict[str, Spec]:
        return {self.named(place): self.router(place) for place in self.places}

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Both ways between neighbours, and from and to the streams outside."""
        links = [
            Wire(f"{self.named(place)}.to_{side}", f"{self.named(across)}.from_{side.opposite}")
            for place in self.places
            for side in Side
            if (across := neighbour(place, side)) in self.places
        ]
        into = [
            Wire(name, f"{self.named(place)}.{'inject' if side is None else f'from_{side}'}")
            for name, (side, place) in self.inputs.items()
        ]
        out = [
            Wire(f"{self.named(place)}.{'deliver' if side is None else f'to_{side}'}", name)
            for name, (side, place) in self.outputs.items()
        ]
        return *links, *into, *out

    @property
    def edge_ports(self) -> list[tuple[Side, Place]]:
        """Routers and their sides at which open edges have streams."""
        if self.edges is Edges.CLOSED:
            return []
        return [
            (side, place) for side in Side for place in self.places if side in self.outside(place)
        ]

    @property
    def inputs(self) -> dict[str, tuple[Side | None, Place]]:
        """Names of the streams of packets into the mesh: None is the local port."""
        local = {f"inject_{x}_{y}": (None, (x, y)) for x, y in self.places}
        return {**local, **self._at_edges("from")}

    @property
    def outputs(self) -> dict[str, tuple[Side | None, Place]]:
        """Names of the streams of packets out of the mesh."""
        local = {f"deliver_{x}_{y}": (None, (x, y)) for x, y in self.places}
        return {**local, **self._at_edges("to")}

    def _at_edges(self, way: str) -> dict[str, tuple[Side | None, Place]]:
        return {
            f"{way}_{side}_{place[1] if side.along_x else place[0]}": (side, place)
            for side, place in self.edge_ports
        }

    @property
    def outer(self) -> dict[str, Stream]:
        packets = self.packets
        streams: dict[str, Stream] = {}
        for name, (side, (x, y)) in self.inputs.items():
            fields = packets.injected if side is None else packets.link(side)
            streams[name] = Stream(name, "in", fields, f"packets from column {x}, row {y}")
        for name, (side, (x, y)) in self.outputs.items():
            fields = packets.carried if side is None else packets.link(side)
            doc = f"packets for column {x}, row {y}"
            if side is not None:
                doc = f"packets beyond column {x}, row {y} to the {side}"
            streams[name] = Stream(name, "out", fields, doc, packets.flow(fields))
        return streams

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Those of the routers, and one of what all of them drop, which is counted."""
        return *super().streams, *((dropped(),) * self.count_drops)

    @property
    def contract(self) -> Contract:
        """Closed: the far corners send to each other, all others to themselves. Open: everything
        from an edge goes straight across, everything injected stays.
        """
        routers = self.columns + self.rows - 1
        if self.edges is Edges.OPEN:
            routers = max(self.columns, self.rows)
        waits = delivery_waits(tuple(self.inputs.items()))
        room = {name: (self.depth + 1) * self._routers_from(name) for name in self.inputs}
        produces = dict.fromkeys(self.outputs, 1)
        if self.count_drops:
            produces[DROPPED] = 0
        return Contract(
            "round",
            dict.fromkeys(self.inputs, 1),
            produces,
            latency=HOP_CYCLES * routers,
            interval=1,
            contention="packets for the same link wait for each other, in turns",
            fairness=shared(waits, "packet"),
            waits=waits,
            room=room,
        )

    def _routers_from(self, name: str) -> int:
        """Routers on the way of a packet to where the contract has it go."""
        side, (x, y) = self.inputs[name]
        if side is not None:
            return self.columns if side.along_x else self.rows
        last = (self.columns - 1, self.rows - 1)
        if self.edges is Edges.CLOSED and x in (0, last[0]) and y in (0, last[1]):
            return last[0] + last[1] + 1
        return 1

    @property
    def drops_a_cycle(self) -> range:
        """How many copies may be dropped in a cycle."""
        return range(sum(self.router(place).drops_a_cycle[-1] for place in self.places) + 1)

    @property
    def links(self) -> int:
        """Links from one router to another, both directions counted."""
        return 2 * ((self.columns - 1) * self.rows + self.columns * (self.rows - 1))

    def kept(self, name: str) -> Inventory:
        """A router stores what is read in it, or beyond its outputs, and nothing that is 0 on
        links; it counts the credits of the links that leave it.
        """
        place = next(place for place in self.places if self.named(place) == name)
        spec = self.router(place)
        inner = [side for side in Side if side not in self.outside(place)]
        routers = spec.parts(inner, partial(self._reads, place))
        bits = index_bits(self.depth + 1)
        counting = Inventory(half_adders=bits, gates=3 * bits, adder_depth=bits)
        return routers + len(spec.credited) * (register(bits + 1) + counting)

    def _reads(self, place: Place, output: Side, extent: str) -> bool:
        """Whether anything behind an output of a router depends on an extent."""
        across = neighbour(place, output)
        if self.named(across) not in self.parts:
            return everything(output, extent)
        router = self.router(across)
        return router.reads(output.opposite, extent, partial(self._reads, across))

    @property
    def inventory(self) -> Inventory:
        routers = super().inventory
        return routers + drop_counter() if self.count_drops else routers

    def model(self) -> "MeshModel":
        return MeshModel(self)


class MeshModel(Model[MeshSpec]):
    """Who gets a copy of each packet; those of an input in their order, input after input."""

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        inputs = {name: traffic[name] for name in spec.inputs if name in traffic}
        if spec.source_bits:
            sources_apart(inputs)
        reach = Reach(
            spec.columns, spec.rows, [(*spec.inputs[name], inputs[name]) for name in inputs]
        )
        outputs: dict[str, Tokens] = {}
        fields = {stream.name: stream.fields for stream in spec.output_streams}
        for name, (side, place) in spec.outputs.items():
            copies, distances = reach.delivered(place) if side is None else reach.left(side, place)
            columns = {**reach.carried, **distances}
            outputs[name] = {field.name: columns[field.name][copies] for field in fields[name]}
        if spec.count_drops:
            outputs[DROPPED] = {"lost": np.ones(reach.lost(), np.int64)}
        return outputs
