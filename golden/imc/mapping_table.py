"""Table 1 of Dazzi et al. 2021, as printed and as the addresses give it."""

from dataclasses import dataclass

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

    @property
    def memory(self) -> MemoryMapping:
        bits = self.channels * CHANNEL_BITS
        return MemoryMapping(self.mapping, bits, self.word_bits, KERNEL, self.height)


TABLE_1 = (
    PrintedRow(3, 32, 128, Mapping.IWAP, "0.288", "0", (1, 2), (1, 2)),
    PrintedRow(3, 32, 128, Mapping.KLIP, "0.505", "43", (1,), (1,)),
    PrintedRow(3, 32, 128, Mapping.PLIP, "1.523", "82.1", (3,), (1,)),
    PrintedRow(56, 8, 160, Mapping.IWAP, "1.344", "0", (9, 10), (3, 4)),
    PrintedRow(56, 8, 160, Mapping.KLIP, "1.427", "5.9", (9,), (3, 4)),
    PrintedRow(56, 8, 160, Mapping.PLIP, "1.436", "6.4", (9,), (3,)),
    PrintedRow(56, 8, 128, Mapping.IWAP, "1.344", "0", (11,), (4,)),
    PrintedRow(56, 8, 128, Mapping.KLIP, "1.4", "4", (11,), (4,)),
    PrintedRow(56, 8, 128, Mapping.PLIP, "1.528", "12", (12,), (4,)),
)

MISPRINTS = {
    (3, 128, Mapping.PLIP, "empty"): "1.523 KB with 0.288 KB of pixels are 81.1 % empty",
    (56, 160, Mapping.KLIP, "kilobytes"): "1.428 KB exactly, cut to 1.427",
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
