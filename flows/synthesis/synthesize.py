"""Synthesis of one design for several targets: cells, area, Fmax, critical path, power."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from neuroloom.flows.analytic.compare import compare_area, compare_gates
from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.corners import corner_notes, corner_timings
from neuroloom.flows.cells.frame import netlist_verilog
from neuroloom.flows.cells.mapping import Aim, Mapped, Mappings, map_design
from neuroloom.flows.cells.memories.costs import memory_cost, memory_notes
from neuroloom.flows.cells.memories.macro import macros_of
from neuroloom.flows.cells.memories.plan import MemoryMode, MemoryPlan, plan
from neuroloom.flows.cells.memories.tiling import SramAim
from neuroloom.flows.cells.modules import module_areas
from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.cells.power import measure_power
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.designs import yosys
from neuroloom.flows.designs.design import Design, of_spec
from neuroloom.flows.designs.memories import MOST_BITS, memory_warnings, refuse_memories
from neuroloom.flows.designs.method import Method
from neuroloom.flows.designs.report import (
    Area,
    CurvePoint,
    Estimate,
    SynthesisReport,
    TargetReport,
    Timing,
)
from neuroloom.flows.synthesis.hand_off import MappedFiles, mapped_files
from neuroloom.flows.synthesis.on_device import Progress, on_device
from neuroloom.flows.synthesis.targets import GATES, Target
from neuroloom.flows.tools.errors import NeuroloomError, ToolFailed, UsageError
from neuroloom.golden.spec import Spec

SEEDS = (1, 2, 3, 4, 5)
CHOSEN = {
    Aim.BALANCED: "the mapping of least area × period",
    Aim.AREA: "the smallest mapping",
    Aim.SPEED: "the fastest mapping",
}


@dataclass(frozen=True)
class Options:
    """How to synthesize.

    ``seeds`` of place and route; ``aim`` and ``period`` [ns] choose among the mappings to standard
    cells; ``dont_use`` are patterns of further cells to leave out; ``power`` asks for the energy
    of an operation on standard cells, from a gate-level simulation of the macro's own traffic, and
    for powers at the clock of that period, at Fmax without one. ``memories`` says what memories
    become on standard cells, without it SRAM where a target has macros and a memory is large;
    ``sram_aim`` chooses among macros; ``corners`` asks for timing in all corners of the kit.
    """

    seeds: Sequence[int] = SEEDS
    aim: Aim = Aim.BALANCED
    period: float | None = None
    dont_use: tuple[str, ...] = ()
    power: bool = False
    memory_bits: int = MOST_BITS
    memories: MemoryMode | None = MemoryMode.FLIP_FLOPS
    sram_aim: SramAim = SramAim.AREA
    corners: bool = False


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
    failed: list[NeuroloomError] | None = None,
    mapped: list[MappedFiles] | None = None,
) -> SynthesisReport:
    """Synthesize a design for every target.

    With ``mapped`` the netlists on standard cells are put there, with what belongs to them. With
    ``failed`` the errors of targets that fail are put there and into the report, and the
    others go on. UsageError before any work where standard cells cannot take what is asked for.
    """
    options = options or Options()
    reports, failures = [], {}
    for target in targets:
        target.check()
        if target.cells is not None:
            if only_flip_flops(target, options):
                refuse_memories(design.memories, design.name, options.memory_bits)
            if options.dont_use:
                target.cells(options.dont_use)
    for target in targets:
        try:
            reports.append(_report(design, target, options, progress, mapped))
        except NeuroloomError as error:
            if failed is None:
                raise
            failed.append(error)
            failures[target.name] = str(error)
    spec = design.spec
    return SynthesisReport(
        macro=design.name if spec is None else spec.macro,
        spec={} if spec is None else spec.model_dump(mode="json", exclude_none=True),
        targets=tuple(reports),
        warnings=() if spec is None else spec.cautions(),
        failures=failures,
    )


def only_flip_flops(target: Target, options: Options) -> bool:
    """Whether memories can become nothing else on a target."""
    if options.memories is None:
        return not target.srams
    return options.memories is MemoryMode.FLIP_FLOPS


def _report(
    design: Design,
    target: Target,
    options: Options,
    progress: Progress,
    mapped: list[MappedFiles] | None,
) -> TargetReport:
    progress(f"{target.name}: synthesis")
    try:
        if target.cells is not None:
            made = _on_cells(
                design, target, target.cells(options.dont_use), options, progress, mapped
            )
        else:
            made = on_device(design, target, options.seeds, progress)
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


def _estimates(spec: Spec, target: Target, report: TargetReport) -> tuple[Estimate, ...]:
    """Analytic figures beside those of generic gates, and of cells of a node that is known."""
    if target.name == GATES.name:
        return compare_gates(spec, report.resources)
    if report.area is None or target.node not in NODES:
        return ()
    if any(memory.becomes != MemoryMode.FLIP_FLOPS for memory in report.memories):
        return ()  # the formulas count memories as flip-flops
    area = report.area
    return compare_area(spec, NODES[target.node], area.sequential_um2, area.combinational_um2)


def _on_cells(
    design: Design,
    target: Target,
    cells: WorkingLibrary,
    options: Options,
    progress: Progress,
    mapped: list[MappedFiles] | None,
) -> TargetReport:
    planned = plan_for(design, target, cells, options)
    working, uses = planned.working, planned.uses
    with ThreadPoolExecutor(1) as pool:
        modules: list[Future[dict[str, float]]] = []
        apart = bool(working.memories)
        mappings = map_design(
            planned.design.text,
            design.name,
            working,
            period=options.period,
            read=planned.design.read,
            most_bits=options.memory_bits,
            meanwhile=lambda: modules.append(pool.submit(module_areas, design, cells, apart)),
        )
        best = mappings.best(options.aim, options.period)
        netlist = best.netlist
        area = Area(
            total_um2=netlist.area() + netlist.memory_area,
            sequential_um2=netlist.area(sequential=True),
            combinational_um2=netlist.area(sequential=False),
            memory_um2=netlist.memory_area,
            modules_um2=modules[0].result(),
            curve=tuple(
                CurvePoint(
                    recipe=p.recipe, area_um2=p.area + p.netlist.memory_area, mhz=p.megahertz
                )
                for p in mappings.points
            ),
            corner=working.library.corner,
        )
    timing = _cell_timing(best, working)
    if mapped is not None:
        asked_period = options.period or timing.path_ns
        mapped.append(mapped_files(target.name, best, working, asked_period))
    power = None
    if options.power and design.spec is not None:
        progress(f"{target.name}: gate-level simulation")
        asked = 1000.0 / options.period if options.period is not None else None
        power = measure_power(
            design.spec, best, working, asked or timing.median_mhz, asked=asked is not None
        )
    flip_flops = sum(1 for each in netlist.design if each.cell.is_flip_flop)
    kinds = netlist.cells()
    memories = {each.name for each in working.memories}
    macros = sum(number for name, number in kinds.items() if name in memories)
    resources = {"cells": sum(kinds.values()) - macros, "FF": flip_flops}
    return TargetReport(
        target=target.name,
        resources=resources | ({"memories": macros} if macros else {}),
        modules={},
        cells=kinds,
        method=Method(
            tool=yosys.version(),
            options=(*_choice(options), "before layout"),
            corner=working.library.corner,
            outcome=f"recipe {best.recipe}",
        ),
        area=area,
        timing=timing,
        power=power,
        memories=tuple(map(memory_cost, uses)),
        corners=corner_timings(target.name, best, working, options.dont_use)
        if options.corners
        else (),
        netlist=hashlib.sha256(netlist_verilog(netlist).encode()).hexdigest(),
        warnings=(
            *_cell_warnings(mappings, best, options),
            *memory_notes(uses),
            *(corner_notes(target.name, working) if options.corners else ()),
        ),
    )


def plan_for(design: Design, target: Target, cells: WorkingLibrary, options: Options) -> MemoryPlan:
    """What becomes of the design's memories on a target."""
    if only_flip_flops(target, options) or not design.memories:
        return MemoryPlan(design, cells, ())
    macros = macros_of(target.srams) if options.memories is not MemoryMode.OUTSIDE else ()
    if options.memories is MemoryMode.SRAM and not macros:
        raise UsageError(
            f"target {target.name} has no SRAM macros: give their Liberty files with "
            "--sram-liberty, or choose --memories outside"
        )
    return plan(design, cells, macros, options.memories, options.sram_aim, options.memory_bits)


def _choice(options: Options) -> list[str]:
    """Choice of a mapping in words: by what, and from which cells."""
    if options.period is not None:
        told = [f"the smallest mapping at a clock of {options.period:g} ns"]
    else:
        told = [CHOSEN[options.aim]]
    return [*told, *(f"without cells {pattern}" for pattern in options.dont_use)]


def _cell_timing(best: Mapped, working: WorkingLibrary) -> Timing:
    period, hold, tool = best.timing.period, best.timing.hold_slack, "own static timing"
    if opensta.available() and all(each.liberty for each in working.memories):
        # where it cannot read the Liberty file of a memory, own timing stands
        with suppress(ToolFailed) if working.memories else nullcontext():
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
