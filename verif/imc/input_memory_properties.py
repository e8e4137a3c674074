"""What is proved of ``input_memory``: no pixel is overwritten too early, none is read too soon."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed

from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.hdl.imc.input_memory import InputMemory
from neuroloom.hdl.memories.table import table
from neuroloom.verif.formal import Fault, Proof, Properties, implies


class InputMemoryProperties(Properties[InputMemorySpec]):
    """Any pixel is followed from the cycle in which it is taken through all rows that hold it."""

    most_bits = 30

    def state(self, proof: Proof, component: Any) -> None:
        spec, m, reads = self.spec, proof.m, self.spec.schedule.reads
        pixels, rows = component.pixels, component.rows
        count = spec.schedule.pixels
        row = Signal(range(len(reads)), name="row_number")
        written = Signal(signed((4 * count).bit_length() + 1), name="pixels_written")
        taken, given, last = Signal(name="taken"), Signal(name="given"), Signal(name="last_row")
        m.d.comb += [
            taken.eq(pixels.valid & pixels.ready),
            given.eq(rows.valid & rows.ready),
            last.eq(row == len(reads) - 1),
        ]
        m.d.sync += written.eq(written + taken - Mux(given & last, count, 0))
        with m.If(given):
            m.d.sync += row.eq(Mux(last, 0, row + 1))

        needed = table(row, [read.needed for read in reads])
        proof.always(
            "written",
            "a row is shown only when its newest pixel has been taken",
            implies(rows.valid, written > needed),
        )
        # the row shown has been read: what it was the last to need may go
        oldest = [read.oldest for read in reads]
        following = [*oldest[1:], count]
        reach = Mux(rows.valid, table(row, following), table(row, oldest))
        proof.always(
            "room",
            "a pixel is taken only when the one in its place is not needed",
            written <= reach + spec.kernel * spec.line,
        )
        proof.always(
            "marks",
            "rows that make windows are told, and the last one of an image",
            implies(
                rows.valid,
                (rows.payload.last == last)
                & (rows.payload.complete == table(row, [read.complete for read in reads])),
            ),
        )
        self._pixels(proof, rows, row, taken, given & last, pixels.payload.values)
        proof.at_most(
            "moves",
            "while pixels are offered and rows accepted something moves every few cycles",
            counted=pixels.valid & rows.ready,
            cleared=taken | given,
            limit=self._patience,
        )
        proof.can("through", "a pixel is taken while a row leaves", taken & given)
        again = Signal(name="image_given")
        with m.If(given & last):
            m.d.sync += again.eq(1)
        proof.can("second", "a row of a second image leaves", given & again)

    @property
    def _patience(self) -> int:
        """A pixel, a row and the rows of padding between."""
        spec = self.spec
        return spec.most_writes + spec.most_reads + 2 * spec.padding + 1

    def _pixels(
        self, proof: Proof, rows: Any, row: Value, taken: Value, image_ends: Value, came: Value
    ) -> None:
        """Pixels of rows are those that came, and zeros around."""
        m, count = proof.m, self.spec.schedule.pixels
        watched = proof.constant("watched", range(count))
        chosen = proof.anything("chosen", 1)
        place = Signal(range(count), name="place_taken")
        ahead = Signal(range(4), name="images_ahead")
        followed = Signal(name="followed")
        value = Signal(self.spec.pixel_bits, name="value_followed")
        lag = Signal(range(4), name="lag_followed")
        full = place == count - 1
        m.d.sync += ahead.eq(ahead + (taken & full) - image_ends)
        with m.If(taken):
            m.d.sync += place.eq(Mux(full, 0, place + 1))
        with m.If(~followed & taken & chosen & (place == watched)):
            m.d.sync += [followed.eq(1), value.eq(Value.cast(came)), lag.eq(ahead - image_ends)]
        with m.Elif(followed & image_ends):
            m.d.sync += [followed.eq(lag != 0), lag.eq(lag - 1)]
        shown = followed & rows.valid & (lag == 0)
        kept: list[Value] = [C(1)]
        zero: list[Value] = [C(1)]
        whole = Value.cast(rows.payload.values)
        for pixel in range(self.spec.kernel):
            given = whole.word_select(pixel, self.spec.pixel_bits)
            places = self._places(pixel)
            kept.append(
                implies(
                    shown & (table(row, places) == watched) & self._inside(row, places),
                    given == value,
                )
            )
            zero.append(implies(rows.valid & ~self._inside(row, places), given == 0))
        proof.always("kept", "a row holds every pixel as it came", Cat(kept).all())
        if self.spec.padding:
            proof.always("zero", "pixels around the image are zero", Cat(zero).all())

    def _places(self, pixel: int) -> list[int]:
        """Number of the image's pixel that each row has there; -1 where it is padding."""
        schedule, line = self.spec.schedule, self.spec.line
        places = []
        for number, read in enumerate(schedule.reads):
            across = number // schedule.rows * schedule.stride - schedule.padding + pixel
            inside = 0 <= read.row < line and 0 <= across < schedule.columns
            places.append(across * line + read.row if inside else -1)
        return places

    def _inside(self, row: Value, places: list[int]) -> Value:
        return table(row, [place >= 0 for place in places])

    def faults(self) -> list[Fault]:
        def inverted(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.rows.payload.values.eq(~inner.rows.payload.values)

        def unmarked(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.rows.payload.last.eq(~inner.rows.payload.last)

        def shut(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.pixels.valid.eq(0), outer.pixels.ready.eq(0)]

        def filled(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.rows.payload.values.eq(~0)

        around = Fault("filled", "padding is one", self.tampered(filled), ("zero",))
        return [
            *([around] if self.spec.padding else []),
            Fault(
                "overwriting",
                "pixels are written whatever is still needed",
                self._careless(room=True),
                ("room",),
            ),
            Fault(
                "hasty",
                "rows are read whatever has been written",
                self._careless(room=False),
                ("written",),
            ),
            Fault("inverted", "pixels come out inverted", self.tampered(inverted), ("kept",)),
            Fault("unmarked", "the last row is told wrong", self.tampered(unmarked), ("marks",)),
            Fault("shut", "no pixel is taken", self.tampered(shut), ("moves",)),
        ]

    def _careless(self, room: bool) -> Callable[[], InputMemory]:
        return lambda: Careless(self.spec, room)

    @classmethod
    def small_specs(cls) -> list[InputMemorySpec]:
        def spec(height: int, width: int, **others: Any) -> InputMemorySpec:
            fields = {"height": height, "width": width, "channels": 1, "bits": 1, "word_bits": 1}
            return InputMemorySpec.model_validate({**fields, "kernel": 2, **others})

        return [
            spec(2, 2, channels=2, word_bits=2),
            spec(1, 2, mapping=Mapping.IWAP, word_bits=3, padding=1, stride=2),
            spec(2, 2, mapping=Mapping.KLIP, word_bits=2, order=Order.ROWS),
        ]


class Careless(InputMemory):
    """An input memory that does not wait with writing or, without ``room``, with reading."""

    def __init__(self, spec: InputMemorySpec, room: bool) -> None:
        super().__init__(spec)
        self.careless_room = room

    def _interlock(self, m: Module, writer: Any, reader: Any) -> tuple[Any, Any]:
        room, there = super()._interlock(m, writer, reader)
        return (C(1), there) if self.careless_room else (room, C(1))
