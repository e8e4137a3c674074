"""Energy of a mapped design from the toggles of every net in its gate-level simulation.

An edge of a net costs half its capacitance times the voltage squared; an edge of a cell's output
costs the internal energy that the library's tables give for its slew and load besides, the mean of
a rise and a fall, weighted by the activity of the inputs that can cause it; an edge of an input
what the table of that pin says. Nets driven from outside are not the design's, but for the clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from neuroloom.flows.cells.frame import access_net, counters
from neuroloom.flows.cells.gate_level import gate_level_verilog
from neuroloom.flows.cells.library import Energy, Library
from neuroloom.flows.cells.mapping import Mapped
from neuroloom.flows.cells.netlist import CellInstance, MappedNetlist
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.cells.timing import CellTiming, Edges
from neuroloom.flows.designs.method import Method
from neuroloom.flows.designs.report import Power
from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.flows.simulation.bulk.activity import Activity, record_activity
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.golden.spec import Spec

SEED = 1
CYCLES = 2000
"""Cycles of activity that are aimed at; at least MINIMUM_OPERATIONS operations are run."""
MINIMUM_OPERATIONS = 16
IDLE_CYCLES = 64


@dataclass(frozen=True)
class Energies:
    """Energy of a run [pJ], by what spends it."""

    clock: float
    sequential: float
    combinational: float
    clock_inside: float
    """Part of the clock's that its edges cost inside flip-flops; the rest charges their pins."""
    sequential_charging: float
    combinational_charging: float
    """Parts of both that charge the nets that cells drive; the rest is spent inside of cells."""
    memory: float = 0.0
    """Accesses to memory macros, edges of their inputs, and the nets that they drive."""

    @property
    def dynamic(self) -> float:
        return self.clock + self.sequential + self.combinational + self.memory


def energies(
    netlist: MappedNetlist,
    timing: CellTiming,
    library: Library,
    activity: Activity,
    instances: Iterable[CellInstance] | None = None,
) -> Energies:
    """What the toggles of a run cost, in all of the design's cells or in those given.

    ``timing`` is that of the same netlist between registers, ``activity`` that of its Verilog.
    """
    toggles = {net: activity.toggles.get(f"n{net}", 0) for net in _nets(netlist)}
    toggles |= dict.fromkeys(netlist.clocks, 2 * activity.cycles)
    clock = sequential = combinational = clock_inside = memory = 0.0
    sequential_charging = combinational_charging = 0.0
    accesses = memory_accesses(netlist, activity)
    for instance in netlist.design if instances is None else instances:
        own = charging = 0.0
        for pin in instance.cell.pins.values():
            net = instance.nets.get(pin.name)
            if net is None or not toggles.get(net):
                continue
            if instance.cell.is_memory and net in netlist.clocks:
                # what a cycle costs inside is an access's, or that of a cycle without one
                clock += toggles[net] * pin.capacitance * library.voltage**2 / 2
                continue
            if pin.name == instance.cell.clock:
                # its own pin alone: the registers of the frame hang on the same net
                wire = pin.capacitance * library.voltage**2 / 2
                inside = toggles[net] * _input_energy(pin.energies, (0.0, 0.0))
                clock += toggles[net] * wire + inside
                clock_inside += inside
            elif pin.output:
                load = timing.loads.get(net, (0.0, 0.0))
                inside = _output_energy(instance, pin.energies, toggles, timing, load)
                charging += toggles[net] * _net_energy(net, timing, library)
                own += toggles[net] * inside
            else:
                own += toggles[net] * _input_energy(pin.energies, timing.slews.get(net, (0.0, 0.0)))
        if instance.cell.is_memory:
            memory += own + charging + _inside_memory(instance, accesses, activity.cycles)
        elif instance.cell.is_flip_flop:
            sequential += own + charging
            sequential_charging += charging
        else:
            combinational += own + charging
            combinational_charging += charging
    return Energies(
        clock,
        sequential,
        combinational,
        clock_inside,
        sequential_charging,
        combinational_charging,
        memory,
    )


def memory_accesses(netlist: MappedNetlist, activity: Activity) -> dict[str, list[tuple[int, int]]]:
    """Reads and writes at each port of each memory in a run whose memories counted them."""
    accesses: dict[str, list[tuple[int, int]]] = {}
    for index, instance in enumerate(netlist.instances):
        if instance.cell.is_memory:
            numbers = [
                activity.toggles.get(access_net(index, number), 0)
                for number in range(len(counters(instance.cell)))
            ]
            accesses[instance.name] = list(zip(numbers[::2], numbers[1::2], strict=True))
    return accesses


