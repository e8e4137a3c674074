"""Flat ports: each field and each control of a stream is a port of its own, with a plain name."""

from typing import Any

from amaranth.hdl import Module, Shape, Signal

from neuroloom.golden.ports import Stream, port_name
from neuroloom.hdl.component import field_shape
from neuroloom.hdl.port_family import Ports


class FlatPorts(Ports):
    """``<stream>_valid``, ``<stream>_ready``, then ``<stream>_<field>`` of every field.

    With another handshake its controls stand in place of valid and ready. Rows of equal elements
    are packed, lane 0 in the low bits.
    """

    def expose(self, stream: Stream, interface: Any) -> None:
        inward = stream.direction == "in"
        for control, with_token in zip(stream.controls, (True, False), strict=False):
            signal = getattr(interface, control)
            self.add(port_name(stream, control), signal, is_input=inward is with_token)
        for field in stream.fields:
            name = port_name(stream, field.name)
            self.add(name, Signal(Shape.cast(field_shape(field)), name=name), is_input=inward)

    def connect(self, m: Module, stream: Stream, interface: Any) -> None:
        for field in stream.fields:
            flat = self.ports[port_name(stream, field.name)]
            inner = interface.payload[field.name]
            m.d.comb += inner.eq(flat) if stream.direction == "in" else flat.eq(inner)
