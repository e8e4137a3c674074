"""Arguments and options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
