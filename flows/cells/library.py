"""A standard-cell library as timing and power need it: numbers in ns, pF, pJ and nW.

Tables are those of the Liberty file (nonlinear delay model); units are converted once on reading.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

from neuroloom.flows.cells.arcs import Arc as Arc
from neuroloom.flows.cells.arcs import Check as Check
from neuroloom.flows.cells.arcs import Energy as Energy
from neuroloom.flows.cells.arcs import Sense as Sense
from neuroloom.flows.cells.liberty import NUMBER, LibertyGroup, words
from neuroloom.flows.cells.lookup import LookupTable as LookupTable
from neuroloom.flows.tools.errors import UsageError

SECONDS = {"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1.0, "ps": 1e-3, "fs": 1e-6}
FARADS = {"f": 1e12, "pf": 1.0, "ff": 1e-3, "nf": 1e3}
WATTS = {"w": 1e9, "mw": 1e6, "uw": 1e3, "nw": 1.0, "pw": 1e-3, "fw": 1e-6}


@dataclass(frozen=True)
class Pin:
    name: str
    output: bool
    rise_capacitance: float
    fall_capacitance: float
    """Capacitances of an input [pF]."""
    function: str
    arcs: tuple[Arc, ...] = ()
    checks: tuple[Check, ...] = ()
    energies: tuple[Energy, ...] = ()

    @property
    def capacitance(self) -> float:
        """Mean of both edges [pF]."""
        return (self.rise_capacitance + self.fall_capacitance) / 2


@dataclass(frozen=True)
class PortEnergies:
    """Energy of a cycle at a port of a memory [pJ], by what is done in it."""

    clock: str
    """Its clock pin."""
    read: float
    write: float
    idle: float


@dataclass(frozen=True)
class Cell:
    name: str
    area: float
    """[µm²]"""
    leakage: float
    """[nW], the mean over the input states that the library names."""
    pins: dict[str, Pin]
    clock: str = ""
    """The clock pin of a flip-flop."""
    data: tuple[str, ...] = ()
    """Pins that its next state depends on."""
    rising_edge: bool = True
    ports: tuple["PortEnergies", ...] = ()
    """Ports of a memory; a cell without any is none."""

    @property
    def is_clocked(self) -> bool:
        """Whether paths begin and end here."""
        return bool(self.clock)

    @property
    def is_memory(self) -> bool:
        return bool(self.ports)

    @property
    def is_flip_flop(self) -> bool:
        return self.is_clocked and not self.is_memory

    @property
    def is_inverter(self) -> bool:
        inputs = [pin.name for pin in self.pins.values() if not pin.output]
        if self.is_flip_flop or len(inputs) != 1 or len(self.outputs) != 1:
            return False
        function = self.outputs[0].function.replace(" ", "").replace("(", "").replace(")", "")
        return function in (f"!{inputs[0]}", f"{inputs[0]}'")

    @property
    def internal_energy(self) -> float:
        """The largest entry of any internal power table [pJ]; 0 where there are none."""
        energies = [energy.largest for pin in self.pins.values() for energy in pin.energies]
        return max(energies, default=0.0)

    @property
    def outputs(self) -> list[Pin]:
        return [pin for pin in self.pins.values() if pin.output]


@dataclass(frozen=True)
class Library:
    name: str
    voltage: float
    """[V]"""
    temperature: float
    """[°C]"""
    max_slew: float
    """Longest transition that a pin should see [ns]; 0 where the library names none."""
    time_unit: float
    """Time unit of the Liberty file [ns]."""
    cells: dict[str, Cell]
    notes: tuple[str, ...] = field(default=())
    """What the library lacks, in words."""

    @property
    def corner(self) -> str:
        return f"{self.name}, {self.voltage:g} V, {self.temperature:g} °C"


def time_unit(group: LibertyGroup) -> float:
    """Time unit of a Liberty library [ns]."""
    return _scale(group.attributes.get("time_unit", "1ns"), SECONDS)


def energy_unit(group: LibertyGroup) -> float:
    """Unit of a Liberty library's internal power [pJ]: one of charge across one volt."""
    return _Units(group).capacitance


