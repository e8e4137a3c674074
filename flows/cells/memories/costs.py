"""What became of the memories of a design, for its report."""

from collections.abc import Sequence

from neuroloom.flows.cells.memories.plan import MemoryMode, MemoryUse
from neuroloom.flows.cells.memories.tiling import Tiling
from neuroloom.flows.designs.report import MemoryCost

DELAYED = "writes wait a cycle, and reads of such words are handed them"
BYPASSED = "reads of a word that is written are handed it"


def memory_cost(use: MemoryUse) -> MemoryCost:
    """A memory's row of the report."""
    need, tiling = use.need, use.tiling
    cost = MemoryCost(
        name=need.name,
        words=need.words,
        width=need.width,
        read_ports=need.read_ports,
        write_ports=need.write_ports,
        read_enable=need.read_enable,
        write_parts=len(need.lanes),
        becomes=use.mode.value,
        reason=use.reason,
    )
    if tiling is None:
        return cost
    around = DELAYED if tiling.delayed else BYPASSED if tiling.bypassed else ""
    update: dict[str, object] = {"macros": tiling.counts, "registers": around}
    if use.mode is MemoryMode.SRAM:
        update |= _figures(tiling)
    return cost.model_copy(update=update)


def _figures(tiling: Tiling) -> dict[str, object]:
    return {
        "ports": "one port" if tiling.one_port else "two ports",
        "area_um2": tiling.area,
        "access_ns": tiling.access_ns,
        "read_pj": tiling.read_pj,
        "write_pj": tiling.write_pj,
        "leakage_uw": tiling.leakage_uw,
        "corner": tiling.columns[0].macro.corner,
    }


def memory_notes(uses: Sequence[MemoryUse]) -> list[str]:
    """What is to be said besides the rows."""
    notes = []
    outside = [use.need.name for use in uses if use.mode is MemoryMode.OUTSIDE]
    if outside:
        notes.append(
            "areas, leakage and energies are without the memories that stand outside: "
            + ", ".join(outside)
        )
    estimates = sorted(
        {
            column.macro.family.name
            for use in uses
            if use.tiling
            for column in use.tiling.columns
            if column.macro.family.estimate
        }
    )
    if estimates:
        notes.append(
            f"sizes, times and energies of {', '.join(estimates)} memories are estimates of who "
            "made the kit, not of a memory that was drawn"
        )
    return notes
