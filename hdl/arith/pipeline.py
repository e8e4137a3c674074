"""The handshakes of a pipeline whose stages all wait together."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal


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
    filled = Signal(stages)
    m.d.comb += sink.valid.eq(filled[-1])
    m.d.comb += advance.eq(~sink.valid | sink.ready)
    with m.If(advance):
        m.d.sync += filled.eq(Cat(source.valid, filled[:-1]))
    return advance