def cells_of(group: LibertyGroup) -> dict[str, Cell]:
    """All cells of a Liberty group by name."""
    units = _Units(group)
    return {inner.name: _cell(inner, units) for inner in group.all("cell")}


def library(group: LibertyGroup) -> Library:
    """The library in a Liberty group. UsageError when it cannot map a synchronous design."""
    cells = cells_of(group)
    if not any(cell.is_flip_flop for cell in cells.values()):
        raise UsageError(f"the library {group.name} has no flip-flop; add the file that has")
    if not any(cell.is_inverter for cell in cells.values()):
        raise UsageError(f"the library {group.name} has no inverter; add the file that has")
    return Library(
        name=group.name,
        voltage=group.number("nom_voltage"),
        temperature=group.number("nom_temperature"),
        max_slew=group.number("default_max_transition") * time_unit(group),
        time_unit=time_unit(group),
        cells=cells,
        notes=tuple(_lacks(cells.values())),
    )


def _lacks(cells: Iterable[Cell]) -> list[str]:
    """Sentences about missing power data."""
    known = list(cells)
    logic = [cell for cell in known if not cell.is_flip_flop and len(cell.pins) > 1]
    clocked = [cell for cell in known if cell.is_flip_flop]
    has = {
        kind: any(cell.internal_energy for cell in some)
        for kind, some in (("logic", logic), ("flip-flops", clocked))
    }
    missing = [kind for kind, present in has.items() if not present]
    return [f"no internal power tables for {' and '.join(missing)}"] if missing else []


class _Units:
    def __init__(self, group: LibertyGroup) -> None:
        self.group = group
        self.time = time_unit(group)
        load = "".join(words(group.arguments("capacitive_load_unit") or "1, pf"))
        self.capacitance = _scale(load, FARADS)
        self.leakage = _scale(group.attributes.get("leakage_power_unit", "1nW"), WATTS)
        self.templates = {
            inner.name: inner
            for kind in ("lu_table_template", "power_lut_template")
            for inner in group.all(kind)
        }

    def table(
        self, group: LibertyGroup | None, unit: float, load: bool = True
    ) -> LookupTable | None:
        """A table with values in ``unit``.

        Rows are slews, columns loads; or, where ``load`` is false, rows are slews of the
        constrained pin and columns those of the related one.
        """
        if group is None:
            return None
        values = group.numbers("values")
        template = self.templates.get(group.name)
        axes: list[tuple[str, list[float]]] = []
        for index in (1, 2):
            points = group.numbers(f"index_{index}")
            variable = ""
            if template is not None:
                points = points or template.numbers(f"index_{index}")
                variable = template.attributes.get(f"variable_{index}", "")
            if points and len(values) > 1:
                axes.append((variable, points))
        _check_grid(group, values, [points for _, points in axes])
        if len(axes) == 2:
            width = len(axes[1][1])
            grid = [values[start : start + width] for start in range(0, len(values), width)]
            if "capacitance" in axes[0][0] or axes[0][0].startswith("related"):
                axes.reverse()
                grid = [list(column) for column in zip(*grid, strict=True)]
        elif len(axes) == 1 and "capacitance" not in axes[0][0]:
            grid, axes = [[value] for value in values], [axes[0], ("", [0.0])]
        elif len(axes) == 1:
            grid, axes = [values], [("", [0.0]), axes[0]]
        else:
            grid, axes = [values[:1]], [("", [0.0]), ("", [0.0])]
        scale = self.capacitance if load else self.time
        return LookupTable(
            tuple(point * self.time for point in axes[0][1]),
            tuple(point * scale for point in axes[1][1]),
            tuple(tuple(value * unit for value in row) for row in grid),
        )


