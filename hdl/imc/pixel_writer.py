"""Puts pixels into the words of an input memory."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.imc.input_memory import InputMemorySpec
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.hdl.arith.selection import chosen
from neuroloom.hdl.memories.table import table
from neuroloom.hdl.parts import counter


class PixelWriter(wiring.Component):
    """Algorithm 2, ``store_data``: a word a cycle with ``step``; the next pixel lies Δkernel on,
    that of the next line at Δpix of its place.

    Interface: ``address``, ``word`` and the bits of ``mask``, one a granule, are what ``step``
    writes of ``pixel``. ``taken`` is high with a pixel's last word. ``row`` counts the pixels of
    the line, ``line_ends`` is high with ``taken`` of its last one.
    """

    def __init__(self, spec: InputMemorySpec) -> None:
        self.spec = spec
        self.place = Signal(range(spec.kernel))
        super().__init__(
            {
                "step": In(1),
                "pixel": In(spec.pixel_bits),
                "taken": Out(1),
                "line_ends": Out(1),
                "row": Out(range(spec.line)),
                "address": Out(range(spec.memory.words)),
                "word": Out(spec.stored_bits),
                "mask": Out(spec.stored_bits // spec.granule),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, memory, place = self.spec, self.spec.memory, self.place
        index = Signal(range(spec.most_writes))
        last_word = Signal()
        m.d.comb += [
            self.taken.eq(self.step & last_word),
            self.line_ends.eq(self.taken & (self.row == spec.line - 1)),
        ]
        with m.If(self.step):
            m.d.sync += index.eq(index + 1)
        with m.If(self.taken):
            m.d.sync += [index.eq(0), self.row.eq(self.row + 1)]
        with m.If(self.line_ends):
            m.d.sync += self.row.eq(0)
        counter(m, place, self.line_ends, place == spec.kernel - 1)

        # a pixel fills as many words as its offset in the first one makes; the next pixel begins
        # ``below`` words on, in the last of them where that is not full
        way, offsets = self._alignment(m)
        counts = [-(-(offset + spec.pixel_bits) // spec.word_bits) for offset in offsets]
        below = [(offset + memory.row_pitch) // spec.word_bits for offset in offsets]
        jumps = [on - count + 1 for on, count in zip(below, counts, strict=True)]
        words = Signal(range(spec.most_writes + 1))
        jump = Signal.like(self.address)
        onward = Signal.like(self.address)
        m.d.comb += [
            words.eq(table(way, counts)),
            last_word.eq(index == words - 1),
            jump.eq(Mux(last_word, table(way, jumps), 1)),
            onward.eq(self.address + jump),
        ]
        firsts = memory.first_words[0].tolist()
        address = self._located(m, "moving_address", firsts, onward, spec.address_still, self.step)
        m.d.comb += self.address.eq(address)
        self._put(m, way, offsets, index)
        return m

    def _put(self, m: Module, way: Value, offsets: list[int], index: Value) -> None:
        """The word of the pixel that ``index`` counts, and its bits that are the pixel's."""
        spec = self.spec
        shifted = Signal(spec.most_writes * spec.word_bits)
        with m.Switch(way):
            for number, offset in enumerate(offsets):
                with m.Case(number):
                    m.d.comb += shifted.eq(Cat(C(0, offset), self.pixel))
        words = [shifted[word * spec.word_bits :] for word in range(spec.most_writes)]
        masks: list[Value] = [C(1)] * spec.most_writes
        if spec.memory.masked:
            pixel = (1 << spec.pixel_bits // spec.granule) - 1
            covered = Signal(len(shifted) // spec.granule)
            places = [pixel << offset // spec.granule for offset in offsets]
            m.d.comb += covered.eq(table(way, places))
            granules = spec.word_bits // spec.granule
            masks = [covered[word * granules :] for word in range(spec.most_writes)]
        m.d.comb += [self.word.eq(chosen(words, index)), self.mask.eq(chosen(masks, index))]

    def _alignment(self, m: Module) -> tuple[Value, list[int]]:
        """Number of the offset in its first word that the next pixel has."""
        spec = self.spec
        if spec.mapping is Mapping.PLIP:
            return C(0), [0]
        if spec.aligned_by_place:
            return self.place, spec.memory.offsets[0].tolist()
        period = spec.pixel_alignments
        exact = Signal(range(2 * period))
        wrapped = Signal(range(period))
        firsts = [place % period for place in range(spec.kernel)]
        alignment = self._located(
            m, "moving_alignment", firsts, wrapped, spec.alignment_still, self.taken
        )
        m.d.comb += exact.eq(alignment + spec.kernel % period)
        m.d.comb += wrapped.eq(Mux(exact >= period, exact - period, exact))
        return alignment, [number * spec.pixel_bits % spec.word_bits for number in range(period)]

    def _located(
        self, m: Module, name: str, firsts: list[int], onward: Signal, still: int, step: Value
    ) -> Value:
        """A number that begins each line with the one of ``firsts`` for its place, and becomes
        ``onward`` with ``step``, which leaves its lowest ``still`` bits as they are.
        """
        low = Signal(still, name=f"{name}_low")
        moving = Signal(len(onward) - still, name=name)
        m.d.comb += low.eq(table(self.place, firsts))
        with m.If(step):
            m.d.sync += moving.eq(onward[still:])
        with m.If(self.line_ends):
            following = [first >> still for first in [*firsts[1:], firsts[0]]]
            m.d.sync += moving.eq(table(self.place, following))
        return Cat(low, moving)
