"""Small parts that components are put together from, as their inventories count them.

Each belongs to the module ``m`` of whoever asks for it: none adds a level of hierarchy.
"""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value


def output_free(stream: Any) -> Value:
    """Whether the register of an output stream takes a token: it is empty, or what it holds leaves.

    These are the two gates of ``stream_output`` in :mod:`neuroloom.golden.inventory`.
    """
    free: Value = ~stream.valid | stream.ready
    return free


def handed_over(stream: Any) -> Value:
    """Whether a token passes from its sender to its receiver in this cycle."""
    passes: Value = stream.valid & stream.ready
    return passes


def connect(m: Module, source: Any, sink: Any) -> None:
    """Two valid/ready streams of equal payload as one: what ``source`` gives, ``sink`` takes."""
    m.d.comb += [
        sink.payload.eq(source.payload),
        sink.valid.eq(source.valid),
        source.ready.eq(sink.ready),
    ]


def register(m: Module, value: Any, enable: Value, name: str, shape: Any = None) -> Any:
    """What ``value`` was in the last cycle with ``enable``; 0 after reset.

    It has the shape of the value unless it is told another one.
    """
    held = Signal(Value.cast(value).shape() if shape is None else shape, name=name)
    with m.If(enable):
        m.d.sync += held.eq(value)
    return held


def counter(m: Module, count: Signal, step: Value, last: Value) -> None:
    """Makes ``count`` count the cycles with ``step``, from 0 again behind one that is ``last``."""
    with m.If(step):
        m.d.sync += count.eq(following(count, last))


def following(count: Signal, last: Value) -> Value:
    """The number behind ``count``: 0 where that is the ``last`` one."""
    return Mux(last, 0, count + 1)
