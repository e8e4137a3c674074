"""Synthesis of one design for several targets: cells, area, Fmax, critical path, power."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from neuroloom.flows.analytic.compare import compare_area, compare_gates
from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.mapping import Aim, Mapped, Mappings, map_design
from neuroloom.flows.cells.memories import MOST_BITS, memory_warnings
from neuroloom.flows.cells.modules import module_areas
from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.cells.power import measure_power
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.errors import NeuroloomError, ToolFailed
from neuroloom.flows.synthesis import place as placing
from neuroloom.flows.synthesis import yosys
from neuroloom.flows.synthesis.design import Design, of_spec
from neuroloom.flows.synthesis.harness import harness, harness_name, register_ports
from neuroloom.flows.synthesis.method import Method
from neuroloom.flows.synthesis.place import PlacedSeeds, place
from neuroloom.flows.synthesis.report import (
    Area,
    CurvePoint,
    Estimate,
    SynthesisReport,
    TargetReport,
    Timing,
)
from neuroloom.flows.synthesis.targets import GATES, Target
from neuroloom.golden.spec import Spec

SEEDS = (1, 2, 3, 4, 5)
NO_HARDWARE = "$scopeinfo"
"""A cell type in which yosys notes where a flattened module was."""
CHOSEN = {
    Aim.BALANCED: "the mapping of least area × period",
    Aim.AREA: "the smallest mapping",
    Aim.SPEED: "the fastest mapping",
}
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to synthesize.

    ``seeds`` of place and route; ``aim`` and ``period`` [ns] choose among the mappings to standard
    cells; ``dont_use`` are patterns of further cells to leave out; ``power`` asks for the energy
    of an operation on standard cells, from a gate-level simulation of the macro's own traffic, and
    for powers at the clock of that period, at Fmax without one.
    """

    seeds: Sequence[int] = SEEDS
    aim: Aim = Aim.BALANCED
    period: float | None = None
    dont_use: tuple[str, ...] = ()
    power: bool = False
    memory_bits: int = MOST_BITS


def synthesize_macro(
    spec: Spec,
    targets: Sequence[Target],
    seeds: Sequence[int] = SEEDS,
    progress: Progress = lambda _: None,
) -> SynthesisReport:
    """Synthesize a macro for every target, and place it where the target can be placed.

    ``progress`` is called with a few words before each step. ToolFailed when a tool refuses.
    """
    return synthesize(of_spec(spec), targets, Options(seeds), progress)


def synthesize(
    design: Design,
    targets: Sequence[Target],
    options: Options | None = None,
    progress: Progress = lambda _: None,
    keep_going: bool = False,
) -> SynthesisReport:
    """Synthesize a design for every target.

    With ``keep_going`` a target that fails is noted in the report, and the others go on.
    """
    options = options or Options()
    reports, failures = [], {}
    for target in targets:
        target.check()
    for target in targets:
        try:
            reports.append(_report(design, target, options, progress))
        except NeuroloomError as error:
            if not keep_going:
                raise
            failures[target.name] = str(error)
    spec = design.spec
    return SynthesisReport(
        macro=design.name if spec is None else spec.macro,
        spec={} if spec is None else spec.model_dump(mode="json", exclude_none=True),
        targets=tuple(reports),
        warnings=() if spec is None else spec.cautions(),
        failures=failures,
    )


def _report(design: Design, target: Target, options: Options, progress: Progress) -> TargetReport:
    progress(f"{target.name}: synthesis")
    try:
        if target.cells is not None:
            made = _on_cells(design, target, target.cells(options.dont_use), options, progress)
        else:
            made = _on_device(design, target, options, progress)
    except ToolFailed as error:
        raise type(error)(f"{target.name}: {error}") from None
    contract, spec = design.contract, design.spec
    if contract is None or spec is None:
        return made
    rate = made.timing and made.timing.median_mhz * 1e6 / contract.interval
    return made.model_copy(
        update={
            "operation": contract.operation,
            "interval": contract.interval,
            "operations_per_second": rate,
            "estimates": _estimates(spec, target, made),
        }
    )


