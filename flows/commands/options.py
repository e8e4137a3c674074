"""Arguments and options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.cells.mapping import Aim
from neuroloom.flows.simulation.simulators import SimulatorName

MacroName = Annotated[str, typer.Argument(metavar="MACRO", help="a name from `neuroloom list`")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FIELD=VALUE]...", help="fields of the Spec, such as width=256"),
]
SpecFile = Annotated[
    Path | None, typer.Option("--spec", help="read the Spec from a TOML or JSON file or manifest")
]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Simulator = Annotated[SimulatorName, typer.Option(help="simulator to use")]
Liberty = Annotated[
    list[Path] | None,
    typer.Option(help="Liberty file of your own, read together when repeated"),
]
Seeds = Annotated[int, typer.Option(min=1, help="place-and-route seeds")]
CellAim = Annotated[Aim, typer.Option(help="what standard cells are chosen for")]
ClockPeriod = Annotated[
    float | None,
    typer.Option(min=0.001, help="clock period that standard cells must meet [ns]"),
]
Power = Annotated[
    bool, typer.Option(help="simulate the gate-level netlist for energy an operation")
]
