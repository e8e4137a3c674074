"""What an input memory consists of."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    comparator,
    counter,
    index_bits,
    memory,
    register,
)

if TYPE_CHECKING:
    from neuroloom.golden.imc.input_memory import InputMemorySpec


def input_memory_inventory(spec: "InputMemorySpec") -> Inventory:
    """The memory, what writes to it, what reads from it, and what keeps the two apart."""
    stored = memory(spec.stored_bits, spec.memory.words)
    if spec.memory.words == 1:  # in registers, and only what is read
        stored = register(2 * int(_read_bits(spec, spec.rows_stored, spec.word_bits).sum()))
    return stored + _writer(spec) + _reader(spec) + _interlock(spec) + _row(spec)


def _address(bits: int) -> Inventory:
    """A word's number that moves by a step that is chosen."""
    return register(bits) + adder(bits, bits, bits) + Inventory(multiplexers=2 * bits)


def _writer(spec: "InputMemorySpec") -> Inventory:
    """Counters of row, place and word, and the pixel put where it begins in its word."""
    counters = counter(spec.line) + counter(spec.kernel) + counter(spec.most_writes)
    address = _address(index_bits(spec.memory.words) - spec.address_still)
    ways = 1 if spec.mapping is Mapping.PLIP else spec.kernel
    if not spec.aligned_by_place:
        ways = spec.pixel_alignments
        address += _address(index_bits(ways) - spec.alignment_still)
    steering = Inventory(multiplexers=(ways * spec.most_writes - 1) * spec.stored_bits)
    return counters + address + steering


def _reader(spec: "InputMemorySpec") -> Inventory:
    """Counters of row, column of windows and word; turn, alignment, and rows until a window."""
    schedule = spec.schedule
    counters = counter(schedule.rows) + counter(schedule.windows_across)
    counters += counter(spec.most_reads)
    if spec.row_alignments < spec.rows_stored:
        counters += counter(spec.row_alignments)
    return (
        counters
        + counter(len(spec.turns))
        + counter(spec.until_values)
        + _address(index_bits(spec.words_read))
    )


def _interlock(spec: "InputMemorySpec") -> Inventory:
    """How far writing is ahead, and twice a row against another one."""
    least, most = spec.lead_range
    bits = lead_bits(least, most)
    rows = comparator(index_bits(spec.line))
    return register(bits) + adder(bits, bits, bits) + 2 * rows + Inventory(gates=8)


def lead_bits(least: int, most: int) -> int:
    if least >= 0:
        return most.bit_length()
    return max((-least - 1).bit_length(), most.bit_length()) + 1


def _row(spec: "InputMemorySpec") -> Inventory:
    """Words of a row until its last is there, how they lie, and what of them is padding."""
    schedule, turned = spec.schedule, spec.mapping is not Mapping.PLIP
    turns = len(spec.turns) if turned else 1
    shown = index_bits(turns) + index_bits(spec.row_alignments) + 1
    shown += len(spec.masks) + (spec.until_values > 1) + (len(schedule.reads) > 1)
    bits = spec.kernel * spec.pixel_bits
    ways = spec.row_alignments * turns
    selection = Inventory(multiplexers=(ways - 1) * bits, gates=bits if spec.padding else 0)
    return register(_kept_bits(spec) + shown) + selection


def _kept_bits(spec: "InputMemorySpec") -> int:
    """Bits of a row's words but the last that are looked at there or in a place further on."""
    words = spec.most_reads
    used = _read_bits(spec, spec.row_alignments, words * spec.word_bits)
    needed = np.logical_or.accumulate(used.reshape(words, spec.word_bits), axis=0)
    return int(needed[:-1].sum())


def _read_bits(spec: "InputMemorySpec", rows: int, bits: int) -> NDArray[np.bool_]:
    """Mask of a row's last ``bits``: those that are pixels in one of the first ``rows``."""
    mapped = spec.memory
    used = np.zeros(bits, bool)
    for row in range(rows):
        base = (mapped.first_words[row, 0] + mapped.reads[row]) * spec.word_bits - bits
        for place, start in enumerate(mapped.starts[row] - base):
            # by PLIP the pixels of a row are read in their order, else by place
            turns = (0,) if spec.mapping is Mapping.PLIP else spec.turns
            pixels = [(place - turn) % spec.kernel for turn in turns]
            if not all(all(spec.outside(pixel)) for pixel in pixels):
                used[start : start + spec.pixel_bits] = True
    return used
