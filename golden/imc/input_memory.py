"""Input memory of a convolutional layer: pixels become the rows of its windows."""

from enum import StrEnum
from functools import cached_property
from math import gcd
from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.contract import Contract, Variation
from neuroloom.golden.imc.input_memory_inventory import input_memory_inventory
from neuroloom.golden.imc.memory_mapping import Mapping, MemoryMapping
from neuroloom.golden.imc.row_schedule import RowSchedule
from neuroloom.golden.inventory import Inventory, index_bits
from neuroloom.golden.ports import Field, Integers, Stream, Traffic, count
from neuroloom.golden.spec import Model, Spec

MOST_PIXELS = 1 << 14
"""Largest image [pixel], so that its schedule is found in a moment."""


class Order(StrEnum):
    """Order in which the pixels of an image come."""

    COLUMNS = "columns"
    """Column after column, each from its top: x of the paper is fastest."""
    ROWS = "rows"
    """Row after row, as images are scanned."""


class InputMemorySpec(Spec):
    """Parameters of ``input_memory``.

    A *line* is a column of the image, or one of its rows where they come in that order.
    """

    macro: ClassVar[str] = "input_memory"
    summary: ClassVar[str] = "SRAM of a few columns of pixels, read as rows of windows"
    """SRAM of the columns of pixels that a convolution needs: three mappings, masks, any widths;
    rows of windows out
    """
    source: ClassVar[str] = "Dazzi et al. 2021, sections 2.3 and 2.4.2, Algorithm 2"

    height: int = Parameter(default=8, ge=1, le=256, description="rows of an image [pixel]")
    width: int = Parameter(default=8, ge=1, le=256, description="columns of an image [pixel]")
    channels: int = Parameter(default=16, ge=1, le=1024, description="channels of a pixel")
    bits: int = Parameter(default=8, ge=1, le=32, description="width of a channel [bit]")
    kernel: int = Parameter(default=3, ge=1, le=7, description="rows and columns of a window")
    stride: int = Parameter(default=1, ge=1, le=4, description="pixels from window to window")
    padding: int = Parameter(default=0, ge=0, le=6, description="zero pixels around an image")
    order: Order = Parameter(default=Order.COLUMNS, description="order of the pixels")
    mapping: Mapping = Parameter(
        default=Mapping.PLIP, description="what is aligned to words: nothing, rows, pixels"
    )
    word_bits: int = Parameter(
        default=128, ge=1, le=1024, description="width of a word of the memory [bit]"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
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
        if self.height * self.width > MOST_PIXELS:
            raise ValueError(
                f"an image of {self.height * self.width} pixels is too large: at most {MOST_PIXELS}"
            )
        return self

    @property
    def line(self) -> int:
        """Pixels of a line."""
        return self.height if self.order is Order.COLUMNS else self.width

    @property
    def lines(self) -> int:
        """Lines of an image."""
        return self.width if self.order is Order.COLUMNS else self.height

    @property
    def pixel_bits(self) -> int:
        return self.channels * self.bits

    @cached_property
    def memory(self) -> MemoryMapping:
        """Places of the pixels of ``kernel`` lines."""
        return MemoryMapping(self.mapping, self.pixel_bits, self.word_bits, self.kernel, self.line)

    @cached_property
    def schedule(self) -> RowSchedule:
        return RowSchedule(self.line, self.lines, self.stride, self.padding, self.memory)

    @property
    def stored_bits(self) -> int:
        """Bits of a word that ever hold a pixel: fewer than a word where one pixel is less."""
        memory = self.memory
        if (memory.writes > 1).any():
            return self.word_bits
        return int(memory.offsets.max()) + self.pixel_bits

    @property
    def granule(self) -> int:
        """Bits that are written together."""
        return gcd(self.pixel_bits, self.word_bits) if self.memory.masked else self.stored_bits

    @property
    def most_writes(self) -> int:
        """Words of a pixel."""
        return int(self.memory.writes.max())

    @property
    def pixel_alignments(self) -> int:
        """Pixels, counted along the rows of the memory, until one begins as the first did."""
        pitch = gcd(self.memory.pixel_pitch, self.word_bits)
        return min(self.word_bits // pitch, self.line * self.kernel)

    @property
    def aligned_by_place(self) -> bool:
        """Whether a pixel's place alone tells where in its word it begins."""
        return self.mapping is not Mapping.IWAP or self.kernel % self.pixel_alignments == 0

    @property
    def address_still(self) -> int:
        """Low bits of the address written that the place of the line alone tells."""
        steps = np.unique(np.diff(self.memory.first_words, axis=0)).tolist()
        moves = [1] if self.most_writes > 1 else steps
        return min(_trailing_zeros(gcd(*moves)), index_bits(self.memory.words))

    @property
    def alignment_still(self) -> int:
        """Low bits of the number of a pixel's alignment that the place of the line alone tells."""
        return _trailing_zeros(gcd(self.kernel, self.pixel_alignments))

    @property
    def rows_stored(self) -> int:
        """Rows that are read from the memory."""
        return min(self.line, self.schedule.rows - self.padding)

    @property
    def words_read(self) -> int:
        """Words of those rows, from the first of all."""
        return int(self.memory.last_words[self.rows_stored - 1, -1]) + 1

    @property
    def most_reads(self) -> int:
        """Words of a row."""
        return int(self.memory.reads[: self.rows_stored].max())

    @property
    def row_alignments(self) -> int:
        """Rows until one begins in its word as the first did."""
        row_pitch = self.memory.row_pitch
        return min(self.word_bits // gcd(row_pitch, self.word_bits), self.rows_stored)

    @property
    def line_end(self) -> int:
        """Lines that the first of the window moves at the end of an image."""
        return self.lines - (self.schedule.windows_across - 1) * self.stride

    @property
    def turns(self) -> tuple[int, ...]:
        """Places at which the window's first line can lie, in the order of :meth:`turn_after`."""
        moves = [self.line_end]
        if self.schedule.windows_across > 1:
            moves.append(self.stride)
        apart = gcd(self.kernel, *moves)
        first = -self.padding % self.kernel
        return tuple((first + turn) % self.kernel for turn in range(0, self.kernel, apart))

    def turn_after(self, turn: int, lines: int) -> int:
        """Number of the turn that follows when the window moves by ``lines``."""
        return self.turns.index((self.turns[turn] + lines) % self.kernel)

    def outside(self, pixel: int) -> tuple[bool, ...]:
        """Whether that pixel of the rows is padding, for every column of windows."""
        lines = np.arange(self.schedule.windows_across) * self.stride - self.padding + pixel
        return tuple(((lines < 0) | (lines >= self.lines)).tolist())

    @property
    def masks(self) -> tuple[tuple[bool, ...], ...]:
        """What :meth:`outside` tells of pixels that are padding here or there, each kind once."""
        if not self.padding:
            return ()
        kinds = dict.fromkeys(self.outside(pixel) for pixel in range(self.kernel))
        return tuple(kind for kind in kinds if not all(kind))

    @property
    def until_values(self) -> int:
        """Values of the count of rows until a window is complete."""
        return max(self.kernel, self.stride if self.schedule.windows_along > 1 else 1)

    @property
    def lead_range(self) -> tuple[int, int]:
        """How many lines the pixel written may lie behind the first of the window, at least and
        at most.
        """
        schedule = self.schedule
        newest = (
            min(
                self.kernel, self.lines - (schedule.windows_across - 1) * self.stride + self.padding
            )
            - 1
        )
        least = min(self.padding, newest - self.line_end, self.kernel - 1 - self.stride)
        return least, self.kernel + self.padding

    @property
    def row_field(self) -> Field:
        lanes = self.kernel * self.channels
        return Field("values", self.bits, "channels in order, pixel after pixel", lanes=lanes)

    @property
    def streams(self) -> tuple[Stream, ...]:
        pixel = Field("values", self.bits, "channels in order", lanes=self.channels)
        complete = Field("complete", 1, "1: with the rows before it the row makes a window")
        last = Field("last", 1, "1: the last row of an image")
        return (
            Stream("pixels", "in", (pixel,), "in the order of the lines"),
            Stream(
                "rows",
                "out",
                (self.row_field, complete, last),
                "of windows, across the lines; those of a column of windows in order",
            ),
        )

    @cached_property
    def _intervals(self) -> tuple[int, ...]:
        """Cycles from image to image, over a turn of the memory and what comes before it."""
        return tuple(np.diff(self.schedule.deliveries(2 * self.kernel + 3)).tolist())

    @property
    def contract(self) -> Contract:
        schedule = self.schedule
        varies = "where in the words of the memory the pixels of an image begin"
        intervals = self._intervals
        return Contract(
            "image",
            {"pixels": schedule.pixels},
            {"rows": len(schedule.reads)},
            latency=int(schedule.deliveries(1)[0]),
            interval=max(intervals),
            varies=varies if len(set(intervals)) > 1 else "",
            room={"pixels": schedule.taken(1)},
        )

    def variation(self, sent: Traffic, got: Traffic) -> Variation | None:
        contract = self.contract
        if not contract.varies:
            return None
        images = count(sent["pixels"]) // self.schedule.pixels
        busy = np.diff(self.schedule.deliveries(images), prepend=0)
        return Variation(np.concatenate([[contract.interval], busy[1:]])[:images], {})

    @property
    def inventory(self) -> Inventory:
        return input_memory_inventory(self)

    def model(self) -> "InputMemoryModel":
        return InputMemoryModel(self)


def _trailing_zeros(value: int) -> int:
    """Zeros below the lowest one; of zero as many as one likes."""
    return (value & -value).bit_length() - 1 if value else 64


class InputMemoryModel(Model[InputMemorySpec]):
    """``row[l, k] = line[l·stride - padding … + kernel - 1][k - padding]`` for every column l of
    windows and every row k in it; zeros where that lies outside.
    """

    def run(self, traffic: Traffic) -> Traffic:
        spec, schedule = self.spec, self.spec.schedule
        tokens = self.operations("pixels", np.asarray(traffic["pixels"]["values"]))
        images = tokens.reshape(-1, spec.lines, spec.line, spec.channels)
        rows = self.rows(images).reshape(-1, spec.kernel * spec.channels)
        complete = [read.complete for read in schedule.reads]
        last = np.arange(len(complete)) == len(complete) - 1
        return {
            "rows": {
                "values": rows,
                "complete": np.tile(np.array(complete, np.int64), len(images)),
                "last": np.tile(last.astype(np.int64), len(images)),
            }
        }

    def rows(self, images: Integers) -> Integers:
        """Pixels (images, lines, line, channels) to rows (images, windows, rows, kernel,
        channels), windows counted across the lines.
        """
        spec, schedule = self.spec, self.spec.schedule
        border = (spec.padding, spec.padding)
        padded = np.pad(images, ((0, 0), border, border, (0, 0)))
        span = spec.stride * schedule.windows_across
        taps = [
            padded[:, tap : tap + span : spec.stride, : schedule.rows] for tap in range(spec.kernel)
        ]
        return np.stack(taps, axis=3)
