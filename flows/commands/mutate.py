"""What a macro's bench does not see."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import (
    Json,
    MacroName,
    Overrides,
    Simulator,
    SpecFile,
    finite,
    limit_option,
    seed_option,
)
from neuroloom.flows.macros import catalogue
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.tools.provenance import PROOF, SIMULATION

PLACE = ("Macros", 4)
TOOLS = (*SIMULATION, *PROOF)


def mutate(
    macro: MacroName,
    overrides: Overrides = None,
    most: Annotated[
        int | None,
        typer.Option(min=1, help="how many mutants of a kind are tried at most, a share of them"),
    ] = None,
    seed: Annotated[int, seed_option("the share, and of mutants of the netlist")] = 1,
    nets: Annotated[
        int,
        typer.Option(
            min=0, max=10_000, help="how many mutants are made of the netlist; 0 for none"
        ),
    ] = 60,
    simulator: Simulator = SimulatorName.AUTO,
    only: Annotated[
        bool, typer.Option("--only", help="the bench of this specification, without companions")
    ] = False,
    at_least: Annotated[
        float | None,
        typer.Option(min=0, max=100, callback=finite, help="fail when fewer are noticed [%]"),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(help="file that keeps what was found; by default one in the cache"),
    ] = None,
    time_limit: Annotated[
        float, limit_option("processor time after which no more benches are run on a mutant")
    ] = 60.0,
    spec: SpecFile = None,
    as_json: Json = False,
) -> None:
    """Change a macro's hardware in many small ways, and see which of them its bench notices.

    A mutant of the source is one change of a line: an operator, a constant, a width, a condition,
    an assignment or a reset that is left out. It is put to the benches of `verify` in
    amaranth.sim, companions included, until one of them fails. A mutant of the netlist has one bit
    stuck or inverted; it is put to the bench of its specification in the simulator.

    Survivors are printed with their lines: each is a bug that `verify` would let pass, or a change
    that makes no difference. A run that is broken off goes on where it was. The exit status is 0
    with survivors, too, unless --at-least says how many of a hundred are to be noticed: with fewer
    it is 1.
    """
    from neuroloom.flows.mutation.score import score
    from neuroloom.flows.mutation.store import NAME, MutantStore
    from neuroloom.flows.mutation.told import print_score
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.cache import cache_folder
    from neuroloom.flows.tools.writing import output_folder

    entry = catalogue.macro(macro)
    chosen = read_spec(entry, overrides or (), spec)
    kept = MutantStore(store or cache_folder() / NAME)
    with (
        output_folder(store and store.parent),
        terminal.progress(f"{entry.name}: mutants") as advance,
    ):
        result = score(
            chosen,
            bool(overrides or spec),
            only,
            most,
            seed,
            nets,
            kept,
            time_limit,
            simulator,
            progress=advance,
        )
    if as_json:
        terminal.print_json(result.as_dict())
    else:
        print_score(result)
    percent = result.all.percent
    if at_least is not None and percent < at_least:
        raise VerificationFailed(
            f"{entry.name}: {percent:.1f} % of the mutants were noticed, not {at_least:g} %"
        )
