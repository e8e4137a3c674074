"""The committed table of what the proof of every macro rests on."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json
from neuroloom.flows.macros import catalogue
from neuroloom.flows.tools.provenance import PROOF, SIMULATION

PLACE = ("Measured again for docs/results", 2)
TOOLS = (*SIMULATION, *PROOF)


def verification(
    output: Annotated[Path, typer.Argument(help="folder to write to")] = Path("docs/results"),
    most: Annotated[
        int | None,
        typer.Option(
            min=1, help="how many mutants of each kind are tried of a macro; all by default"
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="macro to measure; all by default")] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="tell what the table has and measure nothing")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure what `verify` of every macro sees, and write it as a table.

    Coverage, proofs, mutants and planted bugs. What was measured before with the same sources is
    kept, so that a run that was broken off goes on; a row counts as measured until the sources of
    its macro change, and --list tells which did. All mutants take hours.
    """
    from neuroloom.flows.benchmarks.verification import is_stale, measure, read_table
    from neuroloom.flows.mutation.store import NAME, MutantStore
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.cache import cache_folder

    chosen = [catalogue.macro(name) for name in only or catalogue.macros()]
    if listed:
        table = read_table(output)
        states = {}
        for entry in chosen:
            row = table.row(entry.name)
            states[entry.name] = (
                "not measured" if row is None else "other sources" if is_stale(row) else "measured"
            )
        if as_json:
            terminal.print_json(states)
        else:
            terminal.out.print(terminal.table(("macro", "row"), states.items()))
        return
    store = MutantStore(cache_folder() / NAME)
    with terminal.progress("verification") as advance:
        files = measure(output, chosen, most, store, advance)
    if as_json:
        terminal.print_json({"files": [str(file) for file in files]})
        return
    for file in files:
        terminal.out.print(f"written: {file}", soft_wrap=True)
