"""Arguments and options that commands share."""

from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from neuroloom.flows.cells.aim import Aim
from neuroloom.flows.cells.memories.names import SRAM_BITS, MemoryMode, SramAim
from neuroloom.flows.commands.completion import fields, macro_names, target_names
from neuroloom.flows.commands.effect import CELLS, PLACED, Need, Needs
from neuroloom.flows.macros import catalogue
from neuroloom.flows.simulation.names import SimulatorName
from neuroloom.flows.tools.process import OptionLimit

GREATEST_SEED = (1 << 32) - 1
MOST_SEEDS = 10_000
LONGEST = 1e8
"""[s], three years."""


def finite(value: float | None) -> float | None:
    """What an option gives, if it is a number: ranges let nan pass."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a number.")
    return value


def limit(seconds: float) -> float:
    """What ``--time-limit`` gives, known as such to whatever it stops."""
    return OptionLimit(finite(seconds) or seconds)


def known_macro(name: str | None) -> str | None:
    """The name of a macro, refused before anything is loaded where there is none."""
    if name is not None:
        catalogue.entry(name)
    return name


def seed_option(of: str) -> Any:
    """An option for the seed of something."""
    return typer.Option(min=0, max=GREATEST_SEED, help=f"seed of {of}")


def limit_option(what: str) -> Any:
    """An option for the time that something may take."""
    return typer.Option(min=1, max=LONGEST, callback=limit, help=f"{what} [s]")


HERE = Need("with --scheduler as many points at once as its workers take are computed")
Workers = Annotated[
    int | None, typer.Option(min=1, help="points at once, by default one a core"), Needs(HERE)
]
SCHEDULER = typer.Option(
    help="address of a Dask scheduler whose workers compute, such as tcp://host:8786"
)
POINTS = typer.Option(
    help="file with a row of fields for each point: CSV with a head line, a JSON list of tables, "
    "or TOML with an array of tables named points"
)
MEMORY_LIMIT = typer.Option(min=64, help="data of each process of a point [MB]")
MacroName = Annotated[
    str,
    typer.Argument(
        metavar="MACRO",
        help="a name from `neuroloom list`",
        autocompletion=macro_names,
        callback=known_macro,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FIELD=VALUE]...",
        help="fields of the Spec, such as width=256",
        autocompletion=fields,
    ),
]
SpecFile = Annotated[
    Path | None, typer.Option("--spec", help="read the Spec from a TOML or JSON file or manifest")
]
Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Simulator = Annotated[SimulatorName, typer.Option(help="simulator to use")]
Liberty = Annotated[
    list[Path] | None, typer.Option(help="Liberty file of your own, read together when repeated")
]
TargetNames = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        help="target from `neuroloom targets`, may be repeated",
        autocompletion=target_names,
    ),
]
NO_CLOCK = Need("with --clock the smallest mapping that meets it is taken")
Seeds = Annotated[
    int, typer.Option(min=1, max=MOST_SEEDS, help="place-and-route seeds"), Needs(PLACED)
]
CellAim = Annotated[
    Aim, typer.Option(help="what standard cells are chosen for"), Needs(CELLS, NO_CLOCK)
]
ClockPeriod = Annotated[
    float | None,
    typer.Option(
        min=0.001, max=1e6, callback=finite, help="clock period that standard cells must meet [ns]"
    ),
    Needs(CELLS),
]
Power = Annotated[
    bool,
    typer.Option(help="simulate the gate-level netlist for energy an operation"),
    Needs(CELLS, result="energy is measured on standard cells only"),
]
Memories = Annotated[
    MemoryMode | None,
    typer.Option(
        help="what memories become on standard cells; by default SRAM where a kit has macros and a "
        f"memory has {SRAM_BITS} bits or more"
    ),
    Needs(CELLS),
]
SramLiberty = Annotated[
    list[Path] | None,
    typer.Option(help="Liberty file of SRAM macros in place of a kit's, may be repeated"),
    Needs(CELLS),
]
Corners = Annotated[
    bool, typer.Option("--corners", help="setup, hold and leakage in all corners"), Needs(CELLS)
]
SramChoice = Annotated[SramAim, typer.Option(help="what SRAM macros are chosen for"), Needs(CELLS)]
MemoryBits = Annotated[
    int,
    typer.Option(min=0, help="most memory that standard cells take as flip-flops [bit]"),
    Needs(CELLS),
]
