"""The base of every macro's hardware, and its streams as interfaces."""

from typing import Any, Generic, TypeVar

from amaranth.hdl import signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.ports import Field, Handshake, Stream
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
