"""Memories of a flat design: what each of them asks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroloom.flows.designs.design import Design
from neuroloom.flows.designs.yosys import run_passes

CELL = "neuroloom_memory_"
"""Beginning of the names that memory cells have in the flat design."""
FLAT, LIST = "flat.il", "memories.json"
"""Files of the flat design and of its memories."""


@dataclass(frozen=True)
class MemoryNeed:
    """A memory of the design, read and written at the edges of one clock."""

    name: str
    cell: str
    """Name of its cell in the flat design."""
    words: int
    width: int
    """[bit]"""
    read_ports: int
    write_ports: int
    lanes: tuple[int, ...]
    """First bit of each part of a word that is written alone."""
    read_enable: bool
    transparent: bool
    """Whether a read gives what is written in the same cycle, and not what was there before."""
    undefined: bool
    """Whether it does not matter what such a read gives."""
    unsuitable: str
    """Why no SRAM can hold it; empty where one can."""
    address_bits: int
    connections: Mapping[str, int]
    """Ports of its cell and their bits."""
    parameters: tuple[str, ...]

    @property
    def bits(self) -> int:
        return self.words * self.width

    @property
    def shape(self) -> str:
        """Words and width in words."""
        return f"{self.words:,} × {self.width}"


def flat_memories(folder: Path, design: Design) -> list[MemoryNeed]:
    """Flatten a design into :data:`FLAT` of the folder and find its memories, the largest first."""
    (folder / "design.v").write_text(design.text)
    passes = [
        design.read,
        "hierarchy -check -top {top}",
        "synth -flatten -top {top} -run begin:fine",
        "rename -hide t:$mem_v2",  # private names alone are numbered
        f"rename -enumerate -pattern {CELL}% t:$mem_v2",
        f"json -o {LIST} t:$mem_v2",
        f"write_rtlil {FLAT}",
    ]
    run_passes(folder, passes, design.name, "flat")
    modules = json.loads((folder / LIST).read_text())["modules"]
    needs = [
        _need(name, cell) for module in modules.values() for name, cell in module["cells"].items()
    ]
    return sorted(needs, key=lambda need: (-need.bits, need.name))


def _need(cell: str, entry: Mapping[str, Any]) -> MemoryNeed:
    values, pins = entry["parameters"], entry["connections"]
    number = {name: int(values[name], 2) for name in ("SIZE", "WIDTH", "RD_PORTS", "WR_PORTS")}
    enables = pins["WR_EN"][: number["WIDTH"]]
    lanes = tuple(bit for bit, net in enumerate(enables) if not bit or net != enables[bit - 1])
    return MemoryNeed(
        values["MEMID"].removeprefix("\\"),
        cell,
        number["SIZE"],
        number["WIDTH"],
        number["RD_PORTS"],
        number["WR_PORTS"],
        lanes,
        any(net != "1" for net in pins["RD_EN"]),
        "1" in values["RD_TRANSPARENCY_MASK"],
        "0" not in values["RD_COLLISION_X_MASK"],
        _unsuitable(values, pins),
        int(values["ABITS"], 2),
        {pin: len(bits) for pin, bits in pins.items()},
        tuple(values),
    )


def _unsuitable(values: Mapping[str, str], pins: Mapping[str, Any]) -> str:
    """Why no SRAM macro can do what the memory does; empty where one can."""
    clocks = {str(net) for pin in ("RD_CLK", "WR_CLK") for net in pins[pin]}
    if not int(values["WR_PORTS"], 2):
        return "nothing writes it, so that it needs contents from the start"
    if any(bit in "01" for bit in values["INIT"]):
        return "it needs contents from the start; have them loaded, in a catalogue macro by program"
    if "0" in values["RD_CLK_ENABLE"] + values["WR_CLK_ENABLE"]:
        return "it is read or written without a clock edge"
    if len(clocks) > 1 or "0" in values["RD_CLK_POLARITY"] + values["WR_CLK_POLARITY"]:
        return "it is not read and written at rising edges of one clock"
    if int(values["WR_PORTS"], 2) > 1:
        return "it has several write ports"
    if not int(values["RD_PORTS"], 2):
        return "nothing reads it"
    if any(net != "0" for pin in ("RD_SRST", "RD_ARST") for net in pins[pin]):
        return "its output is reset"
    if any(bit in "01" for bit in values["RD_INIT_VALUE"]):
        return "its output has a value from the start"
    if "1" in values["RD_WIDE_CONTINUATION"] + values["WR_WIDE_CONTINUATION"]:
        return "its ports have several widths"
    seen = values["RD_TRANSPARENCY_MASK"]
    if len(set(seen)) > 1:
        return "its read ports see writes of the same cycle in several ways"
    return ""
