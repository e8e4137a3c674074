"""The main job on real data."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.commands.options import Json, Simulator, seed_option
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.provenance import ALL

PLACE = ("Networks and published systems", 4)
TOOLS = ALL


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="folder to write to")] = Path(
        "out/demo"
    ),
    seed: Annotated[int, seed_option("split and training")] = 0,
    simulator: Simulator = SimulatorName.AUTO,
    as_json: Json = False,
) -> None:
    """Train a network on real digits, run it in RTL, place it, and write an HTML report."""
    from neuroloom.flows.demo import run_demo, summary_rows
    from neuroloom.flows.reports.demo_result import DemoResult
    from neuroloom.flows.tools import terminal

    results: list[DemoResult] = []
    try:
        with terminal.progress("demo") as advance:
            run_demo(
                output, simulator=simulator, seed=seed, progress=advance, computed=results.append
            )
    finally:  # it is seen even though it cannot be written
        for result in results:
            if as_json:
                terminal.print_json(result.model_dump(mode="json"))
            else:
                terminal.out.print(terminal.table(("", ""), summary_rows(result)))
    if not as_json:
        terminal.out.print(f"\nreport: {output / 'report.html'}", soft_wrap=True)
