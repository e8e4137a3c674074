"""What a design never does with its memories, proved with yosys' SAT solver."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neuroloom.flows.cells.memories.needs import FLAT, MemoryNeed
from neuroloom.flows.designs.yosys import run_passes

SECONDS = 10
"""Time limit of one proof [s]."""
HOLDS = "proof finished - no model found: SUCCESS!"


@dataclass(frozen=True)
class NeverTogether:
    """What is proved of the reads and writes of a memory in one cycle, whatever came before."""

    read_and_write: bool
    """That there is never a read and a write."""
    same_word: bool
    """That a word is never read while it is written."""


def prove(folder: Path, top: str, needs: Sequence[MemoryNeed]) -> dict[str, NeverTogether]:
    """Proofs by name of the memory's cell, of the flat design in the folder.

    Registers may hold anything, and memories give anything: what holds so always holds.
    """
    if not needs:
        return {}
    (folder / "probes.v").write_text("\n".join(_probe(need) for need in needs))
    passes = [f"read_rtlil {FLAT}", "read_verilog probes.v"]
    for need in needs:
        passes += becomes(need, f"probe_{need.cell}")
    passes += [
        "hierarchy -top {top}",
        "flatten",
        "delete t:$mem_v2",
        "dffunmap",
        "setattr -unset init w:*",
    ]
    for need in needs:
        for what in ("both", "same"):
            passes.append(
                f"tee -q -o {need.cell}.{what} sat -seq 1 -timeout {SECONDS} "
                f"-prove {need.cell}.{what} 0 {{top}}"
            )
    run_passes(folder, passes, top, "proofs")

    def proved(need: MemoryNeed, what: str) -> bool:
        return HOLDS in (folder / f"{need.cell}.{what}").read_text()

    return {need.cell: NeverTogether(proved(need, "both"), proved(need, "same")) for need in needs}


def becomes(need: MemoryNeed, module: str) -> list[str]:
    """Passes that put an instance of a module in the memory's place."""
    unset = " ".join(f"-unset {name}" for name in need.parameters)
    return [f"setparam {unset} c:{need.cell}", f"chtype -set {module} c:{need.cell}"]


def head(need: MemoryNeed, module: str, further: str = "") -> str:
    """Head of a module with the ports of a memory cell."""
    ports = ", ".join(
        f"{'output' if pin == 'RD_DATA' else 'input'} [{bits - 1}:0] {pin}"
        for pin, bits in need.connections.items()
    )
    return f"module {module} ({ports}{further});"


def _probe(need: MemoryNeed) -> str:
    address = need.address_bits
    same = " | ".join(
        f"(RD_EN[{port}] & RD_ADDR[{port * address} +: {address}] == WR_ADDR[0 +: {address}])"
        for port in range(need.read_ports)
    )
    return "\n".join(
        [
            head(need, f"probe_{need.cell}", ", output both, output same"),
            "  assign both = |RD_EN & |WR_EN;",
            f"  assign same = |WR_EN & ({same});",
            "endmodule\n",
        ]
    )
