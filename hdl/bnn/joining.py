"""Streams of a chain whose fields have names of their own."""

from typing import Any

from amaranth.hdl import Module, Value


def join(m: Module, source: Any, sink: Any) -> None:
    """Connect two streams whose tokens have the same bits, by whatever names."""
    m.d.comb += [
        Value.cast(sink.payload).eq(Value.cast(source.payload)),
        sink.valid.eq(source.valid), source.ready.eq(sink.ready),
    ]  # fmt: skip
