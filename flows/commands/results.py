"""The committed tables of results."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json
from neuroloom.flows.tools.provenance import ALL

PLACE = ("Measured again for docs/results", 1)
TOOLS = ALL


def results(
    output: Annotated[Path, typer.Argument(help="folder to write to")] = Path("docs/results"),
    as_json: Json = False,
) -> None:
    """Measure the reference designs again and write the table of results."""
    from neuroloom.flows.benchmarks.measure import measure
    from neuroloom.flows.tools import terminal

    with terminal.progress("reference designs") as advance:
        files = measure(output, advance)
    if as_json:
        terminal.print_json({"files": [str(file) for file in files]})
        return
    for file in files:
        terminal.out.print(f"written: {file}", soft_wrap=True)
