"""Reads the words of a window's rows from an input memory."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.imc.input_memory import InputMemorySpec
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.hdl.memories.table import table
from neuroloom.hdl.parts import counter


class RowReader(wiring.Component):
    """Algorithm 2, ``read_data``: a word a cycle with ``step``, a row that is all padding in one.

    Interface: ``inside`` is high while the row lies in the image, ``row`` is that row or the
    nearest one. ``row_ends`` is high with the last word of a row, ``line_ends`` with that of a
    column of windows and ``image_ends`` with the last one of all. ``complete`` tells that the row
    makes a window. ``across`` counts the columns of windows, ``turn`` and ``alignment`` tell how
    the row lies in the memory.
    """

    def __init__(self, spec: InputMemorySpec) -> None:
        self.spec = spec
        rotated = spec.mapping is Mapping.PLIP
        first = int(spec.memory.first_words[0, spec.turns[0]]) if rotated else 0
        super().__init__(
            {
                "step": In(1),
                "inside": Out(1),
                "row": Out(range(spec.line)),
                "row_ends": Out(1),
                "line_ends": Out(1),
                "image_ends": Out(1),
                "complete": Out(1),
                "across": Out(range(spec.schedule.windows_across)),
                "turn": Out(range(len(spec.turns))),
                "alignment": Out(range(spec.row_alignments)),
                "address": Out(range(spec.words_read), init=first),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, schedule = self.spec, self.spec.schedule
        along = Signal(range(schedule.rows))
        below = spec.padding + spec.line - 1
        turned = self._turned(m)
        last_word = self._words(m, turned)
        m.d.comb += [
            self.inside.eq((along >= spec.padding) & (along <= below)),
            self.row.eq(
                Mux(
                    along < spec.padding, 0, Mux(along > below, spec.line - 1, along - spec.padding)
                )
            ),
            self.row_ends.eq(self.step & (~self.inside | last_word)),
            self.line_ends.eq(self.row_ends & (along == schedule.rows - 1)),
            self.image_ends.eq(self.line_ends & (self.across == schedule.windows_across - 1)),
        ]
        until = Signal(range(spec.until_values), init=spec.kernel - 1)
        m.d.comb += self.complete.eq(until == 0)
        with m.If(self.row_ends):
            m.d.sync += along.eq(along + 1)
            m.d.sync += until.eq(Mux(self.complete, spec.stride - 1, until - 1))
        with m.If(self.line_ends):
            m.d.sync += [along.eq(0), until.eq(spec.kernel - 1), self.across.eq(self.across + 1)]
            m.d.sync += self.turn.eq(turned)
        with m.If(self.image_ends):
            m.d.sync += self.across.eq(0)
        return m

    def _turned(self, m: Module) -> Signal:
        """The turn of the next column of windows."""
        spec, turns = self.spec, len(self.spec.turns)
        following = Signal(range(turns), name="turned")
        over = [spec.turn_after(turn, spec.line_end) for turn in range(turns)]
        m.d.comb += following.eq(table(self.turn, over))
        if spec.schedule.windows_across > 1:
            on = [spec.turn_after(turn, spec.stride) for turn in range(turns)]
            with m.If(~self.image_ends):
                m.d.comb += following.eq(table(self.turn, on))
        return following

    def _words(self, m: Module, turned: Signal) -> Value:
        """Moves the address; high at the last word of a row that lies in the image."""
        spec, memory = self.spec, self.spec.memory
        index = Signal(range(spec.most_reads))
        last = Signal()
        jump = Signal.like(self.address)
        read = Signal()
        ends = Signal()
        start = Signal.like(self.address)
        m.d.comb += [read.eq(self.step & self.inside), ends.eq(read & last)]
        counter(m, index, read, last)
        with m.If(read):
            m.d.sync += self.address.eq(self.address + jump)
        with m.If(self.line_ends):
            m.d.sync += self.address.eq(start)

        if spec.mapping is Mapping.PLIP:
            self._rotated(m, index, jump, last)
            m.d.comb += start.eq(table(turned, memory.first_words[0, list(spec.turns)].tolist()))
            return last
        rows = range(spec.row_alignments)
        words = Signal(range(spec.most_reads + 1))
        onward = [
            (row * memory.row_pitch % spec.word_bits + memory.row_pitch) // spec.word_bits
            for row in rows
        ]
        jumps = [on - int(memory.reads[row]) + 1 for row, on in zip(rows, onward, strict=True)]
        m.d.comb += [
            words.eq(table(self.alignment, memory.reads[: spec.row_alignments].tolist())),
            last.eq(index == words - 1),
            jump.eq(Mux(last, table(self.alignment, jumps), 1)),
        ]
        if spec.row_alignments == spec.rows_stored:
            m.d.comb += self.alignment.eq(self.row)
            return last
        counter(m, self.alignment, ends, self.alignment == spec.row_alignments - 1)
        with m.If(self.line_ends):
            m.d.sync += self.alignment.eq(0)
        return last

    def _rotated(self, m: Module, index: Signal, jump: Signal, last: Signal) -> None:
        """Jumps from the place of the window's first line, round the places of the row."""
        spec, words = self.spec, self.spec.most_reads
        before = [words - place * words // spec.kernel for place in spec.turns]
        wraps = Signal()
        m.d.comb += [
            last.eq(index == words - 1),
            wraps.eq(index == table(self.turn, before) - 1),
            jump.eq(Mux(wraps, 1 - words, 1)),
        ]
        # a row that ends at its last place is followed by the next row's first
        with m.If(last):
            m.d.comb += jump.eq(
                table(self.turn, [words + 1 if place else 1 for place in spec.turns])
            )
