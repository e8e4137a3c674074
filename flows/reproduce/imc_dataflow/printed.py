"""What Dazzi et al. 2021 print of ResNet-32 on in-memory-computing cores."""

from dataclasses import dataclass
from typing import NamedTuple

from neuroloom.flows.reports.figures import Printed

PAPER = "Dazzi et al. 2021, Front. Comput. Neurosci. 15:674154, doi:10.3389/fncom.2021.674154"

ROWS_OF_20_REPLICAS = {
    1: Printed(1056, "Section 2.2.3, paragraph 3"),
    5: Printed(672, "Section 2.2.3, paragraph 3"),
}
"""Rows by ΔW."""
LEAST_ASPECT_RATIO = Printed(3, "Section 2.2.3, paragraph 3")
"""What the aspect ratio tends to with ΔW = 1."""
ASPECT_RATIO_OF_METHOD_2 = Printed(2, "Section 2.2.3, paragraph 3")
"""What it stays around by Method 2, read off Fig. 6."""
CORES = Printed(43, "Section 3.1.1, paragraph 1")
BANDWIDTH = Printed(4.5, "Section 3.1.4, paragraph 1")
"""[Gbit/s]"""
MEMORY_OF_THE_FIRST_LAYER = Printed(0.28, "Section 3.1.2, paragraph 1")
MEMORY = Printed(1.5, "Section 3.1.2, paragraph 1")
"""Size of the input memory of all other layers [KB of 1,024 bytes]."""
LATENCY = Printed(1628, "Section 3.1.3, paragraph 2")
LATENCY_REPLICATED = Printed(526, "Section 3.1.4, paragraph 1")
"""[timestep]"""
SPEED_UP = Printed(3.1, "Section 3.1.4, paragraph 1")
LATENCY_US = Printed(161.8, "Section 3.1.3, paragraph 2")
THROUGHPUT = Printed(9650, "Section 3.1.3, paragraph 2")
THROUGHPUT_REPLICATED = Printed(38600, "Section 3.1.4, paragraph 1")
"""[image/s], the second of a batch."""
BATCH = Printed(100, "Section 3.1.4, paragraph 1")
"""Images of it."""

SLOPE = Printed(1, "Section 3.1.3, paragraph 1")
"""Slope of a layer without stride, one pixel a timestep [activation/timestep]."""
SLOPE_BY_A_STRIDE = Printed(1 / 4, "Section 3.1.3, paragraph 1")
SLOPE_BY_TWO_STRIDES = Printed(1 / 16, "Section 3.1.3, paragraph 1")
SLOPE_OF_THE_FIRST_GROUP = Printed(4, "Section 3.1.4, paragraph 1")
SLOPE_OF_THE_SECOND_GROUP = Printed(2, "Section 3.1.4, paragraph 1")
SLOPES_OF_THE_THIRD_GROUP = (
    Printed(1 / 4, "Section 3.1.4, paragraph 1"),
    Printed(1 / 2, "Section 3.1.4, paragraph 1"),
    Printed(1, "Section 3.1.4, paragraph 1"),
)
"""Slopes at 4/2/1: while the first group computes, while the second one does, and after both."""
CROSSBAR = Printed(256, "Section 3.1, paragraph 1")
"""Rows and columns."""
TIMESTEP_NS = Printed(100, "Section 3.1.3, paragraph 2")
TOPS = Printed(1.008, "Section 3.2, paragraph 4")


CONTROLLER_MM2, SRAM_MM2 = Printed(0.0132, "Table 3"), Printed(0.0091, "Table 3")
NODE = Printed(14, "Table 3")
"""[nm]"""
VOLTAGE = Printed(0.8, "Section 3.2, paragraph 2")
CLOCK_MHZ = Printed(500, "Section 3.2, paragraph 2")
WORD_BITS = Printed(128, "Section 3.1.2, paragraph 1")
"""Width of a word of the SRAM [bit]."""
WORDS = Printed(512, "Section 3.1.2, paragraph 1")


@dataclass(frozen=True)
class PrintedPower:
    """A row of Table 4 [mW]."""

    internal: Printed
    switching: Printed
    leakage: Printed
    total: Printed


def _power(row: str, *values: float) -> PrintedPower:
    return PrintedPower(*(Printed(value, f"Table 4, {row}") for value in values))


