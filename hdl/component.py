"""The base of every macro's hardware, and its ports as they appear in Verilog."""

from typing import Any, Generic, TypeVar

from amaranth.hdl import ClockDomain, Module, Shape, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.ports import Field, Handshake, Stream, port_name
from neuroloom.golden.spec import Spec

S = TypeVar("S", bound=Spec)


def field_shape(field: Field) -> Any:
    """The Amaranth shape of a field: an integer, a word of bits, or an array of integers."""
    element = signed(field.bits) if field.signed else unsigned(field.bits)
    if field.lanes is None:
        return element
    return unsigned(field.lanes) if field.bits == 1 else data.ArrayLayout(element, field.lanes)


def stream_signature(port: Stream) -> Any:
    """A stream whose payload has the fields of ``port``, with its handshake."""
    payload = data.StructLayout({field.name: field_shape(field) for field in port.fields})
    if port.handshake is Handshake.VALID_READY:
        return stream.Signature(payload)
    answers = {name: In(1) for name in port.controls[1:]}
    return wiring.Signature({"payload": Out(payload), port.controls[0]: Out(1), **answers})


class Component(wiring.Component, Generic[S]):
    """A macro in hardware: ``spec`` chooses its ports, one stream interface per spec stream.

    One clock domain ``sync`` with synchronous reset. A token is handed over in every cycle in
    which ``valid`` and ``ready`` are both high; ``valid`` then payload stay until it is.
    ``aside`` are further members of a part, for the macro that it is a part of.
    """

    def __init__(self, spec: S, **aside: Any) -> None:
        self.spec = spec
        direction = {"in": In, "out": Out}
        super().__init__(
            {port.name: direction[port.direction](stream_signature(port)) for port in spec.streams}
            | aside
        )


class FlatPorts(wiring.Elaboratable):
    """A component with one plain signal a field instead of stream interfaces.

    ``ports`` maps Verilog names to signals, in order; clock and reset come first, whether the
    component needs them or not. No level of hierarchy is added.
    """

    def __init__(self, component: Component[Any]) -> None:
        self.component = component
        self._MustUse__used = True  # looking at the ports is a use
        component._MustUse__used = True  # elaborated below in place, not as a submodule
        self.domain = ClockDomain("sync")
        self.ports: dict[str, Signal] = {"clk": self.domain.clk, "rst": self.domain.rst}
        for port in component.spec.streams:
            interface = getattr(component, port.name)
            for field in port.fields:
                name = port_name(port, field.name)
                shape = Shape.cast(field_shape(field))
                self.ports[name] = Signal(shape, name=name)
            for member in port.controls:
                self.ports[port_name(port, member)] = getattr(interface, member)

    def is_input(self, name: str) -> bool:
        """Whether the port is driven from outside."""
        if name in ("clk", "rst"):
            return True
        for port in self.component.spec.streams:
            forward, *answer = port.controls
            if name in [port_name(port, each) for each in answer]:
                return port.direction == "out"
            if name in [
                port_name(port, each) for each in (forward, *(f.name for f in port.fields))
            ]:
                return port.direction == "in"
        raise KeyError(name)

    def elaborate(self, platform: Any) -> Module:
        m = self.component.elaborate(platform)
        m.domains.sync = self.domain
        for port in self.component.spec.streams:
            payload = getattr(self.component, port.name).payload
            for field in port.fields:
                flat, inner = self.ports[port_name(port, field.name)], payload[field.name]
                m.d.comb += inner.eq(flat) if port.direction == "in" else flat.eq(inner)
        return m
