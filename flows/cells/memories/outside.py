"""Memories that stand outside a design: black boxes of its own sizes, timed as registers are."""

from dataclasses import replace

from neuroloom.flows.cells.frame import plain_flip_flop
from neuroloom.flows.cells.library import Cell, Library, Pin, PortEnergies
from neuroloom.flows.cells.memories.families import OUTSIDE
from neuroloom.flows.cells.memories.macro import MacroPort, SramMacro
from neuroloom.flows.cells.memories.needs import MemoryNeed
from neuroloom.flows.cells.memories.tiling import MacroColumn, Tiling


def outside(need: MemoryNeed, module: str, library: Library) -> Tiling:
    """A memory of exactly this size under the name of a module, for each read port.

    It has no area and no energies; its inputs have the setup and hold times of the library's plain
    flip-flop, its outputs that flip-flop's delays.
    """
    address = max(1, (need.words - 1).bit_length())
    write = {
        "clock": "clk",
        "address": "write_address",
        "data": "write_data",
        "write": "write_enable",
    }
    read = {"clock": "clk", "address": "read_address", "output": "read_data", "read": "read_enable"}
    widths = {
        "write_address": address,
        "write_data": need.width,
        "read_address": address,
        "read_data": need.width,
    }
    if len(need.lanes) > 1:
        write["mask"] = "write_mask"
        widths["write_mask"] = need.width
    ports = (MacroPort("write", write), MacroPort("read", read))
    directions = {pin: "input" for port in ports for pin in port.pins.values()}
    directions["read_data"] = "output"
    macro = SramMacro(
        module,
        need.words,
        need.width,
        OUTSIDE,
        ports,
        widths,
        directions,
        _cell(module, widths, directions, library),
        "as a flip-flop of the cells",
    )
    meets = need.transparent and not need.undefined
    column = MacroColumn(0, need.width, macro, 1)
    return Tiling((column,), need.read_ports, one_port=False, delayed=False, bypassed=meets)


def _cell(name: str, widths: dict[str, int], directions: dict[str, str], library: Library) -> Cell:
    register = plain_flip_flop(library)
    data, output = register.pins[register.data[0]], register.outputs[0]
    clock = replace(register.pins[register.clock], name="clk", energies=())
    pins: dict[str, Pin] = {"clk": clock}
    inputs = []
    for bus, direction in directions.items():
        bits = [f"{bus}[{bit}]" for bit in range(widths[bus])] if bus in widths else [bus]
        for bit in bits if bus != "clk" else ():
            if direction == "output":
                arcs = tuple(replace(arc, related="clk") for arc in output.arcs if arc.clocked)
                pins[bit] = replace(output, name=bit, arcs=arcs, energies=())
                continue
            checks = tuple(replace(check, related="clk") for check in data.checks)
            pins[bit] = replace(data, name=bit, checks=checks, energies=())
            inputs.append(bit)
    energies = (PortEnergies("clk", 0.0, 0.0, 0.0), PortEnergies("clk", 0.0, 0.0, 0.0))
    return Cell(name, 0.0, 0.0, pins, "clk", tuple(inputs), True, energies)
