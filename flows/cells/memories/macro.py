"""An SRAM macro as its Liberty file and the names of its pins tell."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from statistics import mean

from neuroloom.flows.cells.liberty import LibertyGroup, parse, read_text
from neuroloom.flows.cells.library import Cell, Pin, PortEnergies, cells_of, energy_unit
from neuroloom.flows.cells.memories.families import FAMILIES, MacroFamily, role, tie
from neuroloom.flows.cells.memories.states import energy_in, values_of
from neuroloom.flows.cells.sources import stripped
from neuroloom.flows.tools.errors import UsageError

WHOLE = ("address", "clock", "output")
"""Pins that a port needs to be read; ``data`` as well to be written."""


@dataclass(frozen=True)
class MacroPort:
    """A port of a macro: pin or bus of each role."""

    name: str
    pins: dict[str, str]

    @property
    def writes(self) -> bool:
        return "data" in self.pins

    @property
    def reads(self) -> bool:
        return "output" in self.pins


@dataclass(frozen=True)
class SramMacro:
    """A memory that a kit or a user has."""

    name: str
    words: int
    width: int
    """[bit]"""
    family: MacroFamily
    ports: tuple[MacroPort, ...]
    widths: dict[str, int]
    """Bits of every bus; other pins are single."""
    directions: dict[str, str]
    """``input`` or ``output`` of every pin and bus."""
    cell: Cell
    """Timing and energies of its bits, with the area."""
    corner: str
    """Voltage and temperature of its tables."""
    liberty: str = field(default="", repr=False)
    """Text of the file it comes from; empty for a memory that is not a macro of a kit."""

    @property
    def area(self) -> float:
        """[µm²]"""
        return self.cell.area

    @property
    def mask_bits(self) -> int:
        """Bits of a word that one bit of the mask lets through; all of them without a mask."""
        mask = self.ports[0].pins.get("mask")
        return self.width // self.widths.get(mask, 1) if mask else self.width

    @property
    def two_ports(self) -> bool:
        """Whether a word can be read in the cycle in which another one is written."""
        return len(self.ports) > 1

    @property
    def read_pj(self) -> float:
        return self.cell.ports[-1].read

    @property
    def write_pj(self) -> float:
        return self.cell.ports[0].write

    @property
    def access_ns(self) -> float:
        """Longest time from a clock edge to an output in the file's tables [ns]."""
        pins = (pin for pin in self.cell.pins.values() if pin.output)
        tables = [table for pin in pins for arc in pin.arcs for table in (arc.rise, arc.fall)]
        return max((max(map(max, table.values)) for table in tables), default=0.0)

    @property
    def setup_ns(self) -> float:
        """Longest setup time of its inputs in the file's tables [ns]."""
        return self._check(setup=True)

    @property
    def hold_ns(self) -> float:
        """Longest hold time of its inputs in the file's tables [ns]."""
        return self._check(setup=False)

    def _check(self, setup: bool) -> float:
        checks = [c for pin in self.cell.pins.values() for c in pin.checks if c.setup is setup]
        tables = [table for each in checks for table in (each.rise, each.fall) if table]
        return max((max(map(max, table.values)) for table in tables), default=0.0)


@cache
def macros_of(files: tuple[Path, ...]) -> tuple[SramMacro, ...]:
    """The memories in Liberty files; UsageError where a file has none."""
    found = []
    for file in files:
        macros = read_macros(file)
        if not macros:
            raise UsageError(f"the Liberty file {file} has no memory in it")
        found += macros
    return tuple(found)


def read_macros(file: Path) -> list[SramMacro]:
    """The memories in a Liberty file; empty where it has none.

    UsageError for a memory whose pins have names that no known generator gives.
    """
    text = read_text(file)
    group = parse(text, str(file))
    return [
        _macro(group, cell, text, str(file))
        for cell in group.all("cell")
        if cell.first("memory") is not None
    ]


def _macro(group: LibertyGroup, cell: LibertyGroup, text: str, source: str) -> SramMacro:
    memory = cell.first("memory")
    assert memory is not None
    widths, directions = _buses(group, cell)
    family, ports = _ports(cell, directions, source)
    timed = LibertyGroup("library", group.names, group.attributes, group.complexes)
    timed.groups = [each for each in group.groups if each.kind.endswith("template")]
    timed.groups.append(_with_first_bits(cell))
    known = _with_all_bits(cells_of(timed)[cell.name], cell, widths, energy_unit(group))
    clocks = {port.pins["clock"] for port in ports}
    constrained = tuple(
        name for name, pin in known.pins.items() if not pin.output and name not in clocks
    )
    energies = tuple(
        _energies(cell, port, energy_unit(group), family, len(ports), widths) for port in ports
    )
    width = int(memory.number("word_width"))
    words = 1 << int(memory.number("address_width"))
    if not width or words < 2:
        raise UsageError(f"{source}: the memory {cell.name} does not say its words and their width")
    return SramMacro(
        cell.name,
        words,
        width,
        family,
        ports,
        widths,
        directions,
        replace(known, clock=ports[0].pins["clock"], data=constrained, ports=energies),
        f"{group.number('nom_voltage'):g} V, {group.number('nom_temperature'):g} °C",
        text,
    )


