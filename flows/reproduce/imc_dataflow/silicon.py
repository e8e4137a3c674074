"""A core's dataflow controller in standard cells, its SRAM apart: Tables 3 and 4 of Dazzi et al.

Each layer's controller is mapped without its memory, which is put back in the gate-level simulation
of an image. The row buffer at the crossbar and the words of a row stand in registers.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.mapping import RECIPES, TIGHT_PS, Aim, Mapped, map_design
from neuroloom.flows.cells.netlist import CellInstance, MappedNetlist
from neuroloom.flows.cells.outside_memories import READ, outside_memories, with_memories
from neuroloom.flows.cells.power import Energies, energies
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.designs import yosys
from neuroloom.flows.mapping.imc.cores import Chip, MappedLayer
from neuroloom.flows.networks.convolutional import Convolution
from neuroloom.flows.reports.published import PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.controllers import Controller, Load, Registers
from neuroloom.flows.reproduce.imc_dataflow.power_split import split_table
from neuroloom.flows.reproduce.imc_dataflow.silicon_tables import (
    area_table,
    node_table,
    power_table,
)
from neuroloom.flows.simulation.bulk.activity import record_activity
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.synthesis.targets import TARGETS, Target
from neuroloom.flows.tools.process import has_tool
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.ports import Traffic

LIBRARY, FINFET = "predictive-45", "asap7"
LAYERS = {"2/11": "2", "13/21": "13", "23/31": "23"}
"""Rows of Table 2, and the layer that is built."""
SEED = 1
BUFFER_PORT, HELD_WORDS = "patches_values", "memory.kept"
FAST = (("delay", TIGHT_PS), ("remap", TIGHT_PS), ("choices", TIGHT_PS))
"""Mappings for speed alone, beside those for the clock."""
COMPILER = "g++"
"""Builds simulations."""
Progress = Callable[[str], None]


def controller_spec(mapped: MappedLayer, chip: Chip) -> DataflowControllerSpec:
    """The controller of a convolution's first core, one that forwards residuals."""
    layer, core = mapped.wired.layer, mapped.cores[0]
    assert isinstance(layer, Convolution)
    given = mapped.wired.given
    return DataflowControllerSpec(
        height=given.height,
        width=given.width,
        channels=len(core.inputs),
        bits=chip.bits,
        kernel=layer.kernel,
        stride=layer.stride,
        padding=layer.padding,
        mapping=core.memory.mapping,
        word_bits=chip.word_bits,
        residual=layer.padding == layer.kernel // 2,
    )


def measure(
    spec: DataflowControllerSpec,
    working: WorkingLibrary,
    beat: int,
    clock_mhz: float,
    simulated: bool = True,
) -> Controller:
    """Map the controller for a clock, and run an image of random pixels, one every ``beat`` cycles.

    Where no mapping keeps up with ``clock_mhz`` powers are those at its fastest clock. Without
    ``simulated`` there are none. VerificationFailed when the netlist does not compute what the
    model says.
    """
    emitted = emit(spec)
    parts = outside_memories(emitted.verilog, emitted.name)
    period = 1000 / clock_mhz
    mappings = map_design(parts.rest, emitted.name, working, FAST, period, read=READ)
    mapped = mappings.best(Aim.AREA, period)
    reached = _megahertz(mapped, working)
    fastest = max(reached, _megahertz(mappings.best(Aim.SPEED), working))
    clock = min(clock_mhz, reached)
    netlist = mapped.netlist
    registers = [each for each in netlist.design if each.cell.is_flip_flop]
    gates = [each for each in netlist.design if not each.cell.is_flip_flop]
    buffer, held, control = register_kinds(netlist)
    leakage = _leakage(registers), _leakage(gates)
    loads = None
    if simulated:
        verilog = with_memories(netlist, working, parts.model)
        run = partial(_load, spec, mapped, working, verilog, buffer, leakage, clock)
        loads = run(Pace(beat=beat)), run(Pace())
    return Controller(
        memories=parts.memories,
        cells=len(registers) + len(gates),
        buffer=_counted(buffer),
        held=_counted(held),
        control=_counted(control),
        combinational_um2=_area(gates),
        feeding_um2=_area(feeding(netlist, registers)),
        volts=working.library.voltage,
        reached_mhz=reached,
        fastest_mhz=fastest,
        clock_mhz=clock,
        leakage_mw=sum(leakage),
        loads=loads,
    )


def _megahertz(mapped: Mapped, working: WorkingLibrary) -> float:
    """The fastest clock, by OpenSTA where it is installed."""
    if opensta.available():
        return 1000 / opensta.analyse(mapped.framed, working).period
    return mapped.megahertz


