"""What Dazzi et al. 2021 print of ResNet-32 on in-memory-computing cores."""

from dataclasses import dataclass

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
MEMORY = Printed(1.5, "Section 3.1.2, paragraph 1")
"""Size of the largest input memory [KB]."""
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

CYCLES_OF_AN_ACTIVATION = Printed(1, "Section 3.1.3, paragraph 1")
"""Inverse of the slope of a layer without stride [timestep]: equal to one."""
CYCLES_BY_A_STRIDE = Printed(4, "Section 3.1.3, paragraph 1")
CYCLES_BY_TWO_STRIDES = Printed(16, "Section 3.1.3, paragraph 1")
"""A slope of 1/4, and one of 1/16."""
SLOPE_OF_THE_FIRST_GROUP = Printed(4, "Section 3.1.4, paragraph 1")
SLOPE_OF_THE_SECOND_GROUP = Printed(2, "Section 3.1.4, paragraph 1")
SLOPE_OF_THE_THIRD_GROUP = Printed(1, "Section 3.1.4, paragraph 1")
"""[activation/timestep], 4/2/1."""
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


def _power(*values: float) -> PrintedPower:
    return PrintedPower(*(Printed(value, "Table 4") for value in values))


SEQUENTIAL = _power(4.052, 0.3429, 0.06095, 4.455)
SRAM = _power(2.548, 0.03460, 0.02155, 2.604)
COMBINATIONAL = _power(0.5563, 1.625, 0.04357, 2.225)
CLOCK_NETWORK = _power(0.1884, 1.071, 0.001539, 1.261)
POWER_MW = Printed(10.54, "Table 4")
"""Power of all four [mW]."""


@dataclass(frozen=True)
class PrintedLayers:
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
    return PrintedLayers(label, names, *(Printed(value, "Table 2") for value in values))


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


def _cells(*values: float) -> tuple[Printed, ...]:
    return tuple(Printed(value, "Table 1") for value in values)


IMAGE, LAST, LAST_IN_128 = _cells(3, 32, 128), _cells(56, 8, 160), _cells(56, 8, 128)
"""Channels, height and bits of a word."""


def _memory(
    sizes: tuple[Printed, ...],
    mapping: str,
    kilobytes: float,
    empty: float,
    reads: tuple[int, ...],
    writes: tuple[int, ...],
) -> PrintedMemory:
    channels, height, bits = sizes
    size, unused = _cells(kilobytes, empty)
    ends = _cells(*reads), _cells(*writes)
    return PrintedMemory(channels, height, bits, mapping, size, unused, *ends)


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
