"""What becomes of the memories of a design on standard cells, and the design with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from neuroloom.flows.cells.memories.macro import SramMacro
from neuroloom.flows.cells.memories.models import texts
from neuroloom.flows.cells.memories.names import SRAM_BITS as SRAM_BITS
from neuroloom.flows.cells.memories.names import MemoryMode as MemoryMode
from neuroloom.flows.cells.memories.needs import FLAT, MemoryNeed, flat_memories
from neuroloom.flows.cells.memories.outside import outside
from neuroloom.flows.cells.memories.proofs import becomes, prove
from neuroloom.flows.cells.memories.tiling import SramAim, Tiling, tile
from neuroloom.flows.cells.memories.wrapper import wrapper
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.designs.design import Design
from neuroloom.flows.designs.yosys import OWN_RTLIL, run_passes
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.owned import scratch_folder

PLAIN = re.compile(r"[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class MemoryUse:
    """What becomes of one memory."""

    need: MemoryNeed
    mode: MemoryMode
    tiling: Tiling | None = None
    reason: str = ""
    """Why it is flip-flops where something else was asked for."""


@dataclass(frozen=True)
class MemoryPlan:
    """The design with macros in place of memories, and the cells with these macros."""

    design: Design
    working: WorkingLibrary
    uses: tuple[MemoryUse, ...]


def plan(
    design: Design,
    working: WorkingLibrary,
    macros: Sequence[SramMacro],
    mode: MemoryMode | None,
    aim: SramAim,
    most_bits: int,
) -> MemoryPlan:
    """Find the design's memories and put macros in their places.

    Without a ``mode`` memories of :data:`SRAM_BITS` and more become SRAM where macros can hold
    them. UsageError when flip-flops of more than ``most_bits`` would be left.
    """
    with scratch_folder() as folder:
        needs = flat_memories(folder, design)
        able = [need for need in needs if not need.unsuitable]
        never = prove(folder, design.name, able) if mode is not MemoryMode.OUTSIDE else {}

        def use(need: MemoryNeed) -> MemoryUse:
            if need.unsuitable:
                return MemoryUse(need, MemoryMode.FLIP_FLOPS, reason=need.unsuitable)
            if mode is MemoryMode.OUTSIDE:
                name = f"{design.name}_{need.cell.removeprefix('neuroloom_')}"
                return MemoryUse(need, mode, outside(need, name, working.library))
            if mode is None and need.bits < SRAM_BITS:
                why = f"it has less than {SRAM_BITS:,} bits"
                return MemoryUse(need, MemoryMode.FLIP_FLOPS, reason=why)
            tiling = tile(need, never[need.cell], macros, aim)
            if tiling is None:
                why = "no macro has the ports or the mask that it needs"
                return MemoryUse(need, MemoryMode.FLIP_FLOPS, reason=why)
            return MemoryUse(need, MemoryMode.SRAM, tiling)

        uses = tuple(map(use, needs))
        _refuse(design.name, uses, most_bits)
        if not any(each.tiling for each in uses):
            return MemoryPlan(design, working, uses)
        text = _replaced(folder, design.name, uses)
    used = {c.macro.name: c.macro for each in uses if each.tiling for c in each.tiling.columns}
    library = working.library
    cells = library.cells | {name: macro.cell for name, macro in used.items()}
    return MemoryPlan(
        replace(design, text=text, read=OWN_RTLIL),
        replace(
            working,
            library=replace(library, cells=cells),
            memories=tuple(texts(macro) for macro in used.values()),
        ),
        uses,
    )


def _refuse(top: str, uses: Sequence[MemoryUse], most_bits: int) -> None:
    left = [each for each in uses if each.mode is MemoryMode.FLIP_FLOPS]
    bits = sum(each.need.bits for each in left)
    if bits <= most_bits:
        return
    named = "; ".join(f"{each.need.name} {each.need.shape}: {each.reason}" for each in left[:4])
    raise UsageError(
        f"{top} has {bits:,} bits of memory that would become flip-flops or gates, more than the "
        f"{most_bits:,} that are mapped without being asked for ({named}): choose smaller "
        f"memories, --memories outside, --sram-liberty FILE with macros that can hold them, or "
        f"--memory-bits {bits} and hours of time"
    )


def _replaced(folder: Path, top: str, uses: Sequence[MemoryUse]) -> str:
    """RTLIL of the flat design of the folder with macros in place of memories."""
    tiled = [(each.need, each.tiling) for each in uses if each.tiling]
    modules = {need.cell: f"{need.cell}_of_macros" for need, _ in tiled}
    macros = {c.macro.name: c.macro for _, tiling in tiled for c in tiling.columns}
    verilog = [texts(macro).black_box for macro in macros.values()]
    verilog += [wrapper(need, tiling, modules[need.cell]) for need, tiling in tiled]
    (folder / "macros.v").write_text("\n".join(verilog))
    passes = [f"read_rtlil {FLAT}", "read_verilog macros.v"]
    for need, _ in tiled:
        passes += becomes(need, modules[need.cell])
    passes.append("cd {top}")
    for need, _ in tiled:
        # parts of it are named so in the flat design
        if PLAIN.fullmatch(need.name):
            passes.append(f"rename {need.cell} {need.name}.macros")
    passes += [
        "cd ..",
        "hierarchy -check -top {top}",
        "proc",
        "flatten",
        "opt -fast",
        "write_rtlil replaced.il",
    ]
    run_passes(folder, passes, top, "replaced")
    return (folder / "replaced.il").read_text()
