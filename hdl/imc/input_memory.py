"""SRAM of a few lines of pixels, read as rows of windows."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value, unsigned

from neuroloom.golden.imc.input_memory import InputMemorySpec
from neuroloom.golden.imc.input_memory_inventory import lead_bits
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.hdl.component import Component
from neuroloom.hdl.imc.pixel_writer import PixelWriter
from neuroloom.hdl.imc.row_reader import RowReader
from neuroloom.hdl.memories.table import table
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.parts import output_free, register


class InputMemory(Component[InputMemorySpec]):
    """``lead`` is how many lines the pixel written next lies behind the window's first.

    A row is read once its newest pixel is written: that one's line is passed, or it is the line
    written now, and its row is passed. A pixel is written once the one ``kernel`` lines before,
    whose words it takes, has been read for the last time: that one lies before the window, or in
    its first line, above the row that is read now. ``lead`` is never more than that bound.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        m.submodules.writer = writer = PixelWriter(spec)
        m.submodules.reader = reader = RowReader(spec)
        m.submodules.storage = storage = written_first(
            unsigned(spec.stored_bits), spec.memory.words
        )
        write = storage.write_port(granularity=spec.granule)
        read = storage.read_port()
        pixels, rows = self.pixels, self.rows
        room, there = self._interlock(m, writer, reader)
        free = output_free(rows)
        reading = reader.step & reader.inside
        wanted = reading
        if spec.mapping is Mapping.PLIP:
            # a word written now is a pixel of padding to the reader: synthesis need not settle it
            wanted = reading & ~(writer.step & (read.addr == write.addr))
        m.d.comb += [
            writer.step.eq(pixels.valid & room),
            writer.pixel.eq(pixels.payload.values),
            pixels.ready.eq(writer.taken),
            write.addr.eq(writer.address),
            write.data.eq(writer.word),
            write.en.eq(Mux(writer.step, writer.mask, 0)),
            reader.step.eq(free & there),
            read.addr.eq(reader.address),
            read.en.eq(wanted),
        ]
        # a register that would be high from the first row on is left out
        complete = Signal(init=spec.until_values == 1)
        last = Signal(init=len(spec.schedule.reads) == 1)
        m.d.comb += [rows.payload.complete.eq(complete), rows.payload.last.eq(last)]
        with m.If(free):
            m.d.sync += rows.valid.eq(reader.row_ends)
        with m.If(reader.row_ends):
            m.d.sync += [complete.eq(reader.complete), last.eq(reader.image_ends)]
        kept = Signal((spec.most_reads - 1) * spec.word_bits)
        with m.If(reading):
            m.d.sync += kept.eq(Cat(kept, self._whole(read.data))[spec.word_bits :])
        window = Cat(kept, read.data)
        m.d.comb += rows.payload.values.eq(self._row(m, window, reader))
        return m

    def _whole(self, word: Value) -> Value:
        return Cat(word, Signal(self.spec.word_bits - len(word)))

    def _interlock(
        self, m: Module, writer: PixelWriter, reader: RowReader
    ) -> tuple[Signal, Signal]:
        """Whether there is room for the next pixel, and whether the next row's pixels are there."""
        spec, across = self.spec, self.spec.schedule.windows_across
        least, most = spec.lead_range
        lead = Signal(Shape(lead_bits(least, most), least < 0), init=spec.padding)
        newest = Signal(range(spec.kernel))
        oldest = Signal(range(spec.padding + 1))
        room, there = Signal(name="room"), Signal(name="there")
        corners = [number * spec.stride - spec.padding for number in range(across)]
        behind = [min(spec.kernel, spec.lines - corner) - 1 for corner in corners]
        m.d.comb += newest.eq(table(reader.across, behind))
        m.d.comb += oldest.eq(table(reader.across, [max(0, -corner) for corner in corners]))
        bound = Signal(range(spec.kernel + spec.padding + 1))
        first = Signal(range(spec.line))
        m.d.comb += [
            bound.eq(oldest + spec.kernel),
            first.eq(Mux(oldest == 0, reader.row, 0)),
            there.eq((lead > newest) | ((lead == newest) & (writer.row > reader.row))),
            room.eq((lead != bound) | (writer.row < first)),
        ]
        moved = Mux(reader.image_ends, spec.line_end, Mux(reader.line_ends, spec.stride, 0))
        m.d.sync += lead.eq(lead + writer.line_ends - moved)
        return room, there

    def _row(self, m: Module, window: Value, reader: RowReader) -> Value:
        """The pixels of a row from the words read last, zeros where they are padding."""
        spec, mapped = self.spec, self.spec.memory
        alignment = register(m, reader.alignment, reader.row_ends, "alignment")
        turn = register(m, reader.turn, reader.row_ends, "turn")
        laid = Signal(spec.kernel * mapped.pixel_pitch)
        with m.Switch(alignment):
            for row in range(spec.row_alignments):
                skipped = (spec.most_reads - int(mapped.reads[row])) * spec.word_bits
                with m.Case(row):
                    m.d.comb += laid.eq(window[skipped + int(mapped.offsets[row, 0]) :])
        pixels = Cat(
            laid[place * mapped.pixel_pitch :][: spec.pixel_bits] for place in range(spec.kernel)
        )
        if spec.mapping is Mapping.PLIP:
            turned = pixels
        else:
            turned = Signal(spec.kernel * spec.pixel_bits)
            with m.Switch(turn):
                for number, place in enumerate(spec.turns):
                    with m.Case(number):
                        m.d.comb += turned.eq(pixels.rotate_right(place * spec.pixel_bits))
        masks = self._masks(m, reader)
        return Cat(
            Mux(masks[spec.outside(pixel)], 0, turned.word_select(pixel, spec.pixel_bits))
            for pixel in range(spec.kernel)
        )

    def _masks(self, m: Module, reader: RowReader) -> dict[tuple[bool, ...], Value]:
        """Whether a pixel is padding, by when it is so."""
        spec = self.spec
        found: dict[tuple[bool, ...], Value] = {
            spec.outside(pixel): Value.cast(0 if not spec.padding else 1)
            for pixel in range(spec.kernel)
        }
        for number, kind in enumerate(spec.masks):
            padding = ~reader.inside | table(reader.across, kind)
            found[kind] = register(m, padding, reader.row_ends, f"padding_{number}", 1)
        return found
