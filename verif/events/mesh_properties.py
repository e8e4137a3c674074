"""What is proved of ``mesh``: no packet is lost, repeated or sent astray, and none waits for ever.

A marked packet is watched from the router that takes it to the one it is for. Lemmas say where
in the mesh it is, with the distances that lead it there, and that every credit is somewhere. One
induction proves them for all time, and the rest with them.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from amaranth.hdl import C, Cat, Signal, Value
from amaranth.lib import data

from neuroloom.golden.events.mesh import FlowControl, MeshSpec
from neuroloom.golden.events.mesh_turns import MOVES, Place, neighbour
from neuroloom.golden.events.packets import LOCAL, Port, Side
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.mesh import Mesh
from neuroloom.verif.events.marked_packet import Watched, mark, watch
from neuroloom.verif.events.mesh_faults import RouterFault, TamperedRouter, router_faults, unicast
from neuroloom.verif.formal import Fault, Proof, Properties, Tampered, implies, one_hot_or_none


class Leg(StrEnum):
    """Parts of a packet's way; it never comes back to one that it has left."""

    START = "from its start into the row"
    ROW = "from the row into the column"
    COLUMN = "from the column to its place"

    @property
    def short(self) -> str:
        return self.name.lower()


CYCLES_A_PLACE = {Leg.START: 10, Leg.ROW: 8, Leg.COLUMN: 4}
"""Cycles for each packet that a buffer holds; of 2 × 2 routers with consumers that stay ready."""


