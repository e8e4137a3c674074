"""What each part of a macro costs in standard cells, and how much of it switches."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from neuroloom.flows.cells.gate_level import gate_level_verilog
from neuroloom.flows.cells.mapping import RELAXED_PS, Mapped, map_design
from neuroloom.flows.cells.netlist import CellInstance
from neuroloom.flows.cells.power import energies
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.simulation.bulk.activity import Activity, record_activity
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.ports import Traffic
from neuroloom.golden.spec import Spec

MODULES = re.compile(r"\$flatten((?:\\[^.]+\.)+)")
PartOf = Callable[[tuple[str, ...]], str]
"""Names the part that an instance path, such as ``("core", "adder0")``, belongs to; that of the
top module is empty."""


@dataclass(frozen=True)
class PartInCells:
    """Cells of one part, mapped for area, and what they did over a run."""

    flip_flops: int
    gates: int
    """All cells but flip-flops."""
    sequential_um2: float
    combinational_um2: float
    register_activity: float
    """Share of its flip-flops that take another value in a cycle."""
    gate_activity: float
    """Toggles of a gate's output in a cycle, the mean."""
    clock_pj: float
    sequential_pj: float
    combinational_pj: float
    """Energies of a cycle [pJ], the mean over the run."""

    @property
    def flip_flop_pj(self) -> float:
        """Energy of its flip-flops with their clock pins in a cycle [pJ]."""
        return self.clock_pj + self.sequential_pj

    @property
    def cycle_pj(self) -> float:
        return self.clock_pj + self.sequential_pj + self.combinational_pj


@dataclass(frozen=True)
class Parts:
    """A macro in its parts, over a run of some traffic."""

    parts: dict[str, PartInCells]
    cycles: int
    operations: int


@dataclass(frozen=True)
class MappedParts:
    """A macro of which each module is mapped alone, to be simulated with any traffic."""

    spec: Spec
    working: WorkingLibrary
    part_of: PartOf
    mapped: Mapped

    def measure(self, traffic: Traffic, setup: Traffic | None = None) -> Parts:
        """Count toggles while the whole does ``traffic``.

        VerificationFailed when the netlist does not compute what the model says.
        """
        netlist = self.mapped.netlist
        verilog = gate_level_verilog(netlist, self.working)
        activity = record_activity(self.spec, traffic, setup, verilog, netlist.top)
        members: dict[str, list[CellInstance]] = defaultdict(list)
        for each in netlist.design:
            members[self.part_of(instance_path(each.name))].append(each)
        parts = {
            name: self._part(instances, activity) for name, instances in sorted(members.items())
        }
        return Parts(parts, activity.cycles, activity.operations)

    def _part(self, instances: list[CellInstance], activity: Activity) -> PartInCells:
        netlist, library = self.mapped.netlist, self.working.library
        registers = [instance for instance in instances if instance.cell.is_flip_flop]
        gates = [instance for instance in instances if not instance.cell.is_flip_flop]
        spent = energies(netlist, self.mapped.timing, library, activity, instances)

        def toggles(some: list[CellInstance]) -> float:
            nets = [_output(each) for each in some]
            number = sum(activity.toggles.get(f"n{net}", 0) for net in nets)
            return number / (len(some) * activity.cycles) if some else 0.0

        return PartInCells(
            len(registers),
            len(gates),
            sum(register.cell.area for register in registers),
            sum(gate.cell.area for gate in gates),
            toggles(registers),
            toggles(gates),
            spent.clock / activity.cycles,
            spent.sequential / activity.cycles,
            spent.combinational / activity.cycles,
        )


def map_parts(spec: Spec, working: WorkingLibrary, part_of: PartOf) -> MappedParts:
    """Map each module of a macro alone, for area."""
    emitted = emit(spec)
    points = (("area", RELAXED_PS),)
    mapped = map_design(emitted.verilog, emitted.name, working, points, flatten=False).points[0]
    return MappedParts(spec, working, part_of, mapped)


def measure_parts(
    spec: Spec,
    working: WorkingLibrary,
    part_of: PartOf,
    traffic: Traffic,
    setup: Traffic | None = None,
) -> Parts:
    """Map each module of a macro alone, and count toggles while the whole does ``traffic``.

    VerificationFailed when the netlist does not compute what the model says.
    """
    return map_parts(spec, working, part_of).measure(traffic, setup)


def _output(instance: CellInstance) -> int | None:
    """The net of the first output that is connected."""
    nets = (instance.nets.get(pin.name) for pin in instance.cell.outputs)
    return next((net for net in nets if net is not None), None)


def instance_path(name: str) -> tuple[str, ...]:
    """The modules that a cell of a netlist lies in, outermost first, read off its name."""
    found = MODULES.match(name)
    return tuple(found.group(1).strip("\\.").split(".\\")) if found else ()
