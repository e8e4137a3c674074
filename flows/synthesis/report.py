"""What a macro costs on a target: cells, Fmax, critical path, rate; each number with its method."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pydantic import BaseModel, ConfigDict

from neuroloom.flows.errors import ToolFailed
from neuroloom.flows.synthesis import place as placing
from neuroloom.flows.synthesis import yosys
from neuroloom.flows.synthesis.harness import NAME as HARNESS
from neuroloom.flows.synthesis.harness import harness
from neuroloom.flows.synthesis.place import PlacedSeeds, place
from neuroloom.flows.synthesis.targets import Target
from neuroloom.flows.verilog.emit import Emitted, emit
from neuroloom.golden.spec import Spec

SEEDS = (1, 2, 3, 4, 5)


class Timing(BaseModel):
    """Clock frequency after place and route [MHz], and the path that sets it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    median_mhz: float
    minimum_mhz: float
    maximum_mhz: float
    seeds: int
    critical_path: tuple[str, ...]
    """Source signals along the path of the median run."""
    path_ns: float
    utilisation: dict[str, tuple[int, int]]
    """Device resources used and available, with the registers around the macro."""
    method: str


class TargetReport(BaseModel):
    """One macro on one target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    resources: dict[str, int]
    """The macro alone."""
    modules: dict[str, dict[str, int]]
    """Each module of the macro, synthesized without flattening."""
    cells: dict[str, int]
    method: str
    timing: Timing | None = None
    operation: str
    interval: int
    operations_per_second: float | None = None


class SynthesisReport(BaseModel):
    """One macro on several targets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    macro: str
    spec: dict[str, Any]
    targets: tuple[TargetReport, ...]


def synthesize_macro(
    spec: Spec,
    targets: Sequence[Target],
    seeds: Sequence[int] = SEEDS,
    progress: Callable[[str], None] = lambda _: None,
) -> SynthesisReport:
    """Synthesize a macro for every target, and place it where the target can be placed.

    ``progress`` is called with a few words before each step. ToolFailed when a tool refuses.
    """
    emitted = emit(spec)
    reports = []
    for target in targets:
        progress(f"{target.name}: synthesis")
        # yosys runs in processes of its own: these threads only wait for them
        with ThreadPoolExecutor(2) as pool:
            framed = pool.submit(_framed, spec, emitted, target)
            alone = pool.submit(yosys.synthesize, emitted.verilog, emitted.name, target.script)
            modules = _modules(emitted, target)
            mapped = alone.result()
        timing = None
        if target.placement is not None:
            progress(f"{target.name}: place and route, {len(seeds)} seeds")
            timing = _timing(framed.result(), target, seeds)
        contract = spec.contract
        reports.append(
            TargetReport(
                target=target.name,
                resources=yosys.resources(mapped.cells, target),
                modules=modules,
                cells={kind: number for kind, number in sorted(mapped.cells.items()) if number},
                method=f"{yosys.version()}: {'; '.join(target.script).format(top=emitted.name)}",
                timing=timing,
                operation=contract.operation,
                interval=contract.interval,
                operations_per_second=timing and timing.median_mhz * 1e6 / contract.interval,
            )
        )
    fields = spec.model_dump(mode="json", exclude_none=True)
    return SynthesisReport(macro=spec.macro, spec=fields, targets=tuple(reports))


def _framed(spec: Spec, emitted: Emitted, target: Target) -> str:
    """The netlist to place: the macro between registers; empty where nothing is placed."""
    if target.placement is None:
        return ""
    verilog = emitted.verilog + harness(spec, emitted.name)
    return yosys.synthesize(verilog, HARNESS, target.script).json


def _modules(emitted: Emitted, target: Target) -> dict[str, dict[str, int]]:
    """Resources by module; empty for a macro of one module."""
    if emitted.verilog.count("\nendmodule") < 2:
        return {}
    script = [_unflattened(line) for line in target.script]
    mapped = yosys.synthesize(emitted.verilog, emitted.name, script)
    return {name: yosys.resources(cells, target) for name, cells in mapped.modules.items()}


def _unflattened(line: str) -> str:
    if line.startswith(("synth_ice40", "synth_ecp5")):
        return line.replace(" -top", " -noflatten -top")
    return line.replace(" -flatten", "")


def _timing(netlist: str, target: Target, seeds: Sequence[int]) -> Timing:
    assert target.placement is not None
    try:
        placed: PlacedSeeds = place(netlist, target.placement, seeds)
    except ToolFailed as error:
        raise type(error)(f"{target.name}: {error}") from None
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
        method=f"{placing.version(target.placement)}, {' '.join(target.placement.options)}, "
        f"aim {target.placement.frequency} MHz, ports registered, median of {len(seeds)} seeds",
    )
