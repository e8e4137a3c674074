"""Table 1 of Dazzi et al. 2021, as printed and as the addresses give it."""

from dataclasses import dataclass

from neuroloom.flows.reports.published import UNEXPLAINED
from neuroloom.flows.reproduce.imc_dataflow.printed import TABLE_1 as TABLE_1_CELLS
from neuroloom.flows.reproduce.imc_dataflow.printed import PrintedMemory
from neuroloom.golden.imc.memory_mapping import Mapping, MemoryMapping, Metrics, metrics

KERNEL = 3
CHANNEL_BITS = 8


@dataclass(frozen=True)
class PrintedRow:
    """A row of the table; ``empty`` and ``kilobytes`` as the strings that are printed."""

    channels: int
    height: int
    word_bits: int
    mapping: Mapping
    kilobytes: str
    empty: str
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    source: PrintedMemory

    @property
    def memory(self) -> MemoryMapping:
        bits = self.channels * CHANNEL_BITS
        return MemoryMapping(self.mapping, bits, self.word_bits, KERNEL, self.height)


def _row(printed: PrintedMemory) -> PrintedRow:
    return PrintedRow(
        int(printed.channels),
        int(printed.height),
        int(printed.word_bits),
        Mapping(printed.mapping),
        f"{printed.kilobytes:g}",
        f"{printed.empty:g}",
        tuple(map(int, printed.reads)),
        tuple(map(int, printed.writes)),
        printed,
    )


TABLE_1 = tuple(map(_row, TABLE_1_CELLS))

MISPRINTS = {
    (3, 128, Mapping.PLIP, "empty"): "1.523 KB with 0.288 KB of pixels are 81.1 % empty",
    (56, 160, Mapping.KLIP, "kilobytes"): UNEXPLAINED,
}
"""Cells that no rounding explains, by channels, word length, mapping and column; and why."""

TAIL = "the paper ends with the last pixel's last bit; the memory ends with that word"


@dataclass(frozen=True)
class Difference:
    """A cell that is printed otherwise than a memory of whole words has it."""

    row: PrintedRow
    column: str
    printed: str
    ours: str
    why: str


def rounded_like(value: float, printed: str) -> str:
    """``value`` with as many decimals as ``printed``."""
    decimals = len(printed.partition(".")[2])
    return f"{value:.{decimals}f}"


def cells(row: PrintedRow, ours: Metrics) -> dict[str, tuple[str, str]]:
    """Each column of the row as printed and as found, with the decimals of the print."""
    return {
        "kilobytes": (row.kilobytes, rounded_like(ours.kilobytes, row.kilobytes)),
        "empty": (row.empty, rounded_like(ours.empty, row.empty)),
        "reads": (str(row.reads), str(ours.reads)),
        "writes": (str(row.writes), str(ours.writes)),
    }


def differences() -> list[Difference]:
    """All cells of Table 1 that are printed otherwise than memories of whole words have them."""
    different = []
    for row in TABLE_1:
        whole = cells(row, metrics(row.memory, whole_words=True))
        for column, (printed, ours) in whole.items():
            if printed == ours:
                continue
            misprint = MISPRINTS.get((row.channels, row.word_bits, row.mapping, column))
            different.append(
                Difference(row, column, printed, ours, "; ".join(filter(None, (TAIL, misprint))))
            )
    return different
