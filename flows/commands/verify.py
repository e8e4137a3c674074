"""The bench on the generated Verilog."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from neuroloom.flows import catalogue
from neuroloom.flows.commands.options import (
    GREATEST_SEED,
    MOST_SEEDS,
    Json,
    MacroName,
    Overrides,
    Simulator,
    SpecFile,
    limit_option,
    seed_option,
)
from neuroloom.flows.commands.typed import typed_again
from neuroloom.flows.errors import OutputFailed, UsageError, VerificationFailed
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.specification import read_spec


def verify(
    macro: MacroName,
    overrides: Overrides = None,
    seeds: Annotated[int, typer.Option(min=1, max=MOST_SEEDS, help="how many seeds")] = 1,
    seed: Annotated[int, seed_option("the first run")] = 1,
    operations: Annotated[int | None, typer.Option(min=1, help="random operations a seed")] = None,
    simulator: Simulator = SimulatorName.AUTO,
    waves: Annotated[
        Path | None, typer.Option(help="folder for a VCD file of every seed, passed or not")
    ] = None,
    time_limit: Annotated[float, limit_option("time after which a run is stopped")] = 600.0,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Run the bench on the generated Verilog against the golden model."""
    from neuroloom.flows import console
    from neuroloom.flows.simulation.simulators import choose
    from neuroloom.flows.verify import verify as verify_macro
    from neuroloom.flows.writing import output_folder

    if seed + seeds - 1 > GREATEST_SEED:
        raise UsageError(
            f"--seed {seed} --seeds {seeds} reaches the seed {seed + seeds - 1}; "
            f"seeds are 0 to {GREATEST_SEED}"
        )
    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    choice = choose(simulator)
    if choice.reason:
        console.err.print(Text.assemble(("note:", "yellow"), f" {choice.reason}"))
    with (
        output_folder(waves),
        console.progress(f"{entry.name} in {choice.name}", seeds) as advance,
    ):
        result = verify_macro(
            chosen, range(seed, seed + seeds), operations, simulator,
            waves=waves or Path("waves"), always_waves=waves is not None, seconds=time_limit,
            progress=lambda _: advance(),
        )  # fmt: skip
    if as_json:
        console.print_json(result.as_dict())
    else:
        columns = (">seed", "outcome", ">operations", ">cycles", "latency / interval", "coverage",
                   ">time")  # fmt: skip
        console.out.print(
            console.table(columns, console.outcome_rows(result), f"{entry.name} in {choice.name}")
        )
        for file in result.waves:
            console.out.print(f"waves: {file}")
    failed = [each for each in result.outcomes if each.status != "passed"]
    if failed:
        first = failed[0].report.get("seed")
        told = [f"{entry.name} {failed[0].status}, seed {first}: {failed[0].message}"]
        told += [f"  {line}" for line in failed[0].inputs]
        told.append(f"repeat it with: {typed_again(seeds=None, seed=first)}")
        if result.unwritten:
            told.append(f"its waves are missing: {result.unwritten}")
        raise VerificationFailed("\n".join(told))
    if result.unwritten:
        raise OutputFailed(result.unwritten)
