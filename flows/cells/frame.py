"""Registers around a mapped design, so that every path lies between registers, and its Verilog."""

import re
from collections.abc import Iterator, Mapping

from neuroloom.flows.cells.library import Cell, Library
from neuroloom.flows.cells.netlist import CellInstance, MappedNetlist, PortBit
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.naming import escaped

CLOCK = "clk"
BIT = re.compile(r"(.+)\[(\d+)\]")
COUNTED = ("reads", "writes")


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
        used = [*netlist.names, *netlist.inputs.values(), *netlist.outputs.values()]
        clock = 1 + max(used, default=0)
    frame: list[CellInstance] = []
    open_pins: dict[str, int | None] = dict.fromkeys(register.pins)
    for place, net in netlist.inputs.items():
        if net not in netlist.clocks:
            nets = open_pins | {register.clock: clock, output: net}
            frame.append(
                CellInstance(f"{len(frame)} before {place}", register, nets, port=str(place))
            )
    for place, net in netlist.outputs.items():
        nets = open_pins | {register.clock: clock, data: net}
        frame.append(CellInstance(f"{len(frame)} after {place}", register, nets, port=str(place)))
    return MappedNetlist(
        netlist.top,
        [*netlist.instances, *frame],
        netlist.names | {clock: CLOCK},
        {PortBit(CLOCK): clock},
        {},
    )


def netlist_verilog(netlist: MappedNetlist, counted: bool = False) -> str:
    """Structural Verilog: ports as in the design, nets ``n<number>``, cells ``c<number>``.

    With ``counted`` memories have the further outputs of their counting models.
    """
    widths: dict[str, int] = {}
    directions, assigns = {}, []
    bits = netlist.inputs | netlist.outputs | netlist.constant_outputs
    for place, net in bits.items():
        port = escaped(place.port)
        widths[port] = max(widths.get(port, 0), 0 if place.index is None else place.index + 1)
        directions[port] = "input" if place in netlist.inputs else "output"
        label = port if place.index is None else f"{port}[{place.index}]"
        source = f"1'b{net}" if place in netlist.constant_outputs else f"n{net}"
        pair = (source, label) if place in netlist.inputs else (label, source)
        assigns.append(f"  assign {pair[0]} = {pair[1]};")
    ports = [
        f"  {directions[name]} {f'[{width - 1}:0] ' if width else ''}{name}"
        for name, width in widths.items()
    ]
    nets = {
        net for instance in netlist.instances for net in instance.nets.values() if net is not None
    }
    nets |= set(netlist.inputs.values()) | set(netlist.outputs.values())
    cells = [
        line
        for index, instance in enumerate(netlist.instances)
        for line in _instance(instance, index, counted)
    ]
    return "\n".join(
        [
            f"module {escaped(netlist.top)} (",
            ",\n".join(ports),
            ");",
            *(f"  wire n{net};" for net in sorted(nets)),
            *assigns,
            *cells,
            "endmodule\n",
        ]
    )


def _instance(instance: CellInstance, index: int, counted: bool) -> Iterator[str]:
    """The cell as ``c<index>``, buses of a memory put together."""
    pins = {
        pin: instance.ties.get(pin, "") if net is None else f"n{net}"
        for pin, net in instance.nets.items()
    }
    if instance.cell.is_memory:
        opened = [pin for pin, net in pins.items() if not net]
        for number, pin in enumerate(opened):
            pins[pin] = f"c{index}_open{number}"
            yield f"  wire {pins[pin]};"
        pins = _buses(pins)
        if counted:
            for number, pin in enumerate(counters(instance.cell)):
                pins[pin] = access_net(index, number)
                yield f"  wire {pins[pin]};"
    connected = ", ".join(f".{escaped(pin)}({net})" for pin, net in pins.items())
    yield f"  {escaped(instance.cell.name)} c{index} ({connected});"


def _buses(pins: Mapping[str, str]) -> dict[str, str]:
    buses: dict[str, dict[int, str]] = {}
    single: dict[str, str] = {}
    for pin, net in pins.items():
        bit = BIT.fullmatch(pin)
        if bit:
            buses.setdefault(bit[1], {})[int(bit[2])] = net
        else:
            single[pin] = net
    return single | {
        bus: "{" + ", ".join(bits[at] for at in sorted(bits, reverse=True)) + "}"
        for bus, bits in buses.items()
    }


def counters(cell: Cell) -> list[str]:
    """Further outputs of a memory's counting model: reads and writes of each port in turn."""
    return [f"neuroloom_{what}_{number}" for number in range(len(cell.ports)) for what in COUNTED]


def access_net(index: int, number: int) -> str:
    """Net at one of the :func:`counters` of the cell ``c<index>``."""
    return f"c{index}_count{number}"