def _estimates(spec: Spec, target: Target, made: TargetReport) -> tuple[Estimate, ...]:
    """Analytic figures beside those of generic gates, and of cells of a node that is known."""
    if target.name == GATES.name:
        return compare_gates(spec, made.resources)
    if made.area is None or target.node not in NODES:
        return ()
    area = made.area
    return compare_area(spec, NODES[target.node], area.sequential_um2, area.combinational_um2)


def _on_device(
    design: Design, target: Target, options: Options, progress: Progress
) -> TargetReport:
    # yosys runs in processes of its own: these threads only wait for them
    with ThreadPoolExecutor(2) as pool:
        framed = pool.submit(_framed, design, target)
        alone = pool.submit(yosys.synthesize, design.text, design.name, target.script, design.read)
        modules = _modules(design, target)
        mapped = alone.result()
    timing = None
    if target.placement is not None:
        progress(f"{target.name}: place and route, {len(options.seeds)} seeds")
        timing = _placed_timing(design, framed.result(), target, options.seeds)
    return TargetReport(
        target=target.name,
        resources=yosys.resources(mapped.cells, target),
        modules=modules,
        cells={
            kind: number
            for kind, number in sorted(mapped.cells.items())
            if number and kind != NO_HARDWARE
        },
        method=Method(tool=yosys.version(), options=_passes(target)),
        timing=timing,
        warnings=_device_warnings(mapped, target),
    )


def _passes(target: Target) -> tuple[str, ...]:
    """What yosys does for a target, without the name of what it is done to."""
    return tuple(line.replace(" -top {top}", "") for line in target.script)


def _framed(design: Design, target: Target) -> str:
    """The netlist to place: the macro between registers; empty where nothing is placed."""
    if target.placement is None:
        return ""
    frame, script = harness(design), target.script
    if target.frame_apart:
        script = (
            f"setattr -mod -set keep_hierarchy 1 {design.name}", *script,
            f"setattr -mod -unset keep_hierarchy {design.name}", "flatten", "opt_clean",
        )  # fmt: skip
    name = harness_name(design)
    if design.read == yosys.OWN_TEXT:
        return yosys.synthesize(design.text + frame, name, script).json
    return yosys.synthesize(design.text, name, script, design.read, frame).json


def _modules(design: Design, target: Target) -> dict[str, dict[str, int]]:
    """Resources by module; empty for a macro of one module."""
    if design.modules < 2:
        return {}
    script = [_unflattened(line) for line in target.script]
    mapped = yosys.synthesize(design.text, design.name, script, design.read)
    return {name: yosys.resources(cells, target) for name, cells in mapped.modules.items()}


def _unflattened(line: str) -> str:
    if line.startswith("synth_"):
        return line.replace(" -top", " -noflatten -top")
    return line.replace(" -flatten", "")


def _device_warnings(mapped: yosys.Netlist, target: Target) -> tuple[str, ...]:
    """A memory should not become flip-flops where there is block RAM, nor a multiplier logic."""
    warnings = []
    if mapped.flip_flop_memories and target.memories:
        warnings.append(
            f"memory became flip-flops, not {' or '.join(target.memories)}: "
            + ", ".join(mapped.flip_flop_memories)
        )
    if (
        mapped.multiplies
        and target.multipliers
        and not yosys.resources(mapped.cells, target)["DSP"]
    ):
        warnings.append("the design multiplies, and no multiplier became a DSP block")
    return tuple(warnings)


def _placed_timing(design: Design, netlist: str, target: Target, seeds: Sequence[int]) -> Timing:
    assert target.placement is not None
    registers = register_ports(design, netlist)
    placed: PlacedSeeds = place(netlist, target.placement, seeds, registers=registers)
    typical = placed.typical
    low, high = placed.spread
    names = [step.target for step in typical.path if step.target]
    return Timing(
        median_mhz=placed.megahertz,
        minimum_mhz=low,
        maximum_mhz=high,
        seeds=len(placed.runs),
        critical_path=tuple(dict.fromkeys(names)),
        path_ns=sum(step.nanoseconds for step in typical.path),
        utilisation=typical.utilisation,
        method=Method(
            tool=placing.version(target.placement),
            options=(
                " ".join(target.placement.options),
                f"aim {target.placement.frequency} MHz",
                "ports registered",
                f"median of {len(seeds)} seeds" if len(seeds) > 1 else f"seed {seeds[0]}",
            ),
        ),
    )


