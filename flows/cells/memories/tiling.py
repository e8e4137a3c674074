"""SRAM macros that together hold a memory: beside each other for its width, one after the other
for its depth.

The width is cut where that makes the sum least, by a walk over all widths; each column of bits has
macros of one kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from neuroloom.flows.cells.memories.macro import SramMacro, access_energy
from neuroloom.flows.cells.memories.names import SramAim as SramAim
from neuroloom.flows.cells.memories.needs import MemoryNeed
from neuroloom.flows.cells.memories.proofs import NeverTogether


@dataclass(frozen=True)
class MacroColumn:
    """Bits of the words that macros of one kind hold, the first of them with the lowest words."""

    low: int
    """First bit."""
    width: int
    macro: SramMacro
    rows: int
    """Macros one after the other."""


@dataclass(frozen=True)
class Tiling:
    """How macros hold a memory: columns side by side, and the whole once for each read port."""

    columns: tuple[MacroColumn, ...]
    copies: int
    one_port: bool
    """Whether reads and writes share a port, as they never come together."""
    delayed: bool
    """Whether writes wait a cycle, so that a read can be handed what waits: a macro gives nothing
    that can be relied on for a word that is written."""
    bypassed: bool
    """Whether a read is handed what is written in its cycle, or waits to be."""

    @property
    def counts(self) -> dict[str, int]:
        """Macros by name and how many there are."""
        counts: dict[str, int] = {}
        for column in self.columns:
            name = column.macro.name
            counts[name] = counts.get(name, 0) + self.copies * column.rows
        return counts

    @property
    def area(self) -> float:
        """[µm²]"""
        return sum(c.macro.area * c.rows * self.copies for c in self.columns)

    @property
    def read_pj(self) -> float:
        """Energy of a read at one port; macros that are not read rest."""
        return sum(
            c.macro.read_pj + (c.rows - 1) * c.macro.cell.ports[-1].idle for c in self.columns
        )

    @property
    def write_pj(self) -> float:
        """Energy of a write; all copies are written."""
        return self.copies * sum(
            c.macro.write_pj + (c.rows - 1) * c.macro.cell.ports[0].idle for c in self.columns
        )

    @property
    def access_ns(self) -> float:
        return max(column.macro.access_ns for column in self.columns)

    @property
    def leakage_uw(self) -> float:
        return sum(c.macro.cell.leakage * c.rows * self.copies for c in self.columns) / 1000.0


def tile(
    need: MemoryNeed, never: NeverTogether, macros: Sequence[SramMacro], aim: SramAim
) -> Tiling | None:
    """The choice of least area or of least energy an access; None where no macro will do."""
    choices = [
        _tiling(need, never, columns, one_port)
        for one_port in (True, False)
        if not one_port or never.read_and_write
        if (columns := _columns(need, _able(need, macros, one_port), aim))
    ]
    if aim is SramAim.AREA:
        return min(choices, key=lambda each: each.area, default=None)
    return min(choices, key=lambda each: (each.read_pj + each.write_pj, each.area), default=None)


def _tiling(
    need: MemoryNeed, never: NeverTogether, columns: tuple[MacroColumn, ...], one_port: bool
) -> Tiling:
    read_first = all(column.macro.family.read_first for column in columns)
    meet = not (one_port or never.same_word or need.undefined)
    delayed = meet and not need.transparent and not read_first
    return Tiling(
        columns, need.read_ports, one_port, delayed, delayed or (meet and need.transparent)
    )


def _able(need: MemoryNeed, macros: Sequence[SramMacro], one_port: bool) -> list[SramMacro]:
    """Macros whose ports and masks can do what the memory does."""
    able = [macro for macro in macros if macro.two_ports is not one_port]
    if len(need.lanes) == 1:
        return able
    return [macro for macro in able if macro.mask_bits == 1]


def _columns(
    need: MemoryNeed, macros: Sequence[SramMacro], aim: SramAim
) -> tuple[MacroColumn, ...]:
    """Columns whose costs have the least sum."""
    rows = {macro.name: -(-need.words // macro.words) for macro in macros}

    def cost(macro: SramMacro) -> tuple[float, float]:
        area = rows[macro.name] * macro.area
        idle = (rows[macro.name] - 1) * macro.cell.ports[0].idle
        return (area, 0.0) if aim is SramAim.AREA else (access_energy(macro) + idle, area)

    costs = {macro.name: cost(macro) for macro in macros}
    best: list[tuple[tuple[float, float], SramMacro | None]] = [((0.0, 0.0), None)]
    for width in range(1, need.width + 1):
        found: tuple[tuple[float, float], SramMacro | None] = ((float("inf"), 0.0), None)
        for macro in macros:
            before = best[max(0, width - macro.width)][0]
            own = costs[macro.name]
            found = min(
                found, ((before[0] + own[0], before[1] + own[1]), macro), key=lambda each: each[0]
            )
        best.append(found)
    columns, high = [], need.width
    while high:
        chosen = best[high][1]
        if chosen is None:
            return ()
        low = max(0, high - chosen.width)
        columns.append(MacroColumn(low, high - low, chosen, rows[chosen.name]))
        high = low
    return tuple(reversed(columns))