def _buses(group: LibertyGroup, cell: LibertyGroup) -> tuple[dict[str, int], dict[str, str]]:
    """Bits of each bus, and directions of buses and pins."""
    types = {kind.name: int(kind.number("bit_width", 1)) for kind in group.all("type")}
    types |= {kind.name: int(kind.number("bit_width", 1)) for kind in cell.all("type")}
    widths = {bus.name: types.get(bus.attributes.get("bus_type", ""), 1) for bus in cell.all("bus")}
    directions = {
        pin.name: pin.attributes.get("direction", "input")
        for kind in ("bus", "pin")
        for pin in cell.all(kind)
    }
    return widths, directions


def _ports(
    cell: LibertyGroup, directions: dict[str, str], source: str
) -> tuple[MacroFamily, tuple[MacroPort, ...]]:
    """The family whose names all pins have, and the ports, those that write first."""
    unknown: list[str] = []
    for family in FAMILIES:
        roles = {pin: role(family, pin) for pin in directions}
        strange = [pin for pin, does in roles.items() if not does and tie(family, pin) is None]
        names = sorted({does[1] for does in roles.values() if does})
        several = [name for name in names if name] or [""]
        ports = []
        for name in several:
            pins = {does[0]: pin for pin, does in roles.items() if does and does[1] in (name, "")}
            if all(pins.get(what) for what in WHOLE):
                ports.append(MacroPort(name, pins))
        if not strange and ports:
            return family, tuple(sorted(ports, key=lambda port: not port.writes))
        if not unknown or len(strange) < len(unknown):
            unknown = strange
    known = ", ".join(family.name for family in FAMILIES)
    raise UsageError(
        f"{source}: what {', '.join(unknown[:4]) or 'the pins'} of the memory {cell.name} are for "
        f"is not known; names of pins are understood as {known} gives them"
    )


def _with_first_bits(cell: LibertyGroup) -> LibertyGroup:
    """The cell with a pin for each of its buses, without what no tool reads."""
    result = LibertyGroup(cell.kind, cell.names, dict(cell.attributes), list(cell.complexes))
    result.groups = [each for each in cell.groups if each.kind in ("pin", "leakage_power")]
    for bus in cell.all("bus"):
        shared = [pin for pin in bus.all("pin") if ":" in pin.name]
        attributes = dict(bus.attributes)
        for each in shared:
            attributes |= each.attributes
        groups = [each for each in bus.groups if each.kind in ("timing", "internal_power")]
        groups += [group for each in shared for group in each.groups]
        result.groups.append(LibertyGroup("pin", (bus.name,), attributes, [], groups))
    return stripped(result)


def _with_all_bits(cell: Cell, group: LibertyGroup, widths: dict[str, int], farads: float) -> Cell:
    """The cell with pins for all bits of the buses that stand for them; bits may say their own
    capacitance.
    """
    pins: dict[str, Pin] = {}
    own = {pin.name: pin for bus in group.all("bus") for pin in bus.all("pin")}
    for name, pin in cell.pins.items():
        if name not in widths:
            pins[name] = pin
            continue
        for index in range(widths[name]):
            bit = f"{name}[{index}]"
            each = replace(pin, name=bit)
            if "capacitance" in own.get(bit, LibertyGroup("pin")).attributes:
                load = own[bit].number("capacitance") * farads
                each = replace(each, rise_capacitance=load, fall_capacitance=load)
            pins[bit] = each
    return replace(cell, pins=pins)


def _energies(
    cell: LibertyGroup,
    port: MacroPort,
    unit: float,
    family: MacroFamily,
    ports: int,
    widths: dict[str, int],
) -> PortEnergies:
    """Energies of a cycle by what a port does, of both edges of its clock."""
    clock = next(pin for pin in cell.all("pin") if pin.name == port.pins["clock"])
    shared = ports if port.name and not port.pins["clock"].count(port.name) else 1
    found = {
        doing: unit * energy_in(clock, values_of(port.pins, family, doing, widths)) / shared
        for doing in ("read", "write", "idle")
    }
    return PortEnergies(port.pins["clock"], found["read"], found["write"], found["idle"])


def access_energy(macro: SramMacro) -> float:
    """Mean of a read and a write [pJ]."""
    return mean((macro.read_pj, macro.write_pj))
