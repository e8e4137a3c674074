"""Synthesis for a device: resources of the design alone, and Fmax of it between registers."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from neuroloom.flows.designs import yosys
from neuroloom.flows.designs.design import Design
from neuroloom.flows.designs.method import Method
from neuroloom.flows.designs.report import TargetReport, Timing
from neuroloom.flows.synthesis import place as placing
from neuroloom.flows.synthesis.harness import harness, harness_name, register_ports
from neuroloom.flows.synthesis.place import PlacedSeeds, place
from neuroloom.flows.synthesis.targets import Target

NO_HARDWARE = "$scopeinfo"
"""A cell type in which yosys notes where a flattened module was."""
Progress = Callable[[str], None]


def on_device(
    design: Design, target: Target, seeds: Sequence[int], progress: Progress
) -> TargetReport:
    """Synthesize for a device, and place it with every seed where it can be placed."""
    # yosys runs in processes of its own: these threads only wait for them
    with ThreadPoolExecutor(2) as pool:
        framed = pool.submit(_framed, design, target)
        alone = pool.submit(yosys.synthesize, design.text, design.name, target.script, design.read)
        modules = _modules(design, target)
        mapped = alone.result()
    timing = None
    if target.placement is not None:
        progress(f"{target.name}: place and route, {len(seeds)} seeds")
        timing = _placed_timing(design, framed.result(), target, seeds)
    return TargetReport(
        target=target.name,
        resources=target.count(mapped.cells),
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
            f"setattr -mod -set keep_hierarchy 1 {design.name}",
            *script,
            f"setattr -mod -unset keep_hierarchy {design.name}",
            "flatten",
            "opt_clean",
        )
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
    return {name: target.count(cells) for name, cells in mapped.modules.items()}


def _unflattened(line: str) -> str:
    if line.startswith("synth_"):
        return line.replace(" -top", " -noflatten -top")
    return line.replace(" -flatten", "")


def _device_warnings(mapped: yosys.MappedDesign, target: Target) -> tuple[str, ...]:
    """A memory should not become flip-flops where there is block RAM, nor a multiplier logic."""
    warnings = []
    if mapped.flip_flop_memories and target.memories:
        warnings.append(
            f"memory became flip-flops, not {' or '.join(target.memories)}: "
            + ", ".join(mapped.flip_flop_memories)
        )
    if mapped.multiplies and target.multipliers and not target.count(mapped.cells)["DSP"]:
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
