"""Registers around a mapped design, so that every path lies between registers, and its Verilog."""

from neuroloom.flows.cells.library import Cell, Library
from neuroloom.flows.cells.netlist import FRAME, Instance, MappedNetlist
from neuroloom.flows.errors import UsageError

CLOCK = "clk"


def plain_flip_flop(library: Library) -> Cell:
    """The smallest flip-flop with one data pin that a rising clock edge fills."""
    plain = [
        cell
        for cell in library.cells.values()
        if cell.is_flip_flop and len(cell.data) == 1 and cell.rising_edge and cell.outputs
    ]
    if not plain:
        raise UsageError(f"the library {library.name} has no flip-flop for a rising clock edge")
    return min(plain, key=lambda cell: (len(cell.pins), cell.area, cell.name))


def with_frame(netlist: MappedNetlist, library: Library) -> MappedNetlist:
    """The design with a flip-flop at every port bit but the clock's."""
    register = plain_flip_flop(library)
    output, data = register.outputs[0].name, register.data[0]
    clock = next(iter(netlist.clocks), None)
    if clock is None:
        clock = 1 + max([*netlist.names, *netlist.inputs.values(), *netlist.outputs.values()])
    frame = []
    open_pins: dict[str, int | None] = dict.fromkeys(register.pins)
    for name, net in netlist.inputs.items():
        if net not in netlist.clocks:
            nets = open_pins | {register.clock: clock, output: net}
            frame.append(Instance(f"{FRAME}_in_{name}", register, nets))
    for name, net in netlist.outputs.items():
        nets = open_pins | {register.clock: clock, data: net}
        frame.append(Instance(f"{FRAME}_out_{name}", register, nets))
    return MappedNetlist(
        netlist.top, [*netlist.instances, *frame], netlist.names | {clock: CLOCK},
        {CLOCK: clock}, {},
    )  # fmt: skip


def netlist_verilog(netlist: MappedNetlist) -> str:
    """Structural Verilog: ports as in the design, nets ``n<number>``, cells ``c<number>``."""
    widths: dict[str, int] = {}
    directions, assigns = {}, []
    for label, net in (netlist.inputs | netlist.outputs | netlist.constant_outputs).items():
        name, bracket, index = label.removesuffix("]").partition("[")
        widths[name] = max(widths.get(name, 0), int(index) + 1 if bracket else 0)
        directions[name] = "input" if label in netlist.inputs else "output"
        source = f"1'b{net}" if label in netlist.constant_outputs else f"n{net}"
        pair = (source, label) if label in netlist.inputs else (label, source)
        assigns.append(f"  assign {pair[0]} = {pair[1]};")
    ports = [
        f"  {directions[name]} {f'[{width - 1}:0] ' if width else ''}{name}"
        for name, width in widths.items()
    ]
    nets = {net for each in netlist.instances for net in each.nets.values() if net is not None}
    nets |= set(netlist.inputs.values()) | set(netlist.outputs.values())
    cells = [
        f"  {each.cell.name} c{index} ("
        + ", ".join(
            f".{pin}({each.ties.get(pin, '') if net is None else f'n{net}'})"
            for pin, net in each.nets.items()
        )
        + ");"
        for index, each in enumerate(netlist.instances)
    ]
    return "\n".join([
        f"module {netlist.top} (", ",\n".join(ports), ");",
        *(f"  wire n{net};" for net in sorted(nets)), *assigns, *cells, "endmodule\n",
    ])  # fmt: skip
