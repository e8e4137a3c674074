"""Broken variants of ``mesh``: one router of it does something wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import connect, flipped

from neuroloom.golden.events.mesh import Edges, FlowControl, MeshSpec
from neuroloom.golden.events.mesh_turns import Place
from neuroloom.hdl.events.router_node import RouterNode

Change = Callable[[Module, Any, Any], None]
"""Gets the module, the router inside and the ports outside; what it assigns comes last."""


class TamperedRouter(RouterNode):
    """Another router behind the same ports, with a change in between."""

    def __init__(self, inner: RouterNode, change: Change) -> None:
        super().__init__(inner.spec)
        self.inner, self.change = inner, change
        self.switch, self.buffers, self.senders = inner.switch, inner.buffers, inner.senders

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.inner = self.inner
        for stream in self.spec.streams:
            ours, theirs = flipped(getattr(self, stream.name)), getattr(self.inner, stream.name)
            connect(m, ours, theirs)
        if self.spec.count_drops:
            m.d.comb += self.lost.eq(self.inner.lost)
        self.change(m, self.inner, self)
        return m


@dataclass(frozen=True)
class RouterFault:
    """A change at one router."""

    name: str
    sentence: str
    place: Place
    change: Change
    noticed_by: tuple[str, ...]


def router_faults(spec: MeshSpec) -> list[RouterFault]:
    """Faults at the router in the south-west corner, and packets given twice at every one."""
    corner, faults = (0, 0), list[RouterFault]()

    def add(name: str, sentence: str, change: Change, *noticed_by: str) -> None:
        faults.append(RouterFault(name, sentence, corner, change, noticed_by))

    if unicast(spec):
        add("astray", "what starts there stays there", astray, "way")
        add("lost", "every other packet for there is lost", lost, "kept")
        row = ("row",) if spec.rows == 1 < spec.columns else ()
        add("local-stuck", "nothing is delivered there", stuck("deliver"), "column", *row)
        if spec.columns > 1:
            add("east-stuck", "nothing goes east from there", stuck("to_east"), "start")
        if spec.rows > 1:
            start = ("start",) if spec.columns == 1 else ()
            add("north-stuck", "nothing goes north from there", stuck("to_north"), "row", *start)
        if min(spec.columns, spec.rows) > 1:
            add("y-first", "packets from there go along Y first", y_first, "way")
        for x, y in spec.places:
            name, noticed = f"repeated-{x}-{y}", (f"deliver_{x}_{y}-once",)
            sentence = f"packets for column {x}, row {y} come twice"
            faults.append(RouterFault(name, sentence, (x, y), repeated, noticed))
    if spec.links and spec.flow_control is FlowControl.CREDIT:
        link = "from_east" if spec.columns > 1 else "from_north"
        add("credit-too-many", "a packet gives two credits", credit_too_many(link), "credits")
        add("credit-lost", "every other credit is lost", credit_lost(link), "credits")
    return faults


def unicast(spec: MeshSpec) -> bool:
    """Whether every packet goes to one router, or to none."""
    return spec.edges is Edges.CLOSED and not (spec.multicast or spec.tick)


def astray(m: Module, inner: Any, outer: Any) -> None:
    m.d.comb += [inner.inject.payload.dx.eq(0), inner.inject.payload.dy.eq(0)]


def y_first(m: Module, inner: Any, outer: Any) -> None:
    """Links along Y do not carry what is left along X."""
    with m.If(outer.inject.payload.dy.any()):
        m.d.comb += inner.inject.payload.dx.eq(0)


def lost(m: Module, inner: Any, outer: Any) -> None:
    odd = _every_other(m, inner.deliver.valid & inner.deliver.ready)
    with m.If(odd):
        m.d.comb += [outer.deliver.valid.eq(0), inner.deliver.ready.eq(1)]


def repeated(m: Module, inner: Any, outer: Any) -> None:
    again = _every_other(m, outer.deliver.valid & outer.deliver.ready)
    with m.If(~again):
        m.d.comb += inner.deliver.ready.eq(0)


def stuck(output: str) -> Change:
    def change(m: Module, inner: Any, outer: Any) -> None:
        ours, theirs = getattr(outer, output), getattr(inner, output)
        m.d.comb += ours.valid.eq(0)
        if hasattr(theirs, "ready"):
            m.d.comb += theirs.ready.eq(0)
        else:
            m.d.comb += theirs.credit.eq(0)

    return change


def credit_too_many(link: str) -> Change:
    """One for the packet's coming, and one for its going."""

    def change(m: Module, inner: Any, outer: Any) -> None:
        ours = getattr(outer, link)
        m.d.comb += ours.credit.eq(getattr(inner, link).credit | ours.valid)

    return change


def credit_lost(link: str) -> Change:
    def change(m: Module, inner: Any, outer: Any) -> None:
        given = getattr(inner, link).credit
        m.d.comb += getattr(outer, link).credit.eq(given & _every_other(m, given))

    return change


def _every_other(m: Module, event: Any) -> Signal:
    odd = Signal()
    with m.If(event):
        m.d.sync += odd.eq(~odd)
    return odd