def _check_grid(group: LibertyGroup, values: list[float], axes: list[list[float]]) -> None:
    """UsageError when a table's values do not fill its axes, or an axis does not increase."""
    if not values or (axes and len(values) != prod(map(len, axes))):
        sizes = " x ".join(str(len(points)) for points in axes) or "1"
        raise UsageError(f"a table {group.kind} has {len(values)} values where {sizes} belong")
    if any(low >= high for points in axes for low, high in pairwise(points)):
        raise UsageError(f"a table {group.kind} has an axis that does not increase")


def _scale(text: str, units: dict[str, float]) -> float:
    number = NUMBER.match(text)
    unit = text[number.end() if number else 0 :].strip().lower()
    if unit not in units:
        raise UsageError(f"{text[:40]!r} is no unit that is known; it ends in {', '.join(units)}")
    return float(number.group() if number else 1) * units[unit]


def _cell(group: LibertyGroup, units: _Units) -> Cell:
    pins = {inner.name: _pin(inner, units) for inner in group.all("pin")}
    flip_flop = group.first("ff")
    clock, rising_edge = "", True
    data: tuple[str, ...] = ()
    if flip_flop is not None:
        clocked_on = flip_flop.attributes.get("clocked_on", "")
        clock, rising_edge = clocked_on.strip("()!' "), not set("!'") & set(clocked_on)
        if clock not in pins:
            raise UsageError(
                f"the flip-flop {group.name} is clocked on {clocked_on[:40]!r}, which is none of "
                f"its pins; leave it out with --dont-use {group.name}"
            )
        data = tuple(
            name
            for name, pin in pins.items()
            if not pin.output and any(c.setup for c in pin.checks)
        )
    states = [state.number("value") for state in group.all("leakage_power")]
    leakage = sum(states) / len(states) if states else 0.0
    stated = group.attributes.get("cell_leakage_power")
    if stated is not None and (group.number("cell_leakage_power") or not states):
        leakage = group.number("cell_leakage_power")
    return Cell(
        group.name, group.number("area"), leakage * units.leakage, pins, clock, data, rising_edge
    )


def _sense(text: str) -> Sense:
    if text not in list(Sense):
        raise UsageError(f"timing_sense is one of {', '.join(Sense)}, not {text[:40]!r}")
    return Sense(text)


def _pin(group: LibertyGroup, units: _Units) -> Pin:
    capacitance = group.number("capacitance")
    arcs: list[Arc] = []
    checks: list[Check] = []
    for timing in group.all("timing"):
        kind = timing.attributes.get("timing_type", "combinational")
        related = timing.attributes.get("related_pin", "")
        if kind.startswith(("setup", "hold")):
            rise = units.table(timing.first("rise_constraint"), units.time, load=False)
            fall = units.table(timing.first("fall_constraint"), units.time, load=False)
            checks.append(Check(related, kind.startswith("setup"), rise, fall))
        elif kind in ("combinational", "rising_edge", "falling_edge"):
            rise, fall, rise_slew, fall_slew = (
                units.table(timing.first(name), units.time)
                for name in ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
            )
            if rise and fall and rise_slew and fall_slew:
                sense = _sense(timing.attributes.get("timing_sense", "non_unate"))
                clocked, falling = kind.endswith("edge"), kind.startswith("falling")
                arcs.append(Arc(related, sense, clocked, rise, fall, rise_slew, fall_slew, falling))
    energy = units.capacitance  # of one unit of charge across one volt
    energies = []
    for power in group.all("internal_power"):
        rise, fall = (
            units.table(power.first(f"{edge}_power"), energy) for edge in ("rise", "fall")
        )
        if rise is None and fall is None:
            rise = fall = units.table(power.first("power"), energy)
        energies.append(Energy(power.attributes.get("related_pin", ""), rise, fall))
    return Pin(
        group.name,
        group.attributes.get("direction") == "output",
        group.number("rise_capacitance", capacitance) * units.capacitance,
        group.number("fall_capacitance", capacitance) * units.capacitance,
        group.attributes.get("function", ""),
        tuple(arcs),
        tuple(checks),
        tuple(energies),
    )
