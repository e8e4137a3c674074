"""Sliding window over pixels in raster order."""

from typing import Any

from amaranth.hdl import Module, Mux, Shape, Signal, Value, signed, unsigned

from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.hdl.component import Component
from neuroloom.hdl.memory_contents import written_first
from neuroloom.hdl.parts import counter, handed_over, output_free, register


class SlidingWindow(Component[SlidingWindowSpec]):
    """Reads a token of a window a cycle from a ring of the last pixels.

    ``place`` is the token's place in its image, were the padding around it, too, taken from the
    same raster. It is read once it was written: ``written`` counts the tokens of this image and of
    those after it. A token is written while fewer than ``depth`` lie behind the first that the
    window still needs. An image begins with its first token, even if its first window has padding
    there.

    ::

        accept, while there is room     pixels -> ring      written + 1, write.addr + 1
        step, where place < written     ring -> windows     place and address + move
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        place = Signal(Shape(spec.place_bits, spec.padding > 0), init=spec.first_corner)
        written = Signal(Shape(spec.written_bits, spec.unread > 0))
        step = Signal()
        accept = Signal()
        ends, outside = self._position(m, step)
        of_row, of_window, of_windows, of_image = ends

        # where the next token lies: places in the image, so that one subtraction tells how many
        # tokens are kept
        moves = list(zip([of_image, of_windows, of_window, of_row, 1], spec.moves, strict=True))
        following = Signal(signed(spec.place_bits + 1))
        m.d.comb += following.eq(Mux(of_image, spec.first_corner, place + self._move(moves[1:])))
        with m.If(step):
            m.d.sync += place.eq(following)
        corner = place
        if spec.corner_held:
            corner = Signal.like(place, name="corner")
            with m.If(step & of_window):
                m.d.sync += corner.eq(following)

        # the memory: its address moves as the place does, modulo a depth of any size
        windows, pixels = self.windows, self.pixels
        m.submodules.storage = storage = written_first(unsigned(spec.simd), spec.depth)
        write = storage.write_port()
        read = storage.read_port()
        with m.If(accept):
            m.d.sync += write.addr.eq(self._wrapped(m, write.addr + 1, "write_next"))
        m.d.comb += [write.data.eq(pixels.payload.bits), write.en.eq(accept), read.en.eq(step)]
        address = Signal(range(spec.depth), init=spec.first_corner % spec.depth)
        jump = Signal(range(spec.depth))
        m.d.comb += jump.eq(self._move([(when, by % spec.depth) for when, by in moves]))
        with m.If(step):
            m.d.sync += address.eq(self._wrapped(m, address + jump, "read_next"))
        m.d.comb += read.addr.eq(address)

        # what is there, and what there is room for: padding waits for the image's first token only,
        # and a corner before that token keeps nothing
        needed = Signal.like(place)
        oldest = Signal.like(place)
        there = Signal()
        m.d.comb += [
            needed.eq(Mux(outside, 0, place)),
            there.eq(needed < written),
            oldest.eq(Mux(corner < 0, 0, corner)),
            pixels.ready.eq(written - oldest < spec.depth),
            accept.eq(handed_over(pixels)),
        ]
        m.d.sync += written.eq(written + accept - Mux(step & of_image, spec.pixel_tokens, 0))

        free = output_free(windows)
        m.d.comb += step.eq(free & there)
        with m.If(free):
            m.d.sync += windows.valid.eq(there)
        m.d.comb += windows.payload.bits.eq(read.data)
        if spec.padding:
            with m.If(register(m, outside, step, "around")):
                m.d.comb += windows.payload.bits.eq(-spec.padding_bit)
        return m

    def _position(self, m: Module, step: Value) -> tuple[list[Value], Value]:
        """Parts of an image that end with the token read, and whether it is padding.

        The parts: a row of a window, the window, a row of windows, the image.
        """
        spec = self.spec
        fold = Signal(range(spec.folds))
        kernel_column = Signal(range(spec.kernel))
        kernel_row = Signal(range(spec.kernel))
        column = Signal(range(spec.columns))
        row = Signal(range(spec.rows))
        ends: list[Value] = []
        ended: Value = Value.cast(1)
        for name, position, count in (
            ("pixel", fold, spec.folds),
            ("row", kernel_column, spec.kernel),
            ("window", kernel_row, spec.kernel),
            ("windows", column, spec.columns),
            ("image", row, spec.rows),
        ):
            counter(m, position, step & ended, position == count - 1)
            end = Signal(name=f"end_of_{name}")
            m.d.comb += end.eq(ended & (position == count - 1))
            ends.append(end)
            ended = end
        if not spec.padding:
            return ends[1:], Value.cast(0)
        outside = Signal()
        beyond = [
            (at < spec.padding) | (at >= extent + spec.padding)
            for at, extent in (
                (column * spec.stride + kernel_column, spec.width),
                (row * spec.stride + kernel_row, spec.height),
            )
        ]
        m.d.comb += outside.eq(beyond[0] | beyond[1])
        return ends[1:], outside

    def _move(self, moves: list[tuple[Any, int]]) -> Value:
        """How far the first of ``moves`` whose condition holds goes."""
        (condition, by), *others = moves
        return Mux(condition, by, self._move(others)) if others else Value.cast(by)

    def _wrapped(self, m: Module, exact: Value, name: str) -> Value:
        """An address up to twice the depth of the memory, brought back below it."""
        total = Signal(exact.shape(), name=name)
        m.d.comb += total.eq(exact)
        return Mux(total >= self.spec.depth, total - self.spec.depth, total)
