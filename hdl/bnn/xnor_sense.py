"""The digital side of one tile of differential memory."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal

from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.aer_link import synchronized
from neuroloom.hdl.parts import handed_over
from neuroloom.hdl.slices import bits_of


class XnorSense(Component[XnorSenseSpec]):
    """A timer counts precharge, then evaluation; every line to the array is a flip-flop.

    An evaluation begins only after the completion wire was seen low, and only when there is room
    for the word, so that amplifiers never have to hold a result. What was evaluated before a reset
    is therefore not taken for the first read.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, request, sensed, read, word = (
            self.spec,
            self.request,
            self.sensed,
            self.read,
            self.word,
        )
        steps = spec.columns_per_amplifier
        evaluate, precharge = spec.evaluate_cycles - 1, spec.precharge_cycles - 1
        evaluated = synchronized(m, sensed.req, spec.synchronizer, init=1)
        timer = Signal(range(max(spec.evaluate_cycles, spec.precharge_cycles)), init=precharge)
        lines = Signal(spec.rows)
        select = Signal(steps, init=1)
        activations = Signal(spec.columns)
        returned = Signal()
        """Completion was seen low after the latch."""

        elapsed = Signal()
        may_begin = Signal()
        begin = Signal()
        latch = Signal()
        m.d.comb += [
            elapsed.eq(timer == 0),
            may_begin.eq(~read.strobe & elapsed & returned),
            request.ready.eq(may_begin & select[0] & ~word.valid),
            begin.eq(handed_over(request) | (may_begin & ~select[0])),
            latch.eq(read.strobe & elapsed & evaluated),
            read.payload.rows.eq(lines),
        ]
        if steps > 1:
            m.d.comb += read.payload.columns.eq(select)

        with m.If(~elapsed):
            m.d.sync += timer.eq(timer - 1)
        with m.If(~evaluated):
            m.d.sync += [returned.eq(1), sensed.ack.eq(0)]
        with m.If(begin):
            m.d.sync += [read.strobe.eq(1), timer.eq(evaluate)]
        with m.If(word.ready):
            m.d.sync += word.valid.eq(0)
        with m.If(latch):
            m.d.sync += [
                read.strobe.eq(0),
                timer.eq(precharge),
                returned.eq(0),
                sensed.ack.eq(1),
                select.eq(select.rotate_left(1)),
            ]
            with m.If(select[-1]):
                m.d.sync += [word.valid.eq(1), lines.eq(0)]
        with m.If(handed_over(request)):
            m.d.sync += activations.eq(request.payload.activations)
            m.d.sync += lines.eq(Cat(request.payload.row == row for row in range(spec.rows)))
            if spec.tag_bits:
                m.d.sync += word.payload.tag.eq(request.payload.tag)
        lefts, rights = bits_of(sensed.payload.left), bits_of(sensed.payload.right)
        for column in range(spec.columns):
            amplifier, step = divmod(column, steps)
            left, right = lefts[amplifier], rights[amplifier]
            resolved = Signal(name=f"resolved{column}")
            straight = Signal(name=f"straight{column}")
            m.d.comb += resolved.eq(left ^ right)
            m.d.comb += straight.eq(Mux(activations[column], right, left))
            with m.If(latch & select[step]):
                m.d.sync += word.payload.bits[column].eq(straight & resolved)
                m.d.sync += word.payload.unresolved[column].eq(~resolved)
        return m
