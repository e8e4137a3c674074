"""What Dazzi et al. 2021 print of ResNet-32 on in-memory-computing cores."""

from dataclasses import dataclass

PAPER = "Dazzi et al. 2021, Front. Comput. Neurosci. 15:674154, doi:10.3389/fncom.2021.674154"

ROWS_OF_20_REPLICAS = {1: 1056, 5: 672}
"""Rows by ΔW: section 2.2.3."""
CORES = 43
BANDWIDTH = 4.5e9
"""[bit/s]"""
MEMORY_BYTES = 1500
"""Size of the largest input memory [byte]: 1.5 KB."""
LATENCY, LATENCY_REPLICATED, SPEED_UP = 1628, 526, 3.1
"""[timestep]"""
LATENCY_US = 161.8
THROUGHPUT, THROUGHPUT_REPLICATED = 9650, 38600
"""Throughput of a batch of 100 [image/s]."""
BATCH = 100

CONTROLLER_MM2, SRAM_MM2 = 0.0132, 0.0091
"""Table 3, in 14 nm."""
NODE, VOLTAGE, CLOCK_MHZ = 14, 0.8, 500
WORD_BITS, WORDS = 128, 512
"""Width of a word of the SRAM [bit], and its words."""


@dataclass(frozen=True)
class PrintedPower:
    """A row of Table 4 [mW]."""

    internal: float
    switching: float
    leakage: float
    total: float


SEQUENTIAL = PrintedPower(4.052, 0.3429, 0.06095, 4.455)
SRAM = PrintedPower(2.548, 0.03460, 0.02155, 2.604)
COMBINATIONAL = PrintedPower(0.5563, 1.625, 0.04357, 2.225)
CLOCK_NETWORK = PrintedPower(0.1884, 1.071, 0.001539, 1.261)
POWER_MW = 10.54
"""Power of all four [mW]."""


@dataclass(frozen=True)
class PrintedLayers:
    """Row of Table 2."""

    label: str
    names: tuple[str, ...]
    stride: int
    inputs: int
    outputs: int
    rows: int
    columns: int
    pixel_bits: int


def _numbered(first: int, last: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(first, last + 1))


TABLE_2 = (
    PrintedLayers("1", ("1",), 1, 3, 16, 27, 16, 24),
    PrintedLayers("2/11", _numbered(2, 11), 1, 16, 16, 144, 16, 128),
    PrintedLayers("RS1", ("RS1",), 2, 16, 28, 16, 28, 128),
    PrintedLayers("12", ("12",), 2, 28, 28, 252, 28, 224),
    PrintedLayers("13/21", _numbered(13, 21), 1, 28, 28, 252, 28, 224),
    PrintedLayers("RS2", ("RS2",), 2, 28, 56, 28, 56, 224),
    PrintedLayers("22", ("22",), 2, 56, 56, 504, 56, 448),
    PrintedLayers("23/31", _numbered(23, 31), 2, 56, 56, 504, 56, 448),
    PrintedLayers("FC", ("FC",), 2, 56, 10, 56, 10, 448),
)
