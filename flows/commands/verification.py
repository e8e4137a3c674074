"""The committed table of what the proof of every macro rests on."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json
from neuroloom.flows.macros import catalogue


def verification(
    output: Annotated[Path, typer.Argument(help="folder to write to")] = Path("docs/results"),
    most: Annotated[
        int | None,
        typer.Option(
            min=1, help="how many mutants of each kind are tried of a macro; all by default"
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="macro to measure; all by default")] = None,
    as_json: Json = False,
) -> None:
    """Measure what `verify` of every macro sees, and write it as a table.

    Coverage, proofs, mutants and planted bugs. What was measured before with the same sources is
    kept, so that a run that was broken off goes on. All mutants take hours.
    """
    from neuroloom.flows.benchmarks.verification import measure
    from neuroloom.flows.mutation.store import NAME, Store
    from neuroloom.flows.tools import terminal
    from neuroloom.flows.tools.cache import cache_folder

    chosen = [catalogue.macro(name) for name in only or catalogue.macros()]
    store = Store(cache_folder() / NAME)
    with terminal.progress("verification") as advance:
        files = measure(output, chosen, most, store, advance)
    if as_json:
        terminal.print_json({"files": [str(file) for file in files]})
        return
    for file in files:
        terminal.out.print(f"written: {file}", soft_wrap=True)
