"""Sliding window: pixels in raster order become the windows of a convolution."""

from functools import cached_property
from math import gcd
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.bnn.window_schedule import WindowSchedule
from neuroloom.golden.checks import check_divides
from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    comparator,
    counter,
    index_bits,
    memory,
    register,
)
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec
from neuroloom.golden.unused import unless


class SlidingWindowSpec(Spec):
    """Parameters of ``sliding_window``."""

    macro: ClassVar[str] = "sliding_window"
    summary: ClassVar[str] = "line buffer: pixels to the windows of a convolution"
    """line buffers: pixels in raster order to the windows of a convolution, any size, stride and
    padding
    """
    source: ClassVar[str] = "sliding window unit, Umuroglu et al. 2017"

    height: int = Parameter(default=28, ge=1, le=256, description="rows of an image [pixel]")
    width: int = Parameter(default=28, ge=1, le=256, description="columns of an image [pixel]")
    channels: int = Parameter(default=16, ge=1, le=4096, description="bits a pixel [bit]")
    simd: int = Parameter(default=16, ge=1, le=4096, description="bits of a pixel at once [bit]")
    kernel: int = Parameter(default=3, ge=1, le=7, description="rows and columns of a window")
    stride: int = Parameter(default=1, ge=1, le=4, description="pixels from window to window")
    padding: int = Parameter(default=0, ge=0, le=6, description="pixels around an image")
    padding_bit: int = Parameter(
        default=0, ge=0, le=1, description="what the pixels around hold: 0 is -1, 1 is +1"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_divides("simd", self.simd, self.channels, "channels of a pixel")
        if self.padding >= self.kernel:
            raise ValueError(
                f"padding={self.padding} makes windows of padding alone: it is less than "
                f"kernel={self.kernel}"
            )
        least = min(self.height, self.width) + 2 * self.padding
        if self.kernel > least:
            raise ValueError(
                f"kernel={self.kernel} is more than the {least} pixels of the padded image"
            )
        return self

    @property
    def folds(self) -> int:
        """Tokens of ``simd`` bits in a pixel."""
        return self.channels // self.simd

    @property
    def pixel_tokens(self) -> int:
        """Tokens of an image."""
        return self.height * self.width * self.folds

    @property
    def rows(self) -> int:
        """Rows of windows."""
        return (self.height + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def columns(self) -> int:
        """Windows in a row."""
        return (self.width + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def window_inputs(self) -> int:
        """Bits of a window: the inputs of the layer behind it."""
        return self.kernel * self.kernel * self.channels

    @property
    def window_tokens(self) -> int:
        """Tokens of a window."""
        return self.kernel * self.kernel * self.folds

    @property
    def first_corner(self) -> int:
        """Place of an image's first window among its tokens, were the padding tokens, too."""
        return -(self.padding * self.width + self.padding) * self.folds

    @property
    def last_place(self) -> int:
        """Place of the last token of an image's last window."""
        row = (self.rows - 1) * self.stride - self.padding + self.kernel - 1
        column = (self.columns - 1) * self.stride - self.padding + self.kernel - 1
        return (row * self.width + column + 1) * self.folds - 1

    @property
    def place_bits(self) -> int:
        """Width of a place, with a sign where there is padding."""
        lowest, highest = self.first_corner, self.last_place
        return (
            max(highest.bit_length(), (-lowest - 1).bit_length()) + 1
            if lowest
            else (highest.bit_length())
        )

    @property
    def moves(self) -> tuple[int, int, int, int, int]:
        """How far the place moves at the end of an image, of a row of windows, of a window, of a
        row of the window, and within that; into an image, from one that ended at its place 0.
        """
        span = ((self.kernel - 1) * self.width + self.kernel) * self.folds
        across = self.stride * self.folds
        down = across * (self.width - self.columns + 1)
        return (
            self.first_corner + self.pixel_tokens - self.last_place,
            down - span + 1,
            across - span + 1,
            (self.width - self.kernel) * self.folds + 1,
            1,
        )

    @property
    def corner_held(self) -> bool:
        """Whether the place where the window began is kept apart."""
        return self.window_tokens > 1

    @property
    def written_bits(self) -> int:
        """Width of the count of tokens written, those of former images taken off.

        It has a sign where an image may end before its last tokens are there.
        """
        row, column = (self.rows - 1) * self.stride, (self.columns - 1) * self.stride
        corner = max(0, self.first_corner + (row * self.width + column) * self.folds)
        most = (corner + self.depth).bit_length()
        return max(most, (self.unread - 1).bit_length()) + 1 if self.unread else most

    @property
    def unread(self) -> int:
        """Tokens of an image behind the last that is in a window."""
        rows = min(self.height, (self.rows - 1) * self.stride - self.padding + self.kernel)
        columns = min(self.width, (self.columns - 1) * self.stride - self.padding + self.kernel)
        return self.pixel_tokens - ((rows - 1) * self.width + columns) * self.folds

    @cached_property
    def schedule(self) -> WindowSchedule:
        return WindowSchedule(
            self.height, self.width, self.folds, self.kernel, self.stride, self.padding
        )

    @property
    def depth(self) -> int:
        """Tokens of the memory: as few as keep the interval that of the slower stream."""
        return self.schedule.depth

    @property
    def unused(self) -> frozenset[str]:
        return unless(padding_bit=self.padding > 0)

    @property
    def streams(self) -> tuple[Stream, ...]:
        pixels = Field("bits", 1, "channels in order", lanes=self.simd)
        window = Field("bits", 1, "channels in order", lanes=self.simd)
        return (
            Stream("pixels", "in", (pixels,), "row by row, each pixel channels/simd tokens"),
            Stream("windows", "out", (window,), "each window row by row, pixel by pixel"),
        )

    @property
    def contract(self) -> Contract:
        window_tokens = self.rows * self.columns * self.window_tokens
        return Contract(
            "image",
            {"pixels": self.pixel_tokens},
            {"windows": window_tokens},
            latency=self.schedule.latency,
            interval=max(self.pixel_tokens, window_tokens),
            room={"pixels": self.depth + self._left},
        )

    @property
    def _left(self) -> int:
        """Tokens that are kept no more when the first token of an image's first window is read."""
        if self.window_tokens > 1:
            return 0
        if self.columns > 1:
            return self.stride
        return self.width * self.stride if self.rows > 1 else self.pixel_tokens

    @property
    def inventory(self) -> Inventory:
        place, address = self._moving_bits
        counters = [self.folds, self.kernel, self.kernel, self.columns, self.rows]
        position = sum((counter(values) for values in counters), Inventory())
        reads = Inventory()
        if self.rows * self.columns * self.window_tokens > 1:
            reads = register(place) + adder(place, place, place) + Inventory(multiplexers=place)
            if self.corner_held:
                reads += register(place)
        reading = register(address) + adder(address, address, address)
        wrap = comparator(address) + Inventory(half_adders=address)
        tokens = register(self.written_bits) + adder(*3 * (self.written_bits,))
        room = adder(*3 * (self.written_bits,)) + comparator(self.written_bits)
        stored = memory(self.simd, self.depth) + counter(self.depth)
        outside = Inventory()
        if self.padding:
            outside = register(1) + Inventory(gates=self.simd)
        return (
            position
            + reads
            + reading
            + wrap
            + tokens
            + room
            + stored
            + outside
            + register(1)
            + Inventory(gates=8)
        )

    @property
    def _moving_bits(self) -> tuple[int, int]:
        """Bits of the place and of the address in the memory that ever change.

        Windows of one token are apart by a stride, so that the lowest may not.
        """
        address = index_bits(self.depth)
        if self.window_tokens > 1:
            return self.place_bits, address
        image, down, across, _, _ = self.moves
        used = [down] * (self.rows > 1) + [across] * (self.columns > 1)
        still = _trailing_zeros(gcd(*used))
        if all(count % self.depth == 0 for count in (image, *used)):
            return self.place_bits - still, 0
        return self.place_bits - still, address - _trailing_zeros(gcd(image, *used, self.depth))

    def model(self) -> "SlidingWindowModel":
        return SlidingWindowModel(self)


def _trailing_zeros(value: int) -> int:
    return (value & -value).bit_length() - 1 if value else 0


class SlidingWindowModel(Model[SlidingWindowSpec]):
    """``window[y, x] = image[y·stride - padding + dy, x·stride - padding + dx]`` for all dy, dx in
    0 … kernel - 1; ``padding_bit`` where that lies outside.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        tokens = self.operations("pixels", np.asarray(traffic["pixels"]["bits"]))
        images = tokens.reshape(-1, spec.height, spec.width, spec.channels)
        return {"windows": {"bits": self.windows(images).reshape(-1, spec.simd)}}

    def windows(self, images: Integers) -> Integers:
        """Bits (batch, height, width, channels) to (batch, rows, columns, window inputs)."""
        spec = self.spec
        border = (spec.padding, spec.padding)
        padded = np.pad(images, ((0, 0), border, border, (0, 0)), constant_values=spec.padding_bit)
        rows, columns = spec.stride * spec.rows, spec.stride * spec.columns
        taps = [
            padded[:, dy : dy + rows : spec.stride, dx : dx + columns : spec.stride]
            for dy, dx in np.ndindex(spec.kernel, spec.kernel)
        ]
        return np.concatenate(taps, axis=3)