class MeshProperties(Properties[MeshSpec]):
    """Properties of closed edges and packets to one router each; of others the credits alone.

    How long a packet waits is stated for up to 2 × 2 routers.
    """

    def state(self, proof: Proof, component: Any) -> None:
        spec = self.spec
        mesh = component.inner if isinstance(component, Tampered) else component
        if spec.flow_control is FlowControl.CREDIT:
            self._credits(proof, mesh)
        if not unicast(spec):
            return
        inputs = {name: getattr(component, name) for name in spec.inputs}
        outputs = {name: getattr(component, name) for name in spec.outputs}
        due = {
            name: Cat(
                mark(inputs[source]) & _leads(inputs[source].payload, LOCAL, start, goal)
                for source, (_, start) in spec.inputs.items()
            ).any()
            for name, (_, goal) in spec.outputs.items()
        }
        watched = watch(proof, inputs, outputs, due)
        legs = self._places(proof, mesh, watched)
        ready = Cat(stream.ready for stream in outputs.values()).all()
        proof.can(
            "full",
            "no router takes a packet while all consumers are ready",
            ready & ~Cat(stream.ready for stream in inputs.values()).any(),
        )
        if max(spec.columns, spec.rows) <= 2:
            for leg in filter(legs.__contains__, Leg):
                limit = CYCLES_A_PLACE[leg] * spec.depth
                proof.within(
                    leg.short,
                    f"a packet takes {limit} cycles of ready consumers {leg} at most",
                    legs[leg] & watched.owed.any() & ready,
                    limit,
                )

    def _places(self, proof: Proof, mesh: Mesh, watched: Watched) -> dict[Leg, Value]:
        """The marked packet is in one place, with the distances to where it is for. Returns in
        which part of its way it is.
        """
        goals = [goal for _, goal in self.spec.outputs.values()]
        held: list[tuple[Leg, Value]] = []
        right: list[Value] = []
        ordered: list[Value] = []
        for place, router in mesh.routers.items():
            for port, buffer in router.buffers.items():
                ordered.append(~(buffer.filled[1:] & ~buffer.filled[:-1]).any())
                stream = getattr(router, router.spec.inputs[port].name)
                shape = data.Layout.cast(stream.payload.shape())
                for filled, bits in zip(buffer.filled, buffer.places, strict=True):
                    packet = data.View(shape, bits)
                    here = filled & packet.payload[0]
                    held.append((_leg_behind(port), here))
                    way = Cat(_leads(packet, port, place, goal) for goal in goals)
                    right.append(implies(here, watched.owed == way))
            for port, output in router.spec.outputs.items():
                register = getattr(router.switch, output.name)
                held.append((_leg_before(port), mark(register)))
                if port == LOCAL:
                    way = Cat(C(place == goal, 1) for goal in goals)
                else:
                    following, back = neighbour(place, Side(port)), Side(port).opposite
                    way = Cat(_leads(register.payload, back, following, goal) for goal in goals)
                right.append(implies(mark(register), watched.owed == way))
        holders = Signal(len(held), name="marked_places")
        proof.m.d.comb += holders.eq(Cat(here for _, here in held))
        proof.lemma(
            "kept",
            "a packet that was taken and has to come somewhere is in one place, and queues "
            "have no gaps",
            Cat(
                one_hot_or_none(holders),
                implies(watched.owed.any(), holders.any()),
                implies(holders.any(), watched.before),
                *ordered,
            ).all(),
        )
        proof.lemma("way", "a packet has the distances to where it has to come", Cat(right).all())
        return {
            leg: Cat(
                holder for holder, (asked, _) in zip(holders, held, strict=True) if asked is leg
            ).any()
            for leg in {asked for asked, _ in held}
        }

    def _credits(self, proof: Proof, mesh: Mesh) -> None:
        """A credit is with the sender, on its way back, or stands for a packet in the buffer."""
        sums: list[Value] = []
        for place, router in mesh.routers.items():
            for port, sender in router.senders.items():
                across, back = mesh.routers[neighbour(place, Side(port))], Side(port).opposite
                link = getattr(across, across.spec.inputs[back].name)
                total: Value = sender.credits + link.credit
                for filled in across.buffers[back].filled:
                    total += filled
                sums.append(total)
        if sums:
            proof.lemma(
                "credits",
                "no credit of a link is lost, and there is none too many",
                Cat(total == self.spec.depth for total in sums).all(),
            )
            first = next(
                sender for router in mesh.routers.values() for sender in router.senders.values()
            )
            proof.can("no-credits", "a sender has no credits left", first.credits == 0)

    def faults(self) -> list[Fault]:
        return [
            Fault(fault.name, fault.sentence, self._with_router(fault), fault.noticed_by)
            for fault in router_faults(self.spec)
        ]

    def _with_router(self, fault: RouterFault) -> Callable[[], Component[MeshSpec]]:
        """The mesh with a change around one router."""

        def build() -> Component[MeshSpec]:
            mesh = self.build()
            assert isinstance(mesh, Mesh)
            router = mesh.routers[fault.place]
            mesh.parts[mesh.spec.named(fault.place)] = TamperedRouter(router, fault.change)
            return mesh

        return build

    @classmethod
    def small_specs(cls) -> list[MeshSpec]:
        ready = {"payload_bits": 1, "depth": 2, "flow_control": FlowControl.READY}
        credit = {"payload_bits": 1, "depth": 3}
        return [
            MeshSpec.model_validate({"columns": columns, "rows": rows, **others})
            for columns, rows, others in (
                (2, 1, credit),
                (1, 2, ready),
                (2, 2, ready),
                (2, 2, credit),
            )
        ]


def _leads(packet: Any, port: Port, place: Place, goal: Place) -> Value:
    """Whether a packet that comes into the router at ``place`` by ``port`` is for that at ``goal``.

    From a side it goes straight on, by a distance without a sign.
    """
    east, north = goal[0] - place[0], goal[1] - place[1]
    never: Value = C(0, 1)
    if port == LOCAL:
        return (packet.dx == east) & (packet.dy == north)
    x, y = MOVES[Side(port).opposite]
    if Side(port).along_x:
        return (packet.dx == x * east) & (packet.dy == north) if x * east >= 0 else never
    return packet.dy == y * north if east == 0 and y * north >= 0 else never


def _leg_behind(port: Port) -> Leg:
    """Leg of a packet in the buffer of an input."""
    return Leg.START if port == LOCAL else Leg.ROW if Side(port).along_x else Leg.COLUMN


def _leg_before(port: Port) -> Leg:
    """Leg of a packet in the register of an output."""
    return Leg.COLUMN if port == LOCAL else Leg.START if Side(port).along_x else Leg.ROW
