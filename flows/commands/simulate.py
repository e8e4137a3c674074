"""Whole data sets through the generated Verilog."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.effect import Need, Needs, without_effect
from neuroloom.flows.commands.options import (
    Json,
    MacroName,
    Overrides,
    SpecFile,
    finite,
    limit_option,
    seed_option,
)
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.simulation.names import LEAST_PROBABILITY
from neuroloom.flows.tools.errors import NeuroloomError, UsageError, VerificationFailed
from neuroloom.flows.tools.provenance import SIMULATION

PLACE = ("Macros", 5)
TOOLS = SIMULATION

MOST_IN_A_RUN = 1_000_000_000
"""Operations, and cycles between two of them."""
CHANCE = Need(
    "nothing is random where --traffic gives the operations and every token is offered and "
    "accepted at once"
)


def simulate(
    context: typer.Context,
    macro: MacroName,
    overrides: Overrides = None,
    traffic: Annotated[
        list[Path] | None,
        typer.Option(
            "--traffic",
            "-t",
            help="file of input tokens, may be repeated: .npz with arrays named stream.field, or "
            "stream.field.npy, or stream.field.csv with a line a token",
        ),
    ] = None,
    setup: Annotated[
        list[Path] | None,
        typer.Option(help="file of tokens to be taken before the operations, such as weights"),
    ] = None,
    random: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_IN_A_RUN, help="random operations in place of --traffic"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="folder for outputs.npz, report.json and finished chunks, which are not "
            "simulated again",
        ),
    ] = None,
    chunk: Annotated[
        int, typer.Option(min=1, help="operations in a chunk; each chunk starts from reset")
    ] = 1000,
    workers: Annotated[
        int | None, typer.Option(min=1, help="chunks at once, by default one a core")
    ] = None,
    offer: Annotated[
        float,
        typer.Option(
            min=LEAST_PROBABILITY,
            max=1,
            callback=finite,
            help="probability a cycle that an input is offered",
        ),
    ] = 1.0,
    accept: Annotated[
        float,
        typer.Option(
            min=LEAST_PROBABILITY,
            max=1,
            callback=finite,
            help="probability a cycle that an output is accepted",
        ),
    ] = 1.0,
    spacing: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_IN_A_RUN, help="from one operation's start to the next [cycle]"
        ),
    ] = None,
    seed: Annotated[int, seed_option("random operations and gaps"), Needs(CHANCE)] = 1,
    waves: Annotated[
        Path | None, typer.Option(help="VCD file of the first chunk, nets of the top module")
    ] = None,
    time_limit: Annotated[float, limit_option("time after which a chunk is stopped")] = 3600.0,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Simulate a whole data set and compare every result with the golden model.

    A harness is compiled with the Verilog, so that millions of cycles a second are simulated.
    The data set is cut into chunks of whole operations; each starts from reset, then takes the
    loads of --setup. A macro that carries state from one operation to the next gives other
    results than in one long run: the report says so; a chunk as long as the data set avoids it.
    """
    from neuroloom.flows.commands.delivery import deliver
    from neuroloom.flows.simulation.bulk.files import read_traffic
    from neuroloom.flows.simulation.bulk.reports import report_rows
    from neuroloom.flows.simulation.bulk.run import Pace
    from neuroloom.flows.simulation.bulk.simulate import first_chunk, random_traffic, record_waves
    from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_macro
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.writing import output_folder

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    if bool(traffic) is (random is not None):
        raise UsageError("give either files with --traffic or a number with --random")
    warnings = without_effect(context, {CHANCE: random is not None or min(offer, accept) < 1})
    for sentence in warnings:
        terminal.warn(sentence)
    if random is not None:
        try:
            work, loads = random_traffic(chosen, random, seed)
        except MemoryError:
            raise NeuroloomError(
                f"there is not enough memory for {random:,} operations: lower --random"
            ) from None
    else:
        work, loads = read_traffic(chosen, traffic or ()), None
    if setup:
        loads = read_traffic(chosen, setup)
    pace = Pace(offer, accept, spacing, seed)
    with output_folder(output), output_folder(waves and waves.parent):
        with terminal.progress(f"{entry.name}: building", 1) as advance:

            def chunk_done(done: int, total: int) -> None:
                advance(f"{entry.name}: chunks")
                advance(done=done, total=total)

            result = simulate_macro(
                chosen,
                work,
                loads,
                chunk,
                workers,
                pace,
                output,
                seconds=time_limit,
                progress=chunk_done,
                write=False,
            )
        report = result.report

        def show() -> None:
            terminal.out.print(
                terminal.table(("", ""), report_rows(report), f"{entry.name} in bulk")
            )

        def write() -> list[Path]:
            if output is not None:
                result.write(output)
            if waves is not None:
                first = first_chunk(chosen, work, chunk)
                record_waves(chosen, first, waves, loads, pace, seconds=time_limit)
            return [file for file in (output, waves) if file is not None]

        deliver(as_json, {**report.model_dump(mode="json"), "warnings": warnings}, show, write)
    if not report.passed:
        raise VerificationFailed(f"{entry.name} differs from its golden model: {report.message}")
