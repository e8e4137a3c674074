"""Programs words of a differential memory tile."""

from typing import Any

from amaranth.hdl import Array, C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.devices.differential_array import Pulse
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import handed_over


class RramProgram(Component[RramProgramSpec]):
    """A command goes from pulses to a read, to its check, and back to pulses or to its status; a
    flip-flop says which of the four it is.

    Lines to the array change a cycle before a strobe rises at the latest, and after its gap. What
    is read last takes the place of the bits, so that the status needs no registers of its own.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, command, words = self.spec, self.command, self.words
        pulses, reads, status = self.pulses, self.reads, self.status
        row = Signal(spec.row_bits)
        lines = Signal(spec.rows)
        bits = Signal(spec.columns)
        pending = Signal(spec.columns)
        form = Signal()
        attempt = Signal(range(spec.attempts + 1))
        pulsing = Signal()
        checking = Signal()

        accept = Signal()
        check = Signal()
        wrong = Signal(spec.columns)
        again = Signal()
        through, rested = self._pulse(m, pulsing, bits, pending, form, accept, again)
        idle = Signal()
        writing = Signal()
        m.d.comb += [
            idle.eq(~(pulsing | reads.valid | checking | status.valid)),
            command.ready.eq((idle & rested) | handed_over(status)),
            accept.eq(handed_over(command)),
            words.ready.eq(checking),
            check.eq(checking & words.valid),
            writing.eq(attempt != 0),
            wrong.eq(words.payload.unresolved | Mux(writing, words.payload.bits ^ bits, 0)),
            again.eq(check & writing & wrong.any() & (attempt != spec.attempts)),
            pulses.payload.rows.eq(Mux(pulsing, lines, 0)),
            reads.payload.row.eq(row),
            status.payload.row.eq(row),
            status.payload.bits.eq(bits),
            status.payload.failed.eq(pending),
            status.payload.attempts.eq(attempt),
        ]

        with m.If(through):
            m.d.sync += [pulsing.eq(0), reads.valid.eq(1)]
        with m.If(handed_over(reads)):
            m.d.sync += [reads.valid.eq(0), checking.eq(1)]
        with m.If(status.ready):
            m.d.sync += status.valid.eq(0)
        with m.If(check):
            m.d.sync += [checking.eq(0), pending.eq(wrong)]
            with m.If(again):
                m.d.sync += [pulsing.eq(1), attempt.eq(attempt + 1)]
            with m.Else():
                m.d.sync += [status.valid.eq(1), bits.eq(words.payload.bits)]
        with m.If(accept):
            write = command.payload.write
            m.d.sync += [
                row.eq(command.payload.row),
                lines.eq(Cat(command.payload.row == each for each in range(spec.rows))),
                bits.eq(command.payload.bits),
                form.eq(command.payload.form),
                pending.eq(C(-1, spec.columns)),
                attempt.eq(write),
                pulsing.eq(write),
                reads.valid.eq(~write),
            ]
        return m

    def _pulse(
        self,
        m: Module,
        pulsing: Value,
        bits: Value,
        pending: Value,
        form: Value,
        accept: Value,
        again: Value,
    ) -> tuple[Value, Value]:
        """Kinds of pulses, groups of cells and the strobe; whether a row is through, and whether
        the gap behind the last pulse is over.
        """
        spec, pulses = self.spec, self.pulses
        widths = [spec.widths[kind] - 1 for kind in (Pulse.SET, Pulse.RESET, Pulse.FORM)]
        timer = Signal(range(max(*widths, spec.gap_cycles) + 1), init=spec.gap_cycles)
        kind = Signal(2)
        group = Signal(spec.groups, init=1)
        chosen = Signal(spec.columns)
        reset, both = kind[0], kind[1]
        low = bits ^ reset.replicate(spec.columns)
        every = both.replicate(spec.columns)
        m.d.comb += [
            chosen.eq(pending & Cat(group[each // spec.cells] for each in range(spec.columns))),
            pulses.payload.left.eq(chosen & (every | low)),
            pulses.payload.right.eq(chosen & (every | ~low)),
            pulses.payload.kind.eq(kind),
        ]

        over = Signal()
        advance = Signal()
        through = Signal()
        some = Signal()
        m.d.comb += [
            over.eq(timer == 0),
            some.eq(chosen.any()),
            advance.eq(pulsing & ~pulses.strobe & Mux(over, ~some, timer == 1)),
            through.eq(advance & group[-1] & reset),
        ]
        with m.If(~over):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(pulses.strobe):
            m.d.sync += [pulses.strobe.eq(0), timer.eq(spec.gap_cycles)]
        with m.Elif(pulsing & some):
            m.d.sync += [pulses.strobe.eq(1), timer.eq(Array(widths)[kind])]
        with m.If(advance):
            m.d.sync += group.eq(group.rotate_left(1))
            with m.If(group[-1]):
                m.d.sync += kind.eq(Mux(both, int(Pulse.SET), int(Pulse.RESET)))
        with m.If(again):
            m.d.sync += kind.eq(Mux(form, int(Pulse.FORM), int(Pulse.SET)))
        with m.If(accept):
            m.d.sync += kind.eq(Mux(self.command.payload.form, int(Pulse.FORM), int(Pulse.SET)))
        return through, over