def _inside_memory(
    instance: CellInstance, accesses: Mapping[str, list[tuple[int, int]]], cycles: int
) -> float:
    """Energy of a memory's cycles [pJ], with and without an access."""
    return sum(
        port.read * reads + port.write * writes + port.idle * max(0, cycles - reads - writes)
        for port, (reads, writes) in zip(instance.cell.ports, accesses[instance.name], strict=True)
    )


def _nets(netlist: MappedNetlist) -> set[int]:
    return {
        net for instance in netlist.instances for net in instance.nets.values() if net is not None
    }


def _net_energy(net: int, timing: CellTiming, library: Library) -> float:
    """Energy of charging or discharging the pins on a net [pJ]."""
    return sum(timing.loads.get(net, (0.0, 0.0))) / 2 * library.voltage**2 / 2


def _input_energy(tables: tuple[Energy, ...], slews: Edges) -> float:
    """Mean over both edges, of the tables of a pin's own edges."""
    return sum(
        (table.at(slew, 0.0) if table else 0.0) / 2
        for each in tables
        if not each.related
        for table, slew in zip((each.rise, each.fall), slews, strict=True)
    )


def _output_energy(
    instance: CellInstance,
    tables: tuple[Energy, ...],
    toggles: Mapping[int, int],
    timing: CellTiming,
    load: Edges,
) -> float:
    """Mean over both edges and, by their activity, over the inputs that can cause them."""
    total = weight = 0.0
    for each in tables:
        source = instance.nets.get(each.related) if each.related else None
        share = float(toggles.get(source, 0)) if source is not None else 1.0
        slew = max(timing.slews.get(source, (0.0, 0.0))) if source is not None else 0.0
        edges = zip((each.rise, each.fall), load, strict=True)
        mean = (
            sum(table.at(slew, capacitance) if table else 0.0 for table, capacitance in edges) / 2
        )
        total, weight = total + share * mean, weight + share
    return total / weight if weight else 0.0


def measure_power(
    spec: Spec,
    mapped: Mapped,
    working: WorkingLibrary,
    megahertz: float,
    spacing: int | None = None,
    operations: int | None = None,
    asked: bool = False,
) -> Power:
    """Power of a macro at work and idle, from its own random traffic on the mapped netlist.

    Parameters: ``megahertz`` the clock that powers are given for; ``spacing`` cycles from one
    operation to the next (by default as many as the macro takes); ``operations`` how many are run;
    ``asked`` whether the user asked for that clock, which is Fmax otherwise.
    VerificationFailed when the netlist does not compute what the model says.
    """
    stimulus = macro_of(spec).stimulus(spec)
    rng = np.random.default_rng(SEED)
    contract = spec.contract
    number = operations or max(MINIMUM_OPERATIONS, CYCLES // max(spacing or 0, contract.interval))
    setup = stimulus.setup(rng)
    traffic = stimulus.random(rng, number)
    verilog = gate_level_verilog(mapped.netlist, working, counted=True)
    library = working.library

    def run(work: bool) -> tuple[Activity, Energies]:
        activity = record_activity(
            spec,
            traffic if work else None,
            setup,
            verilog,
            mapped.netlist.top,
            pace=Pace(spacing=spacing if work else None),
            cycles=None if work else IDLE_CYCLES,
        )
        return activity, energies(mapped.netlist, mapped.timing, library, activity)

    activity, busy = run(work=True)
    waiting, idle = run(work=False)
    leakage = sum(instance.cell.leakage for instance in mapped.netlist.design) / 1000.0
    per_operation = 1.0 / activity.operations
    accesses = memory_accesses(mapped.netlist, activity)
    return Power(
        operation=contract.operation,
        clock_pj=busy.clock * per_operation,
        sequential_pj=busy.sequential * per_operation,
        combinational_pj=busy.combinational * per_operation,
        memory_pj=busy.memory * per_operation,
        reads=sum(reads for ports in accesses.values() for reads, _ in ports) * per_operation,
        writes=sum(writes for ports in accesses.values() for _, writes in ports) * per_operation,
        leakage_uw=leakage,
        clock_mhz=megahertz,
        clock_asked=asked,
        dynamic_uw=busy.dynamic / activity.cycles * megahertz,
        idle_uw=leakage + idle.dynamic / waiting.cycles * megahertz,
        operations=activity.operations,
        cycles=activity.cycles,
        method=Method(
            tool=f"toggles of random operations (seed {SEED}) in a gate-level simulation",
            options=(
                *(() if spacing is None else (f"an operation every {spacing} cycles",)),
                "without glitches",
                "no wires",
                "no clock tree",
                *library.notes,
                f"powers at {megahertz:g} MHz as asked for" if asked else "powers at Fmax",
            ),
            corner=library.corner,
            outcome=f"{activity.operations:,} operations in {activity.cycles:,} cycles",
        ),
    )
