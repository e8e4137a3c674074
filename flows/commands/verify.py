"""The bench on the generated Verilog."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.effect import Need, Needs, without_effect
from neuroloom.flows.commands.options import (
    GREATEST_SEED,
    HERE,
    MEMORY_LIMIT,
    MOST_SEEDS,
    POINTS,
    SCHEDULER,
    Json,
    MacroName,
    Overrides,
    Simulator,
    SpecFile,
    Workers,
    limit_option,
    seed_option,
)
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.simulation.names import TIME_LIMIT, SimulatorName
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.provenance import SIMULATION
from neuroloom.flows.tools.reading.refusal import reading

PLACE = ("Macros", 2)
TOOLS = SIMULATION

LISTED = Need("it counts for --points and --random")
ALONE = Need("with --points and --random no specification has companions, waves or such counts")
DRAWN = Need("without --random nothing is drawn", "give --random and how many")
NOT_DRAWN = Need("with --random each specification has one seed, its own")


def verify(
    context: typer.Context,
    macro: MacroName,
    overrides: Overrides = None,
    points: Annotated[Path | None, POINTS] = None,
    random: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_SEEDS, help="how many random specifications are verified"),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="JSON file of points that takes the smallest that failed"),
        Needs(DRAWN, result="only what is drawn is kept"),
    ] = None,
    first: Annotated[
        bool, typer.Option("--first", help="end at the first run that does not pass"), Needs(LISTED)
    ] = False,
    seeds: Annotated[
        int, typer.Option(min=1, max=MOST_SEEDS, help="how many seeds"), Needs(NOT_DRAWN)
    ] = 1,
    seed: Annotated[int, seed_option("the first run")] = 1,
    operations: Annotated[int | None, typer.Option(min=1, help="random operations a seed")] = None,
    simulator: Simulator = SimulatorName.AUTO,
    waves: Annotated[
        Path | None,
        typer.Option(help="folder for a VCD file of every seed, passed or not"),
        Needs(ALONE),
    ] = None,
    only: Annotated[
        bool,
        typer.Option("--only", help="this specification alone, without companions"),
        Needs(ALONE),
    ] = False,
    netlist: Annotated[
        list[Path] | None,
        typer.Option(
            help="Verilog that is verified in place of the generated one, such as a netlist and "
            "its models from synth; may be repeated"
        ),
        Needs(ALONE),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="folder for verify.html, verify.json and passed runs"),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="JUnit XML file with a test case for each run")
    ] = None,
    coverage: Annotated[
        Path | None,
        typer.Option(help="file for the points of functional coverage, XML of cocotb-coverage"),
    ] = None,
    workers: Workers = None,
    scheduler: Annotated[str | None, SCHEDULER, Needs(LISTED)] = None,
    memory_limit: Annotated[int | None, MEMORY_LIMIT, Needs(LISTED)] = None,
    time_limit: Annotated[float, limit_option("time after which a run is stopped")] = TIME_LIMIT,
    code_coverage: Annotated[
        bool,
        typer.Option("--code-coverage", help="tell which lines and bits of the Verilog run"),
        Needs(ALONE),
    ] = False,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Run the bench on the generated Verilog against the golden model.

    Companions run as well: small specifications, found anew, in which every value of a choice,
    the ends of numbers and every line of the hardware occur. Where fields are given they keep to
    the choices of that specification.

    With --points a list of specifications is verified, with --random random ones, each alone:
    those that passed are kept and not run again, and random ones that fail are made as small as
    they still fail.

    With --netlist the bench runs on the Verilog in these files, without companions.
    """
    from neuroloom.flows.commands import regression
    from neuroloom.flows.commands.companions import verify_one
    from neuroloom.flows.regression.repeat import Asked
    from neuroloom.flows.simulation.simulators import choose
    from neuroloom.flows.tools import terminal

    entry = catalogue.macro(macro)
    asked = Asked(operations, simulator, time_limit)
    listed = points is not None or random is not None
    if points is not None and random is not None:
        raise UsageError("--points has specifications and --random draws them: give one of both")
    _check_seeds(seed, random or seeds, f"--random {random}" if random else f"--seeds {seeds}")
    met = {
        LISTED: listed,
        ALONE: not listed,
        DRAWN: random is not None,
        NOT_DRAWN: random is None,
        HERE: scheduler is None,
    }
    files = regression.Files(output, junit, coverage, keep if random else None)
    if listed:
        planned, warnings = regression.plan(
            entry, overrides or (), spec, points, random, range(seed, seed + seeds), files
        )
    else:
        chosen, warnings = read_spec(entry, overrides or (), spec), []
    warnings = [*warnings, *without_effect(context, met)]
    for sentence in warnings:
        terminal.warn(sentence)
    choice = choose(simulator, code_coverage and not listed)
    if choice.reason:
        terminal.note(choice.reason)
    if listed:
        place = regression.RunPlace(workers, scheduler, memory_limit)
        regression.verify_list(
            entry, planned, asked, files, place, bool(random), warnings, as_json, first
        )
    else:
        alone = only or bool(netlist)
        companions = () if alone else entry.companions(chosen, fixed=bool(overrides or spec))
        verify_one(
            entry,
            chosen,
            companions,
            range(seed, seed + seeds),
            asked,
            files,
            waves,
            workers,
            code_coverage,
            as_json,
            _texts(netlist or ()),
        )


def _texts(files: Sequence[Path]) -> str | None:
    """The files one after the other; None without any."""
    texts = []
    for file in files:
        with reading(file, "the Verilog file"):
            texts.append(file.read_text(encoding="utf-8"))
    return "\n".join(texts) or None


def _check_seeds(seed: int, number: int, option: str) -> None:
    if seed + number - 1 > GREATEST_SEED:
        raise UsageError(
            f"--seed {seed} {option} reaches the seed {seed + number - 1}; "
            f"seeds are 0 to {GREATEST_SEED}"
        )
