"""Mesh of routers: columns × rows, a local port at each, edges closed or open."""

from functools import cached_property
from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.events.mesh import FlowControl, MeshSpec
from neuroloom.golden.events.mesh_turns import Place
from neuroloom.golden.events.packets import LOCAL, Port, Side
from neuroloom.golden.events.router import DROP_BITS, RouterSpec
from neuroloom.hdl.component import Component, stream_signature
from neuroloom.hdl.events.drop_counter import DropCounter
from neuroloom.hdl.events.router_switch import RouterSwitch
from neuroloom.hdl.sharing import Shared
from neuroloom.hdl.streams.credit import CreditSender, credit_link
from neuroloom.hdl.streams.stream_fifo import RegisterFifo


class RouterNode(wiring.Component):
    """A router whose links to the sides in ``credited`` count credits; the others are streams."""

    def __init__(self, spec: RouterSpec, credited: frozenset[Port]) -> None:
        self.spec = spec
        self.credited = credited
        members: dict[str, Any] = {}
        for way, streams in ((In, spec.inputs), (Out, spec.outputs)):
            for port, each in streams.items():
                signature = stream_signature(each)
                if port in credited:
                    signature = credit_link(signature.members["payload"].shape)
                members[each.name] = way(signature)
        if spec.count_drops:
            members["lost"] = Out(spec.drops_a_cycle)
        super().__init__(members)

    @cached_property
    def switch(self) -> RouterSwitch:
        return RouterSwitch(self.spec)

    @cached_property
    def buffers(self) -> dict[Port, RegisterFifo]:
        """Those of the inputs."""
        return {
            port: RegisterFifo(sum(field.port_bits for field in each.fields), self.spec.depth)
            for port, each in self.spec.inputs.items()
        }

    @cached_property
    def senders(self) -> dict[Port, CreditSender]:
        """What counts the credits of each credited output."""
        return {
            port: CreditSender(getattr(self, each.name).payload.shape(), self.spec.depth)
            for port, each in self.spec.outputs.items()
            if port in self.credited
        }

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.switch = switch = self.switch
        for port, each in spec.inputs.items():
            source, head = getattr(self, each.name), getattr(switch, each.name)
            buffer = self.buffers[port]
            m.submodules[f"buffer_{port}"] = Shared(buffer, len(buffer.input.payload), spec.depth)
            m.d.comb += [
                buffer.input.payload.eq(source.payload),
                buffer.input.valid.eq(source.valid),
                head.payload.eq(buffer.output.payload),
                head.valid.eq(buffer.output.valid),
                buffer.output.ready.eq(head.ready),
            ]
            if port in self.credited:
                m.d.sync += source.credit.eq(head.valid & head.ready)
            else:
                m.d.comb += source.ready.eq(buffer.input.ready)
        for port, each in spec.outputs.items():
            ours, theirs = getattr(self, each.name), getattr(switch, each.name)
            if port in self.credited:
                sender = self.senders[port]
                m.submodules[f"credits_{port}"] = Shared(sender, each, spec.depth)
                connect_stream(m, theirs, sender.source)
                connect_credited(m, sender.link, ours)
            else:
                connect_stream(m, theirs, ours)
        if spec.count_drops:
            m.d.comb += self.lost.eq(switch.lost)
        return m


class Mesh(Component[MeshSpec]):
    """A router at every place; those with the same neighbours share one module."""

    def __init__(self, spec: MeshSpec) -> None:
        super().__init__(spec)
        self.routers = {place: self._router(place) for place in spec.places}
        """Whose ports are the links."""

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, routers = self.spec, self.routers
        for (x, y), router in routers.items():
            m.submodules[f"router_{x}_{y}"] = Shared(router, router.spec, router.credited)
        connect = connect_stream
        if spec.flow_control is FlowControl.CREDIT:
            connect = connect_credited
        for (x, y), router in routers.items():
            for side, neighbour in ((Side.EAST, (x + 1, y)), (Side.NORTH, (x, y + 1))):
                if neighbour in routers:
                    other = routers[neighbour]
                    connect(m, _to(router, side), _from(other, side.opposite))
                    connect(m, _to(other, side.opposite), _from(router, side))
        for name, (port, place) in spec.inputs.items():
            connect_stream(m, getattr(self, name), _from(routers[place], port or LOCAL))
        for name, (port, place) in spec.outputs.items():
            connect_stream(m, _to(routers[place], port or LOCAL), getattr(self, name))
        if spec.count_drops:
            counted = [each for each in routers.values() if each.spec.count_drops]
            lost = Signal(spec.drops_a_cycle)
            m.d.comb += lost.eq(sum(each.lost for each in counted))
            m.submodules.drops = drops = DropCounter(len(lost), DROP_BITS)
            m.d.comb += [
                drops.lost.eq(lost),
                drops.take.eq(self.dropped.ready),
                self.dropped.valid.eq(drops.waiting),
                self.dropped.payload.lost.eq(1),
            ]
        return m

    def _router(self, place: Place) -> RouterNode:
        inner = frozenset[Port]()
        if self.spec.flow_control is FlowControl.CREDIT:
            inner = frozenset(side for side in Side if side not in self.spec.outside(place))
        return RouterNode(self.spec.router(place), inner)


def _to(router: RouterNode, port: Port) -> Any:
    return getattr(router, router.spec.outputs[port].name)


def _from(router: RouterNode, port: Port) -> Any:
    return getattr(router, router.spec.inputs[port].name)


def connect_stream(m: Module, source: Any, sink: Any) -> None:
    m.d.comb += [
        sink.payload.eq(source.payload),
        sink.valid.eq(source.valid),
        source.ready.eq(sink.ready),
    ]


def connect_credited(m: Module, source: Any, sink: Any) -> None:
    m.d.comb += [
        sink.payload.eq(source.payload),
        sink.valid.eq(source.valid),
        source.credit.eq(sink.credit),
    ]
