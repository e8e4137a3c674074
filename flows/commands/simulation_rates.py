"""How fast bulk simulation is."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json
from neuroloom.flows.tools.provenance import SIMULATION

PLACE = ("Measured again for docs/results", 3)
TOOLS = SIMULATION


def simulation_rates(
    output: Annotated[Path, typer.Argument(help="folder to write to")] = Path("docs/results"),
    mnist: Annotated[
        Path | None,
        typer.Option(help="folder of MNIST's IDX files, for a network on its 10,000 test images"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure how fast bulk simulation is, beside cocotb, and write the table."""
    from neuroloom.flows.benchmarks.simulation_rates import measure
    from neuroloom.flows.tools import terminal

    texts: list[str] = []
    files: list[Path] = []
    try:
        with terminal.progress("rates of simulation") as advance:
            files = measure(output, mnist, advance, texts.append)
    finally:  # it is seen even though it cannot be written
        for text in () if as_json else texts:
            print(text)
    if as_json:
        terminal.print_json({"files": [str(file) for file in files]})
        return
    for file in files:
        terminal.out.print(f"written: {file}", soft_wrap=True)
