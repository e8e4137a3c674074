"""The handshakes of a pipeline whose stages all wait together."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value

from neuroloom.hdl.parts import output_free


def lockstep(m: Module, source: Any, sink: Any, stages: int) -> Signal:
    """Joins the handshakes of ``source`` and ``sink``; the returned enable moves every stage.

    One token enters every cycle, and all stages wait while the oldest result is held. Without
    stages the streams are tied together.
    """
    advance = Signal()
    m.d.comb += source.ready.eq(advance)
    if not stages:
        m.d.comb += advance.eq(sink.ready)
        m.d.comb += sink.valid.eq(source.valid)
        return advance
    filled = filled_stages(m, source.valid, advance, stages)
    m.d.comb += sink.valid.eq(filled[-1])
    m.d.comb += advance.eq(output_free(sink))
    return advance


def filled_stages(m: Module, enters: Value, advance: Value, stages: int) -> Signal:
    """Mask of the stages that hold a token, bit 0 the first; with ``advance`` all move on."""
    filled = Signal(stages)
    with m.If(advance):
        m.d.sync += filled.eq(Cat(enters, filled[:-1]))
    return filled