def _on_cells(
    design: Design,
    target: Target,
    working: WorkingLibrary,
    options: Options,
    progress: Progress,
) -> TargetReport:
    with ThreadPoolExecutor(1) as pool:
        modules: list[Future[dict[str, float]]] = []
        mappings = map_design(
            design.text, design.name, working, period=options.period, read=design.read,
            most_bits=options.memory_bits,
            meanwhile=lambda: modules.append(pool.submit(module_areas, design, working)),
        )  # fmt: skip
        best = mappings.best(options.aim, options.period)
        netlist = best.netlist
        area = Area(
            total_um2=netlist.area(),
            sequential_um2=netlist.area(sequential=True),
            combinational_um2=netlist.area(sequential=False),
            modules_um2=modules[0].result(),
            curve=tuple(
                CurvePoint(recipe=p.recipe, area_um2=p.area, mhz=p.megahertz)
                for p in mappings.points
            ),
            corner=working.library.corner,
        )
    timing = _cell_timing(best, working)
    power = None
    if options.power and design.spec is not None:
        progress(f"{target.name}: gate-level simulation")
        asked = 1000.0 / options.period if options.period is not None else None
        power = measure_power(
            design.spec, best, working, asked or timing.median_mhz, asked=asked is not None
        )
    flip_flops = sum(1 for each in netlist.design if each.cell.is_flip_flop)
    cells = netlist.cells()
    return TargetReport(
        target=target.name,
        resources={"cells": sum(cells.values()), "FF": flip_flops},
        modules={},
        cells=cells,
        method=Method(
            tool=yosys.version(),
            options=(*_choice(options), "before layout"),
            corner=working.library.corner,
            outcome=f"recipe {best.recipe}",
        ),
        area=area,
        timing=timing,
        power=power,
        warnings=_cell_warnings(mappings, best, options),
    )


def _choice(options: Options) -> list[str]:
    """By what a mapping is chosen, and from which cells."""
    if options.period is not None:
        told = [f"the smallest mapping at a clock of {options.period:g} ns"]
    else:
        told = [CHOSEN[options.aim]]
    return [*told, *(f"without cells {pattern}" for pattern in options.dont_use)]


def _cell_timing(best: Mapped, working: WorkingLibrary) -> Timing:
    period, hold, tool = best.timing.period, best.timing.hold_slack, "own static timing"
    if opensta.available():
        result = opensta.analyse(best.framed, working)
        period, hold, tool = result.period, result.hold_slack, opensta.version()
    names = [step.net for step in best.timing.path if "$" not in step.net]
    megahertz = 1000.0 / period
    return Timing(
        median_mhz=megahertz,
        minimum_mhz=megahertz,
        maximum_mhz=megahertz,
        critical_path=tuple(dict.fromkeys(names)),
        path_ns=period,
        hold_slack_ns=hold,
        method=Method(
            tool=tool,
            options=("ports registered", "ideal clock", "no wires"),
            corner=working.library.corner,
        ),
    )


def _cell_warnings(mappings: Mappings, best: Mapped, options: Options) -> tuple[str, ...]:
    warnings, period = memory_warnings(mappings.memories), options.period
    if mappings.uninitialised:
        warnings.append(
            "initial values are lost in standard cells, no reset sets them: "
            + ", ".join(mappings.uninitialised[:6])
        )
    if period is not None and best.timing.period > period:
        warnings.append(
            f"no mapping meets a clock period of {period:g} ns; "
            f"the fastest needs {best.timing.period:.3g} ns"
            + (
                "; powers are those of the clock asked for, as if it were met"
                if options.power
                else ""
            )
        )
    if best.timing.hold_slack < 0:
        warnings.append(f"the fastest path misses hold by {-best.timing.hold_slack:.3f} ns")
    return tuple(warnings)
