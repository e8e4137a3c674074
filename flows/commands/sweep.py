"""Many specifications on many targets."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.cells.aim import Aim
from neuroloom.flows.commands.completion import fields
from neuroloom.flows.commands.effect import without_effect
from neuroloom.flows.commands.options import (
    HERE,
    MEMORY_LIMIT,
    NO_CLOCK,
    POINTS,
    SCHEDULER,
    CellAim,
    ClockPeriod,
    Json,
    Liberty,
    MacroName,
    MemoryBits,
    Power,
    Seeds,
    SpecFile,
    TargetNames,
    Workers,
    limit_option,
)
from neuroloom.flows.designs.memories import MOST_BITS
from neuroloom.flows.macros import catalogue
from neuroloom.flows.tools.errors import OutputFailed, ToolFailed, UsageError
from neuroloom.flows.tools.provenance import SYNTHESIS
from neuroloom.golden.wording import counted, nearest, quoted

PLACE = ("Macros", 7)
TOOLS = SYNTHESIS


def sweep(
    context: typer.Context,
    macro: MacroName,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=V1,V2,...]...",
            help="values of a Spec field, such as width=64,256; all combinations are visited",
            autocompletion=fields,
        ),
    ] = None,
    points: Annotated[Path | None, POINTS] = None,
    target: TargetNames = None,
    liberty: Liberty = None,
    seeds: Seeds = 5,
    aim: CellAim = Aim.BALANCED,
    clock: ClockPeriod = None,
    power: Power = False,
    memory_bits: MemoryBits = MOST_BITS,
    per: Annotated[
        list[str] | None, typer.Option(help="field whose every value has a Pareto front of its own")
    ] = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="leave out combinations the Spec refuses")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="folder for sweep.csv, sweep.json, sweep.html and finished points, which are "
            "not computed again",
        ),
    ] = None,
    parquet: Annotated[bool, typer.Option("--parquet", help="write sweep.parquet as well")] = False,
    workers: Workers = None,
    scheduler: Annotated[str | None, SCHEDULER] = None,
    time_limit: Annotated[float, limit_option("time after which a point is stopped")] = 3600.0,
    memory_limit: Annotated[int | None, MEMORY_LIMIT] = None,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Synthesize many specifications for many targets; table, Pareto front, plots.

    Every point is computed once: what is finished is kept, and a sweep that was broken off in any
    way goes on from there. A point that fails is reported at the end, and the others go on. A
    star marks the points that none of their target beats in area and time of an operation (and
    energy, with --power). A point whose specification does not compute as wanted is marked with !
    and competes with none.
    """
    from neuroloom.flows.batch.job import Limits
    from neuroloom.flows.commands.delivery import deliver, goes_on_again
    from neuroloom.flows.reports.sweep_page import write_sweep
    from neuroloom.flows.sweep import cautions, table
    from neuroloom.flows.sweep.pareto import DOUBT, by_target, pareto
    from neuroloom.flows.sweep.plan import fields, plan, varying
    from neuroloom.flows.sweep.run import sweep as run_sweep
    from neuroloom.flows.synthesis.synthesize import Options
    from neuroloom.flows.synthesis.targets import default_targets, liberty_target
    from neuroloom.flows.synthesis.targets import target as find_target
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.writing import output_folder

    entry = catalogue.macro(macro)
    planned = plan(entry, values or (), spec, points, skip_invalid)
    known = dict.fromkeys(name for spec in planned.specs for name in fields(spec))
    for name in per or ():
        if name not in known:
            raise UsageError(f"--per: no field {quoted(name)}; {nearest(name, list(known))}")
    if parquet:
        table.check_parquet()
        if output is None:
            raise UsageError("--parquet needs a folder to write to: give it with -o")
    for refused in planned.refused:
        terminal.err.print(f"left out: {refused.values}: {refused.reason}")
    chosen = [find_target(name) for name in dict.fromkeys(target or ())]
    if liberty:
        chosen.append(liberty_target(liberty))
    chosen = chosen or default_targets()
    met = {NO_CLOCK: clock is None, HERE: scheduler is None}
    warnings = [*planned.warnings, *without_effect(context, met, chosen)]
    warnings += cautions.of_specs(planned.specs)
    differing = varying(planned.specs)
    warnings += [
        f"--per {name} does nothing: all points have the same"
        for name in per or ()
        if name not in differing
    ]
    for sentence in warnings:
        terminal.warn(sentence)
    options = Options(range(1, seeds + 1), aim, clock, power=power, memory_bits=memory_bits)
    limits = Limits(seconds=time_limit, megabytes=memory_limit)
    total = len(planned.specs) * len(chosen)
    with (
        output_folder(output),
        goes_on_again(),
        terminal.progress(f"{entry.name}: {counted(total, 'point')}", total) as advance,
    ):
        result = run_sweep(
            planned.specs,
            chosen,
            options,
            output,
            workers,
            limits,
            scheduler,
            liberty or (),
            lambda done, _: advance(),
        )
    best = pareto(result.points, per or ())
    document = {
        "macro": result.macro,
        "varying": result.varying,
        "warnings": warnings,
        "points": table.rows(result, best),
        "computed": result.computed,
        "failed": len(result.failed),
        "left_out": [{"values": r.values, "reason": r.reason} for r in planned.refused],
        "seconds": round(result.seconds, 2),
    }

    def show() -> None:
        for group in by_target(result, best):
            terminal.out.print(table.terminal_table(result.varying, group))
            terminal.out.print()
        if any(point.cautions for point in result.points):
            terminal.out.print(f"{DOUBT} does not compute as wanted: see the warnings\n")
        if result.failed:
            terminal.out.print(table.failure_table(result))
            terminal.out.print()
        terminal.out.print(
            f"{counted(result.computed, 'point')} computed, "
            f"{total - result.computed - len(result.failed)} finished before, "
            f"{len(result.failed)} failed, {result.seconds:.1f} s"
        )

    def write() -> list[Path]:
        if result.unkept:
            raise OutputFailed(result.unkept)
        return write_sweep(result, output, per or (), parquet) if output is not None else []

    deliver(as_json, document, show, write)
    if result.failed:
        raise ToolFailed(f"{len(result.failed)} of {counted(total, 'point')} failed")