def register_kinds(
    netlist: MappedNetlist,
) -> tuple[list[CellInstance], list[CellInstance], list[CellInstance]]:
    """Flip-flops of the row buffer, of the words of a row, and all others."""
    patch = {net for place, net in netlist.outputs.items() if place.port.startswith(BUFFER_PORT)}
    kinds: tuple[list[CellInstance], ...] = ([], [], [])
    for each in netlist.design:
        if each.cell.is_flip_flop:
            nets = [net for pin in each.cell.outputs if (net := each.nets[pin.name]) is not None]
            of_word = any(netlist.names.get(net, "").startswith(HELD_WORDS) for net in nets)
            kinds[0 if patch.intersection(nets) else 1 if of_word else 2].append(each)
    return kinds[0], kinds[1], kinds[2]


def feeding(netlist: MappedNetlist, registers: Iterable[CellInstance]) -> list[CellInstance]:
    """Gates that serve one of the registers alone: what holds, resets or chooses its value."""
    found = []
    for register in registers:
        nets = [register.nets[pin] for pin in register.cell.data]
        while nets:
            net = nets.pop()
            if net not in netlist.driver or len(netlist.loads[net]) > 1:
                continue
            gate, _ = netlist.driver[net]
            if not gate.cell.is_flip_flop:
                found.append(gate)
                nets += [each for pin, each in gate.nets.items() if not gate.cell.pins[pin].output]
    return found


def image(spec: DataflowControllerSpec) -> Traffic:
    """An image of random pixels."""
    pixels = np.random.default_rng(SEED).integers(
        0, 1 << spec.bits, (spec.height * spec.width, spec.channels)
    )
    return {"pixels": {"values": pixels}}


def _load(
    spec: DataflowControllerSpec,
    mapped: Mapped,
    working: WorkingLibrary,
    verilog: str,
    buffer: Sequence[CellInstance],
    leakage: tuple[float, float],
    clock: float,
    pace: Pace,
) -> Load:
    netlist = mapped.netlist
    activity = record_activity(spec, image(spec), verilog=verilog, top=netlist.top, pace=pace)

    def spent(instances: Iterable[CellInstance]) -> Energies:
        return energies(netlist, mapped.timing, working.library, activity, instances)

    # pJ a cycle times MHz are µW
    scale = 1e-3 * clock / activity.cycles
    every = spent(netlist.design)
    return Load(
        clock=scale * (every.clock - every.clock_inside),
        sequential=scale * (every.sequential + every.clock_inside) + leakage[0],
        combinational=scale * every.combinational + leakage[1],
        buffer=scale * spent(buffer).dynamic,
        sequential_switching=scale * every.sequential_charging,
        combinational_switching=scale * every.combinational_charging,
        sequential_leakage=leakage[0],
        combinational_leakage=leakage[1],
        cycles=activity.cycles / (spec.height * spec.width),
    )


def _area(instances: Sequence[CellInstance]) -> float:
    return sum(instance.cell.area for instance in instances)


def _counted(instances: Sequence[CellInstance]) -> Registers:
    return Registers(len(instances), _area(instances))


def _leakage(instances: Sequence[CellInstance]) -> float:
    return 1e-6 * sum(instance.cell.leakage for instance in instances)


def silicon_tables(
    layers: Sequence[MappedLayer], chip: Chip, progress: Progress
) -> tuple[tuple[PublishedTable, ...], str]:
    """Area and power of the controllers of :data:`LAYERS`, and how they were had.

    Without a compiler there is no power, without :data:`FINFET` no second library: it is said so.
    """
    clock = float(printed.CLOCK_MHZ)
    beat = round(chip.timestep * printed.CLOCK_MHZ * 1e6)
    simulated = has_tool(COMPILER)
    by_name = {layer.name: layer for layer in layers}

    def made(label: str, target: Target) -> Controller:
        progress(f"controller of layer {label} in cells of {target.name}")
        spec = controller_spec(by_name[LAYERS[label]], chip)
        assert target.cells is not None
        return measure(spec, target.cells(()), beat, clock, simulated)

    target, other = TARGETS[LIBRARY], TARGETS[FINFET]
    found = {f"layer {label}": made(label, target) for label in LAYERS}
    tables = [area_table(found), power_table(found, beat), split_table(found)]
    method = (
        f"Controllers in cells of {LIBRARY}: {yosys.version()}, of "
        f"{len(RECIPES) + len(FAST)} mappings the smallest that keeps up with "
        f"{clock:g} MHz, before layout, no wires, no clock tree. Timing: "
        f"{opensta.version() if opensta.available() else 'our own'}, ports and those of the SRAM "
        "between registers. "
    )
    if simulated:
        method += (
            "Power: toggles of all nets in a gate-level simulation of an image of uniformly "
            f"random pixels (seed {SEED})."
        )
    else:
        method += f"Power is left out: install {COMPILER} to simulate."
    if other.available:
        *_, label = LAYERS
        nodes = {FINFET: made(label, other), LIBRARY: found[f"layer {label}"]}
        tables.append(node_table(f"layer {label}", nodes))
    else:
        method += f" Cells of {FINFET} are left out: {other.missing()}."
    return tuple(tables), method
