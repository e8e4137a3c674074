"""Arguments and options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from neuroloom.flows.cells.mapping import Aim
from neuroloom.flows.commands.effect import CELLS, PLACED, Need, Needs
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
NO_CLOCK = Need("with --clock the smallest mapping that meets it is taken")
Seeds = Annotated[int, typer.Option(min=1, help="place-and-route seeds"), Needs(PLACED)]
CellAim = Annotated[
    Aim, typer.Option(help="what standard cells are chosen for"), Needs(CELLS, NO_CLOCK)
]
ClockPeriod = Annotated[
    float | None,
    typer.Option(min=0.001, help="clock period that standard cells must meet [ns]"),
    Needs(CELLS),
]
Power = Annotated[
    bool,
    typer.Option(help="simulate the gate-level netlist for energy an operation"),
    Needs(CELLS, result="energy is measured on standard cells only"),
]
