"""Designs whose memories stand beside their cells: macros of the foundry, not flip-flops.

The memories of a design are moved into one module; what reads and writes them become ports of the
rest, between registers in timing as all ports are. A simulation puts the memories back.
"""

import json
from dataclasses import dataclass, replace
from typing import TypeVar

from neuroloom.flows.cells.frame import CLOCK
from neuroloom.flows.cells.gate_level import MODULE, gate_level_verilog
from neuroloom.flows.cells.netlist import MappedNetlist, PortBit
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.designs.yosys import OWN_RTLIL, OWN_TEXT, run_passes
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.owned import scratch_folder

READ = OWN_RTLIL
"""The yosys pass that reads :attr:`OutsideMemories.rest`."""
NAME = "outside_memories"
"""Name of the module that holds them, of its instance, and of the ports to it up to a dot."""
PREFIX = f"{NAME}."

T = TypeVar("T")


@dataclass(frozen=True)
class OutsideMemory:
    """A memory."""

    width: int
    """[bit]"""
    words: int

    @property
    def bits(self) -> int:
        return self.width * self.words


@dataclass(frozen=True)
class OutsideMemories:
    """A design in two parts."""

    rest: str
    """RTLIL of all but the memories."""
    model: str
    """Verilog of the memories."""
    memories: tuple[OutsideMemory, ...]


def outside_memories(verilog: str, top: str) -> OutsideMemories:
    """Take the memories out of a design of one clock, ``clk``. UsageError when it has none."""
    passes = [
        OWN_TEXT,
        "synth -flatten -top {top} -run begin:fine",
        f"submod -name {NAME} t:$mem_v2",
        "write_verilog -noattr all.v",
        "write_json all.json",
        f"expose -evert {{top}}/c:{NAME}",
        f"delete -port {{top}}/{NAME}.{CLOCK}",
        f"delete {NAME}",
        "opt_clean",
        "write_rtlil rest.il",
    ]
    with scratch_folder() as folder:
        (folder / "design.v").write_text(verilog)
        run_passes(folder, passes, top)
        modules = json.loads((folder / "all.json").read_text())["modules"]
        if NAME not in modules:
            raise UsageError(f"{top} has no memory that could stand outside")
        written = {match[1]: match[0] for match in MODULE.finditer((folder / "all.v").read_text())}
        rest = (folder / "rest.il").read_text()
    memories = tuple(
        OutsideMemory(int(cell["parameters"]["WIDTH"], 2), int(cell["parameters"]["SIZE"], 2))
        for cell in modules[NAME]["cells"].values()
    )
    return OutsideMemories(rest, written[NAME], memories)


def with_memories(netlist: MappedNetlist, working: WorkingLibrary, model: str) -> str:
    """Verilog of a mapped :attr:`OutsideMemories.rest` with its memories in it; ports are those of
    the whole design.
    """
    pins: dict[str, dict[int, str]] = {}
    for nets, prefix in (
        (netlist.inputs, "n"),
        (netlist.outputs, "n"),
        (netlist.constant_outputs, "1'b"),
    ):
        for place, net in nets.items():
            if place.port.startswith(PREFIX):
                pin = pins.setdefault(place.port.removeprefix(PREFIX), {})
                pin[place.index or 0] = f"{prefix}{net}"
    design = replace(
        netlist,
        inputs=_own(netlist.inputs),
        outputs=_own(netlist.outputs),
        constant_outputs=_own(netlist.constant_outputs),
    )
    used = {net for instance in netlist.instances for net in instance.nets.values()}
    used |= {*design.inputs.values(), *design.outputs.values()}
    unread = sorted(set(netlist.inputs.values()) - used)
    connections = [f".{CLOCK}(n{netlist.inputs[PortBit(CLOCK)]})"] + [
        f".\\{name} ({{{', '.join(bits[bit] for bit in sorted(bits, reverse=True))}}})"
        for name, bits in pins.items()
    ]
    added = [f"  wire n{net};" for net in unread]
    added.append(f"  {NAME} memories ({', '.join(connections)});\n")
    body, end, cells = gate_level_verilog(design, working).partition("endmodule\n")
    return body + "\n".join(added) + end + cells + "\n" + model


def _own(ports: dict[PortBit, T]) -> dict[PortBit, T]:
    return {place: net for place, net in ports.items() if not place.port.startswith(PREFIX)}
