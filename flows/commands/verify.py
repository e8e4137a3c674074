"""The bench on the generated Verilog."""

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from neuroloom.flows.field_values import as_typed
from neuroloom.flows.simulation.names import TIME_LIMIT, SimulatorName
from neuroloom.flows.specification import read_spec

if TYPE_CHECKING:
    from neuroloom.flows.verify import Verification


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
    only: Annotated[
        bool, typer.Option("--only", help="this specification alone, without companions")
    ] = False,
    time_limit: Annotated[float, limit_option("time after which a run is stopped")] = TIME_LIMIT,
    code_coverage: Annotated[
        bool,
        typer.Option("--code-coverage", help="tell which lines and bits of the Verilog run"),
    ] = False,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Run the bench on the generated Verilog against the golden model.

    Companions run as well: small specifications, found anew, in which every value of a choice,
    the ends of numbers and every line of the hardware occur. Where fields are given they keep to
    the choices of that specification.
    """
    from neuroloom.flows import console
    from neuroloom.flows.coverage.measure import of_results
    from neuroloom.flows.simulation.simulators import choose
    from neuroloom.flows.verify import verify as verify_macro
    from neuroloom.flows.verify import verify_companions
    from neuroloom.flows.writing import output_folder

    if seed + seeds - 1 > GREATEST_SEED:
        raise UsageError(
            f"--seed {seed} --seeds {seeds} reaches the seed {seed + seeds - 1}; "
            f"seeds are 0 to {GREATEST_SEED}"
        )
    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    choice = choose(simulator, code_coverage)
    if choice.reason:
        console.err.print(Text.assemble(("note:", "yellow"), f" {choice.reason}"))
    companions = () if only else entry.companions(chosen, fixed=bool(overrides or spec))
    with (
        output_folder(waves),
        console.progress(f"{entry.name} in {choice.name}", seeds + len(companions)) as advance,
    ):
        result = verify_macro(
            chosen, range(seed, seed + seeds), operations, simulator,
            waves=waves or Path("waves"), always_waves=waves is not None, seconds=time_limit,
            progress=lambda _: advance(), code_coverage=code_coverage,
        )  # fmt: skip
        beside = verify_companions(
            companions, seed, operations, simulator, waves or Path("waves"), time_limit, advance,
            code_coverage=code_coverage,
        )  # fmt: skip
    coverage = of_results((result, *beside)) if code_coverage else None
    if as_json:
        console.print_json(
            {
                **result.as_dict(),
                "companions": [
                    {**each.as_dict(), "shows": companion.shows}
                    for companion, each in zip(companions, beside, strict=True)
                ],
                **({"code_coverage": coverage.as_dict()} if coverage else {}),
            }
        )
    else:
        columns = (">seed", "outcome", ">operations", ">cycles", "latency / interval", "coverage",
                   ">time")  # fmt: skip
        console.out.print(
            console.table(columns, console.outcome_rows(result), f"{entry.name} in {choice.name}")
        )
        if companions:
            rows = console.companion_rows(companions, beside)
            headings = (">companion", "outcome", ">operations", ">cycles", "coverage", ">time",
                        "what it shows")  # fmt: skip
            console.out.print(console.table(headings, rows, f"companions of {entry.name}"))
        if coverage:
            console.print_code_coverage(coverage)
        for each in (result, *beside):
            for file in each.waves:
                console.out.print(f"waves: {file}")
    _refuse_failed(result, lambda seed: typed_again(seeds=None, seed=seed))
    for each in beside:
        fields = list(as_typed(each.spec, entry.standard))
        _refuse_failed(each, partial(_again, entry.name, fields, operations, simulator, time_limit))
    unwritten = next((each.unwritten for each in (result, *beside) if each.unwritten), "")
    if unwritten:
        raise OutputFailed(unwritten)


def _refuse_failed(result: "Verification", again: Callable[[int], str]) -> None:
    """VerificationFailed with the first run that failed, and the line that repeats it."""
    failed = [each for each in result.outcomes if each.status != "passed"]
    if not failed:
        return
    first = int(failed[0].report["seed"])
    told = [f"{result.spec.macro} {failed[0].status}, seed {first}: {failed[0].message}"]
    told += [f"  {line}" for line in failed[0].inputs]
    told.append(f"repeat it with: {again(first)}")
    if result.unwritten:
        told.append(f"its waves are missing: {result.unwritten}")
    raise VerificationFailed("\n".join(told))


def _again(
    macro: str,
    fields: list[str],
    operations: int | None,
    simulator: SimulatorName,
    time_limit: float,
    seed: int,
) -> str:
    """The command that verifies one companion alone."""
    words = ["neuroloom", "verify", macro, *fields, "--only", "--seed", str(seed)]
    words += [] if operations is None else ["--operations", str(operations)]
    words += [] if simulator is SimulatorName.AUTO else ["--simulator", simulator.value]
    words += [] if time_limit == TIME_LIMIT else ["--time-limit", f"{time_limit:g}"]
    return shlex.join(words)