SEQUENTIAL = _power("sequential", 4.052, 0.3429, 0.06095, 4.455)
SRAM = _power("SRAM macro", 2.548, 0.03460, 0.02155, 2.604)
COMBINATIONAL = _power("combinational", 0.5563, 1.625, 0.04357, 2.225)
CLOCK_NETWORK = _power("clock", 0.1884, 1.071, 0.001539, 1.261)
POWER_MW = Printed(10.54, "Table 4")
"""Power of all four [mW]."""


class PrintedLayers(NamedTuple):
    """Row of Table 2."""

    label: str
    names: tuple[str, ...]
    stride: Printed
    inputs: Printed
    outputs: Printed
    rows: Printed
    columns: Printed
    pixel_bits: Printed


def _layers(label: str, *values: float) -> PrintedLayers:
    """A row by its label: one layer, or all from the first to the last."""
    first, _, last = label.partition("/")
    names = tuple(map(str, range(int(first), int(last) + 1))) if last else (first,)
    places = [f"Table 2, {label}, {column}" for column in PrintedLayers._fields[2:]]
    return PrintedLayers(label, names, *map(Printed, values, places))


TABLE_2 = (
    _layers("1", 1, 3, 16, 27, 16, 24),
    _layers("2/11", 1, 16, 16, 144, 16, 128),
    _layers("RS1", 2, 16, 28, 16, 28, 128),
    _layers("12", 2, 28, 28, 252, 28, 224),
    _layers("13/21", 1, 28, 28, 252, 28, 224),
    _layers("RS2", 2, 28, 56, 28, 56, 224),
    _layers("22", 2, 56, 56, 504, 56, 448),
    _layers("23/31", 2, 56, 56, 504, 56, 448),
    _layers("FC", 2, 56, 10, 56, 10, 448),
)


@dataclass(frozen=True)
class PrintedMemory:
    """Row of Table 1: sizes of the volume, its mapping, KB, empty [%], the fewest and the most
    reads and writes."""

    channels: Printed
    height: Printed
    word_bits: Printed
    mapping: str
    kilobytes: Printed
    empty: Printed
    reads: tuple[Printed, ...]
    writes: tuple[Printed, ...]


class PrintedVolume(NamedTuple):
    """Head of three rows of Table 1: channels, height and bits of a word."""

    channels: Printed
    height: Printed
    word_bits: Printed


def _volume(channels: int, height: int, word_bits: int) -> PrintedVolume:
    place = f"Table 1, N = {channels} WL = {word_bits}"
    return PrintedVolume(
        Printed(channels, f"{place}, N"),
        Printed(height, f"{place}, H"),
        Printed(word_bits, f"{place}, WL"),
    )


IMAGE, LAST, LAST_IN_128 = _volume(3, 32, 128), _volume(56, 8, 160), _volume(56, 8, 128)


def _memory(
    volume: PrintedVolume,
    mapping: str,
    kilobytes: float,
    empty: float,
    reads: tuple[int, ...],
    writes: tuple[int, ...],
) -> PrintedMemory:
    place = f"Table 1, N = {volume.channels:g} WL = {volume.word_bits:g} {mapping}"
    return PrintedMemory(
        *volume,
        mapping,
        Printed(kilobytes, f"{place}, memory"),
        Printed(empty, f"{place}, empty"),
        tuple(Printed(value, f"{place}, reads") for value in reads),
        tuple(Printed(value, f"{place}, writes") for value in writes),
    )


TABLE_1 = (
    _memory(IMAGE, "iwap", 0.288, 0, (1, 2), (1, 2)),
    _memory(IMAGE, "klip", 0.505, 43, (1,), (1,)),
    _memory(IMAGE, "plip", 1.523, 82.1, (3,), (1,)),
    _memory(LAST, "iwap", 1.344, 0, (9, 10), (3, 4)),
    _memory(LAST, "klip", 1.427, 5.9, (9,), (3, 4)),
    _memory(LAST, "plip", 1.436, 6.4, (9,), (3,)),
    _memory(LAST_IN_128, "iwap", 1.344, 0, (11,), (4,)),
    _memory(LAST_IN_128, "klip", 1.4, 4, (11,), (4,)),
    _memory(LAST_IN_128, "plip", 1.528, 12, (12,), (4,)),
)
